package sshtest

import (
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// session serves one command or the sftp subsystem, as sshd would.
func (s *Server) session(offered ssh.NewChannel) {
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	variables := os.Environ()
	var running *exec.Cmd
	for request := range requests {
		ok := true
		switch request.Type {
		case "env":
			var env struct{ Name, Value string }
			ok = ssh.Unmarshal(request.Payload, &env) == nil && slices.Contains(s.AcceptEnv, env.Name)
			if ok {
				variables = append(variables, env.Name+"="+env.Value)
			}
		case "exec":
			var exec struct{ Command string }
			_ = ssh.Unmarshal(request.Payload, &exec)
			running = start(channel, exec.Command, variables)
		case "signal":
			var signal struct{ Name string }
			_ = ssh.Unmarshal(request.Payload, &signal)
			s.signals <- signal.Name
			if running != nil && signal.Name == "TERM" {
				_ = syscall.Kill(-running.Process.Pid, syscall.SIGTERM)
			}
		case "subsystem":
			go serveFiles(channel)
		default:
			ok = false
		}
		if request.WantReply {
			_ = request.Reply(ok, nil)
		}
	}
}

func start(channel ssh.Channel, command string, variables []string) *exec.Cmd {
	process := exec.Command("/bin/sh", "-c", command)
	process.Env = variables
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	process.Stdout, process.Stderr = channel, channel.Stderr()
	stdin, err := process.StdinPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		_ = channel.Close()
		return nil
	}
	go func() {
		_, _ = io.Copy(stdin, channel)
		_ = stdin.Close()
	}()
	go func() {
		_ = process.Wait()
		status := process.ProcessState.ExitCode()
		if status < 0 {
			status = 128 + int(process.ProcessState.Sys().(syscall.WaitStatus).Signal())
		}
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
		_ = channel.Close()
	}()
	return process
}

func serveFiles(channel ssh.Channel) {
	defer func() { _ = channel.Close() }()
	server, err := sftp.NewServer(channel)
	if err != nil {
		return
	}
	_ = server.Serve()
}

// forward is what lets a server be a proxy.
func forward(offered ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	if ssh.Unmarshal(offered.ExtraData(), &to) != nil {
		_ = offered.Reject(ssh.ConnectionFailed, "bad request")
		return
	}
	target, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = offered.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	go func() { _, _ = io.Copy(target, channel); _ = target.Close() }()
	go func() { _, _ = io.Copy(channel, target); _ = channel.Close() }()
}
