package remote

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/agent"

	"smarter-net/toolchain/command/internal/sshtest"
)

func TestLoginByKey(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	for _, passphrase := range []string{"", "open sesame"} {
		_, private, public := newKey(t, passphrase)
		server := sshtest.Start(t, func(s *sshtest.Server) { s.AuthorizedKey = public })
		connection := to(server)
		connection.Password, connection.PrivateKey = nil, &private
		if passphrase != "" {
			connection.PrivateKeyPassword = &passphrase
		}
		if state := mustCreate(t, Inputs{Connection: connection, Create: new("echo in")}); state.Stdout != "in" {
			t.Errorf("got %q", state.Stdout)
		}
	}
}

func TestLoginByAgent(t *testing.T) {
	key, _, public := newKey(t, "")
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "agent") // a socket's path is limited to some 100 characters
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	socket := filepath.Join(folder, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(keys, connection) }()
		}
	}()

	server := sshtest.Start(t, func(s *sshtest.Server) { s.AuthorizedKey = public })
	connection := to(server)
	connection.Password, connection.AgentSocketPath = nil, &socket
	mustCreate(t, Inputs{Connection: connection, Create: new("true")})

	t.Setenv("SSH_AUTH_SOCK", socket)
	connection.AgentSocketPath = nil
	mustCreate(t, Inputs{Connection: connection, Create: new("true")})
}

func TestAWrongHostKeyIsRefusedAtOnce(t *testing.T) {
	server, other := sshtest.Start(t), sshtest.Start(t)
	connection := to(server)
	connection.HostKey = new(other.HostKey)
	_, err := create(t, Inputs{Connection: connection, Create: new("true")})
	if err == nil || !strings.Contains(err.Error(), "connection.hostKey:") || !strings.Contains(err.Error(), "SHA256:") {
		t.Errorf("got %v", err)
	}
	if server.Connections() != 1 {
		t.Errorf("%d connections, want 1", server.Connections())
	}
}

func TestAHostKeyThatIsNoneIsAnError(t *testing.T) {
	connection := to(sshtest.Start(t))
	connection.HostKey = new("SHA256:abc")
	_, err := create(t, Inputs{Connection: connection, Create: new("true")})
	if err == nil || !strings.Contains(err.Error(), "expected a line like \"ssh-ed25519") {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAHostKeyAnyIsAccepted(t *testing.T) {
	connection := to(sshtest.Start(t))
	connection.HostKey = nil
	mustCreate(t, Inputs{Connection: connection, Create: new("true")})
}

func TestFailuresToConnectAreBorne(t *testing.T) {
	server := sshtest.Start(t, func(s *sshtest.Server) { s.Refuse = 2 })
	connection := to(server)
	connection.DialErrorLimit = new(2)
	mustCreate(t, Inputs{Connection: connection, Create: new("true")})

	server = sshtest.Start(t, func(s *sshtest.Server) { s.Refuse = 3 })
	connection = to(server)
	connection.DialErrorLimit = new(2)
	_, err := create(t, Inputs{Connection: connection, Create: new("true")})
	if err == nil || !strings.Contains(err.Error(), "gave up after 3 tries") {
		t.Errorf("got %v", err)
	}

	server = sshtest.Start(t, func(s *sshtest.Server) { s.Refuse = 4 })
	connection = to(server)
	connection.DialErrorLimit = new(-1)
	mustCreate(t, Inputs{Connection: connection, Create: new("true")})
}

func TestAServerThatSaysNothingTimesOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	connection := &Connection{Server: Server{
		Host:           new("127.0.0.1"),
		Port:           new(float64(listener.Addr().(*net.TCPAddr).Port)),
		Password:       new("x"),
		DialErrorLimit: new(0),
		PerDialTimeout: new(1),
	}}
	started := time.Now()
	_, err = create(t, Inputs{Connection: connection, Create: new("true")})
	if err == nil || !strings.Contains(err.Error(), "no SSH handshake") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestAProxyIsGoneThrough(t *testing.T) {
	proxy, server := sshtest.Start(t), sshtest.Start(t)
	connection := to(server)
	connection.Proxy = &ProxyConnection{Server: to(proxy).Server}
	if state := mustCreate(t, Inputs{Connection: connection, Create: new("echo through")}); state.Stdout != "through" {
		t.Errorf("got %q", state.Stdout)
	}
	if proxy.Connections() != 1 || server.Connections() != 1 {
		t.Errorf("%d and %d connections", proxy.Connections(), server.Connections())
	}

	connection.Proxy.HostKey = new(server.HostKey)
	_, err := create(t, Inputs{Connection: connection, Create: new("true")})
	if err == nil || !strings.HasPrefix(err.Error(), "proxy: ") || !strings.Contains(err.Error(), "connection.hostKey:") {
		t.Errorf("got %v", err)
	}
}
