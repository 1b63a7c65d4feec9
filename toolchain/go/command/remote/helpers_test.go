package remote

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"testing"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"

	"smarter-net/toolchain/command/internal/sshtest"
)

// to returns a connection that logs in by password and checks the host key.
func to(server *sshtest.Server) *Connection {
	return &Connection{Server: Server{
		Host:     new(server.Host),
		Port:     new(float64(server.Port)),
		Password: new(sshtest.Password),
		HostKey:  new(server.HostKey),
	}}
}

func create(t *testing.T, in Inputs) (State, error) {
	t.Helper()
	response, err := (*Command)(nil).Create(t.Context(), infer.CreateRequest[Inputs]{Name: "test", Inputs: in})
	return response.Output, err
}

func mustCreate(t *testing.T, in Inputs) State {
	t.Helper()
	state, err := create(t, in)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func update(t *testing.T, old State, in Inputs) (State, error) {
	t.Helper()
	response, err := (*Command)(nil).Update(t.Context(), infer.UpdateRequest[Inputs, State]{State: old, Inputs: in})
	return response.Output, err
}

// newKey returns a private key, encrypted if there is a passphrase, and its public half.
func newKey(t *testing.T, passphrase string) (ed25519.PrivateKey, string, ssh.PublicKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(key, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(block)), signer.PublicKey()
}
