package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// The names below are what entry points and commands of the real images consist of. Behind each is as much of the
// real program as those words need, and no more: a word that the image does not have fails as it fails there.

const (
	exitUsage    = 2
	exitNotFound = 127
)

// startsService is what a real service's own program is called, in the images whose entry point names it.
var startsService = map[string]bool{
	"llama-server": true, "postgres": true, "run_metabase.sh": true, "task-runner-launcher": true,
}

// fetched is the URL in the one-line program that the catalog gives to node as a health check.
var fetched = regexp.MustCompile(`^fetch\('([^']+)'\)`)

// called runs what the program is called by; false if that is no name of the real images.
func called(name string, arguments []string) (int, bool) {
	switch {
	case startsService[name]:
		return serve(), true
	case name == "docker-entrypoint.sh":
		return entryPoint(arguments), true
	case name == "tini":
		return initProcess(arguments), true
	case name == "sh":
		return shell(arguments), true
	case name == "node":
		return node(arguments), true
	case name == "curl":
		return curl(arguments, os.Stderr), true
	case name == "wget":
		return wget(arguments, os.Stdout, os.Stderr), true
	}
	return 0, false
}

// entryPoint becomes the command that it is given, as node's and PostgreSQL's do. n8n's starts n8n, and has it read
// the arguments.
func entryPoint(arguments []string) int {
	if len(arguments) > 0 {
		if _, err := exec.LookPath(arguments[0]); err == nil {
			return become(arguments)
		}
		if filepath.Dir(os.Args[0]) != "/" {
			fmt.Fprintf(os.Stderr, "%s: exec: %s: not found\n", os.Args[0], arguments[0])
			return exitNotFound
		}
	}
	return serve()
}

// initProcess is tini as the images call it: `tini -- COMMAND …`. What it starts here leaves no children behind.
func initProcess(arguments []string) int {
	if len(arguments) > 0 && arguments[0] == "--" {
		arguments = arguments[1:]
	}
	if len(arguments) == 0 {
		fmt.Fprintln(os.Stderr, "tini (tini version 0.19.0)\nUsage: tini [OPTIONS] PROGRAM -- [ARGS] | --version")
		return 1
	}
	return become(arguments)
}

// shell is `sh -c "A && B && exec C"`.
func shell(arguments []string) int {
	if len(arguments) < 2 || arguments[0] != "-c" {
		fmt.Fprintln(os.Stderr, "sh: only `-c COMMAND` is here")
		return exitUsage
	}
	for _, part := range strings.Split(arguments[1], "&&") {
		words := strings.Fields(part)
		if len(words) > 0 && words[0] == "exec" {
			return become(words[1:])
		}
		if status := run(words); status != 0 {
			return status
		}
	}
	return 0
}

// node runs the scripts that the images name: a server, or one of the steps before Dokploy's.
func node(arguments []string) int {
	for len(arguments) > 1 && arguments[0] == "-r" {
		arguments = arguments[2:]
	}
	if len(arguments) == 2 && arguments[0] == "-e" {
		if found := fetched.FindStringSubmatch(arguments[1]); found != nil {
			return probe([]string{found[1]}, os.Getenv, io.Discard)
		}
	}
	script := ""
	if len(arguments) > 0 {
		script = arguments[0]
	}
	switch script {
	case "server.js", "dist/server.mjs":
		return serve()
	case "dist/wait-for-postgres.mjs":
		fmt.Println("[wait-for-postgres] Postgres is reachable ✅")
		return 0
	case "dist/migration.mjs":
		return migrate()
	}
	fmt.Fprintf(os.Stderr, "Error: Cannot find module '%s'\n", script)
	return 1
}

// migrate is Dokploy's migration, which writes its failure to the log and ends well all the same.
func migrate() int {
	if os.Getenv("MIGRATION_FAILS") != "" {
		fmt.Println("Migration failed PostgresError: column \"enabled\" of relation \"schedule\" already exists")
		fmt.Println("    at ErrorResponse (file:///app/node_modules/postgres/src/connection.js:794:26) {")
		fmt.Println("  severity: 'ERROR',\n  code: '42701'\n}")
		return 0
	}
	fmt.Println("Migration complete")
	return 0
}

// curl is the part of it that the health checks use: -f, -s, -S, and -o FILE.
func curl(arguments []string, stderr io.Writer) int {
	target, output := "", ""
	for len(arguments) > 0 {
		word := arguments[0]
		arguments = arguments[1:]
		switch {
		case word == "-o" && len(arguments) > 0:
			output, arguments = arguments[0], arguments[1:]
		case strings.HasPrefix(word, "-") && strings.Trim(word, "-fsS") == "":
		case strings.HasPrefix(word, "-") || target != "":
			fmt.Fprintf(stderr, "curl: option %s: is unknown\n", word)
			return exitUsage
		default:
			target = word
		}
	}
	var body io.Writer = os.Stdout
	if output != "" {
		file := &lateFile{path: output}
		defer file.Close()
		body = file
	}
	if err := fetch(target, probeTimeout, body, nil); err != nil {
		fmt.Fprintf(stderr, "curl: %v\n", err)
		return 22
	}
	return 0
}

// become replaces this process by the command, which keeps its number and so gets the signals.
func become(words []string) int {
	path, err := exec.LookPath(words[0])
	if err == nil {
		err = syscall.Exec(path, words, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "exec %s: %v\n", words[0], err)
	return exitNotFound
}

// run waits for the command and returns its exit code.
func run(words []string) int {
	if len(words) == 0 {
		return exitUsage
	}
	command := exec.Command(words[0], words[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sh: %s: not found\n", words[0])
		return exitNotFound
	}
	return 0
}
