package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
)

// Wait between two tries to connect: it starts at firstWait, and grows by half up to longestWait.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = 5 * time.Second
)

// client is a connection to a server, perhaps through a proxy.
type client struct {
	*ssh.Client
	proxy *client
	free  func()
}

// Close ends the connection, and the one to the proxy.
func (c *client) Close() {
	_ = c.Client.Close()
	c.free()
	if c.proxy != nil {
		c.proxy.Close()
	}
}

// Dial connects and logs in, and tries again as often as the server's dialErrorLimit allows.
func (c *Connection) Dial(ctx context.Context) (*client, error) {
	return retry(ctx, &c.Server, func() (*client, error) {
		if c.Proxy == nil {
			return c.open(ctx, (&net.Dialer{}).DialContext, nil)
		}
		proxy, err := retry(ctx, &c.Proxy.Server, func() (*client, error) {
			return c.Proxy.open(ctx, (&net.Dialer{}).DialContext, nil)
		})
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		opened, err := c.open(ctx, proxy.DialContext, proxy)
		if err != nil {
			proxy.Close()
		}
		return opened, err
	})
}

// retry tries until it works, cannot work, has failed too often, or ctx is cancelled.
func retry(ctx context.Context, s *Server, try func() (*client, error)) (*client, error) {
	limit, wait := or(s.DialErrorLimit, defaultDialErrorLimit), firstWait
	for failures := 1; ; failures++ {
		opened, err := try()
		if err == nil || isFinal(err) {
			return opened, err
		}
		if limit >= 0 && failures > limit {
			return nil, fmt.Errorf("%s: gave up after %d tries: %w", s.address(), failures, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: last error: %w", ctx.Err(), err)
		case <-time.After(wait):
			wait = min(wait*3/2, longestWait)
		}
	}
}

func isFinal(err error) bool {
	var mismatch *hostKeyMismatch
	var input invalid
	return errors.As(err, &mismatch) || errors.As(err, &input)
}

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// open connects and logs in once, in no more than the server's perDialTimeout.
func (s *Server) open(ctx context.Context, dial dialFunc, proxy *client) (*client, error) {
	config, free, err := s.clientConfig()
	if err != nil {
		return nil, err
	}
	cancel := func() {}
	if seconds := or(s.PerDialTimeout, defaultPerDialTimeout); seconds > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
	}
	defer cancel()

	connection, err := dial(ctx, "tcp", s.address())
	if err != nil {
		free()
		return nil, err
	}
	// Closing is what ends a handshake early: a proxied connection knows no deadlines.
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	inner, channels, requests, err := ssh.NewClientConn(connection, s.address(), config)
	if err != nil {
		_ = connection.Close()
		free()
		if ctx.Err() != nil {
			err = fmt.Errorf("%s: no SSH handshake: %w", s.address(), ctx.Err())
		}
		return nil, err
	}
	return &client{Client: ssh.NewClient(inner, channels, requests), proxy: proxy, free: free}, nil
}
