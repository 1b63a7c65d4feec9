package remote

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"smarter-net/toolchain/command/stream"
)

// grace is how long a cancelled command has between SIGTERM and SIGKILL, as with `docker stop`.
const grace = 10 * time.Second

// execute runs command on the server and waits for its end. When ctx is cancelled the command is told to end.
func (s *State) execute(
	ctx context.Context, client *client, command string, recorder *stream.Recorder, warn func(string),
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	if err := s.setVariables(session, warn); err != nil {
		return err
	}
	if s.Stdin != nil {
		session.Stdin = strings.NewReader(*s.Stdin)
	}
	session.Stdout, session.Stderr = recorder.Stdout, recorder.Stderr
	if err := session.Start(command); err != nil {
		return err
	}
	return wait(ctx, session, client)
}

// setVariables sends the command's environment. A variable of the program's own that the server does not accept
// is an error; the output of the run before is a convenience, so there it is a warning.
func (s *State) setVariables(session *ssh.Session, warn func(string)) error {
	const hint = "the server accepts only the variables that AcceptEnv names in its sshd_config"
	if s.Environment != nil {
		for name, value := range *s.Environment {
			if err := session.Setenv(name, value); err != nil {
				return fmt.Errorf("environment.%s: could not be set (%w): %s; "+
					"name it there, or pass the value in stdin", name, err, hint)
			}
		}
	}
	if s.AddPreviousOutputInEnv != nil && !*s.AddPreviousOutputInEnv {
		return nil
	}
	for name, value := range map[string]string{stream.PreviousStdout: s.Stdout, stream.PreviousStderr: s.Stderr} {
		if value == "" {
			continue
		}
		if err := session.Setenv(name, value); err != nil {
			warn(fmt.Sprintf("Unable to set '%s': %s; set addPreviousOutputInEnv to false if it is not needed", name, hint))
		}
	}
	return nil
}

// wait returns when the command has ended, or when a cancelled one had its time to do so.
func wait(ctx context.Context, session *ssh.Session, client *client) error {
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// OpenSSH hands a signal to the command's whole process group, unless the user is root: then it ignores signals.
	_ = session.Signal(ssh.SIGTERM)
	select {
	case <-ended:
		return ctx.Err()
	case <-time.After(grace):
	}
	_ = session.Signal(ssh.SIGKILL)
	client.Close()
	<-ended
	return fmt.Errorf("%w, but the command did not end within %s and may still run on the server", ctx.Err(), grace)
}
