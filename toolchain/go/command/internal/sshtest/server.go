// Package sshtest is an SSH server on the loopback address for tests. Commands
// run with /bin/sh as the user of the test; sftp serves the file system.
package sshtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Password is what the server takes, also as the answer to a question.
const Password = "correct horse"

// Server listens until its test ends.
type Server struct {
	// Host and Port are where it listens.
	Host string
	Port int
	// HostKey is the server's, as in a .pub file.
	HostKey string
	// AuthorizedKey, if set, may log in.
	AuthorizedKey ssh.PublicKey
	// AcceptEnv names the variables that clients may set.
	AcceptEnv []string
	// Refuse is how many connections are cut before the first that is served.
	Refuse int32

	connections atomic.Int32
	signals     chan string
	config      *ssh.ServerConfig
}

// Start returns a server that listens.
func Start(t *testing.T, change ...func(*Server)) *Server {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })

	s := &Server{
		Host:    "127.0.0.1",
		HostKey: string(ssh.MarshalAuthorizedKey(signer.PublicKey())),
		signals: make(chan string, 10),
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	s.Port, _ = strconv.Atoi(port)
	for _, f := range change {
		f(s)
	}
	s.config = s.logins()
	s.config.AddHostKey(signer)
	go s.accept(listener)
	return s
}

// Connections returns how many were opened so far.
func (s *Server) Connections() int {
	return int(s.connections.Load())
}

// Signals receives the name of each signal that a client sent.
func (s *Server) Signals() <-chan string {
	return s.signals
}

func (s *Server) logins() *ssh.ServerConfig {
	refused := func() (*ssh.Permissions, error) { return nil, ssh.ErrNoAuth }
	return &ssh.ServerConfig{
		MaxAuthTries: 20,
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if s.AuthorizedKey != nil && slices.Equal(key.Marshal(), s.AuthorizedKey.Marshal()) {
				return nil, nil
			}
			return refused()
		},
		KeyboardInteractiveCallback: func(
			_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge,
		) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err == nil && len(answers) == 1 && answers[0] == Password {
				return nil, nil
			}
			return refused()
		},
	}
}

func (s *Server) accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		if s.connections.Add(1) <= s.Refuse {
			_ = connection.Close()
			continue
		}
		go s.serve(connection)
	}
}

func (s *Server) serve(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	_, channels, requests, err := ssh.NewServerConn(connection, s.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		switch offered.ChannelType() {
		case "session":
			go s.session(offered)
		case "direct-tcpip":
			go forward(offered)
		default:
			_ = offered.Reject(ssh.UnknownChannelType, "")
		}
	}
}
