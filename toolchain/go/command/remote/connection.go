// Package remote runs commands and copies files on another machine over SSH.
package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Defaults of a [Server]; the SDK fills in the same.
const (
	defaultUser           = "root"
	defaultPort           = 22
	defaultDialErrorLimit = 10
	// defaultPerDialTimeout is in seconds.
	defaultPerDialTimeout = 15
)

// Server says how to reach one SSH server and how to log in there.
type Server struct {
	Host               *string  `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
}

// ProxyConnection is a server that the real one is reached through.
type ProxyConnection struct {
	Server
}

// Connection is the server that a resource works on.
type Connection struct {
	Server
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// Annotate describes the inputs and their defaults for the schema.
func (s *Server) Annotate(a infer.Annotator) {
	a.Describe(&s.Host, "The address of the server.")
	a.Describe(&s.Port, "The port of the server.")
	a.SetDefault(&s.Port, defaultPort)
	a.Describe(&s.User, "The user to log in as.")
	a.SetDefault(&s.User, defaultUser)
	a.Describe(&s.Password, "The password to log in with.")
	a.Describe(&s.PrivateKey, "The content of the SSH key to log in with; tried before the password.")
	a.Describe(&s.PrivateKeyPassword, "The password of an encrypted SSH key.")
	a.Describe(&s.AgentSocketPath, "The socket of an SSH agent. Default: SSH_AUTH_SOCK.")
	a.Describe(&s.HostKey, "The key the server must have, as in its .pub file. Without it any key is accepted.")
	a.Describe(&s.DialErrorLimit, "How many failures to connect are borne; -1 for any number.")
	a.SetDefault(&s.DialErrorLimit, defaultDialErrorLimit)
	a.Describe(&s.PerDialTimeout, "Seconds that each try to connect may take; 0 for any time.")
	a.SetDefault(&s.PerDialTimeout, defaultPerDialTimeout)
}

// address returns host:port.
func (s *Server) address() string {
	return net.JoinHostPort(*s.Host, strconv.Itoa(int(or(s.Port, defaultPort))))
}

// hostKeyMismatch is a server that is not the one expected: trying again does not help.
type hostKeyMismatch struct {
	address string
	got     ssh.PublicKey
	want    ssh.PublicKey
}

func (e *hostKeyMismatch) Error() string {
	return fmt.Sprintf("connection.hostKey: %s has the host key %s %s, expected %s %s",
		e.address, e.got.Type(), ssh.FingerprintSHA256(e.got), e.want.Type(), ssh.FingerprintSHA256(e.want))
}

// invalid is an input that no try to connect can make good.
type invalid struct{ error }

// clientConfig returns how to log in. The returned function frees what it holds.
func (s *Server) clientConfig() (*ssh.ClientConfig, func(), error) {
	config := &ssh.ClientConfig{User: or(s.User, defaultUser), HostKeyCallback: ssh.InsecureIgnoreHostKey()}
	if s.HostKey != nil {
		if err := s.pinHostKey(config); err != nil {
			return nil, nil, err
		}
	}
	if s.PrivateKey != nil {
		signer, err := s.signer()
		if err != nil {
			return nil, nil, invalid{fmt.Errorf("connection.privateKey: %w", err)}
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if s.Password != nil {
		config.Auth = append(config.Auth, ssh.Password(*s.Password), ssh.KeyboardInteractive(s.answer))
	}
	socket := or(s.AgentSocketPath, os.Getenv("SSH_AUTH_SOCK"))
	if socket == "" {
		return config, func() {}, nil
	}
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return nil, nil, invalid{fmt.Errorf("SSH agent: %w", err)}
	}
	config.Auth = append(config.Auth, ssh.PublicKeysCallback(agent.NewClient(connection).Signers))
	return config, func() { _ = connection.Close() }, nil
}

// pinHostKey lets config accept the expected host key alone, and ask the server for one of its type.
func (s *Server) pinHostKey(config *ssh.ClientConfig) error {
	want, _, _, _, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(*s.HostKey)))
	if err != nil {
		return invalid{errors.New("connection.hostKey: not a public key; expected a line like \"ssh-ed25519 AAAA…\"")}
	}
	config.HostKeyAlgorithms = []string{want.Type()}
	if want.Type() == ssh.KeyAlgoRSA {
		config.HostKeyAlgorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	config.HostKeyCallback = func(address string, _ net.Addr, got ssh.PublicKey) error {
		if string(got.Marshal()) != string(want.Marshal()) {
			return &hostKeyMismatch{address: address, got: got, want: want}
		}
		return nil
	}
	return nil
}

func (s *Server) signer() (ssh.Signer, error) {
	if s.PrivateKeyPassword != nil {
		return ssh.ParsePrivateKeyWithPassphrase([]byte(*s.PrivateKey), []byte(*s.PrivateKeyPassword))
	}
	return ssh.ParsePrivateKey([]byte(*s.PrivateKey))
}

// answer gives the password to whatever the server asks.
func (s *Server) answer(_, _ string, questions []string, _ []bool) ([]string, error) {
	answers := make([]string, len(questions))
	for i := range answers {
		answers[i] = *s.Password
	}
	return answers, nil
}

// or returns the value, or otherwise where there is none.
func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}
