package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// Frame kinds and the one close code used here (RFC 6455, sections 5.2 and 7.4).
const (
	frameText, frameClose, framePing, framePong = 0x1, 0x8, 0x9, 0xA
	frameFinal, frameMasked, frameGoingAway     = 0x80, 0x80, 1001
	largestMessage                              = 1 << 20
)

// webSocket greets with the version, then sends back every frame it gets, until either side leaves.
func (s *service) webSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.answer(w, http.StatusUpgradeRequired, map[string]any{"error": "this path speaks WebSocket"})
		return
	}
	conn, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.answer(w, http.StatusHTTPVersionNotSupported, map[string]any{"error": "WebSocket needs HTTP/1.1"})
		return
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"X-Standin-Version: %s\r\nX-Standin-Release: %s\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		s.version, s.release, base64.StdEncoding.EncodeToString(sum[:]))

	out := &frameWriter{conn: conn}
	greeting := fmt.Sprintf("%s %s (release %s) on %s", s.service, s.version, s.release, s.hostname)
	if out.write(frameFinal|frameText, []byte(greeting)) != nil {
		return
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for {
			kind, payload, err := readFrame(stream.Reader)
			if err != nil {
				return
			}
			switch kind & 0x0F {
			case frameClose:
				_ = out.write(kind, payload)
				return
			case framePing:
				err = out.write(frameFinal|framePong, payload)
			case framePong:
			default:
				err = out.write(kind, payload)
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case <-finished:
	case <-s.goodbye:
		_ = out.write(frameFinal|frameClose, binary.BigEndian.AppendUint16(nil, frameGoingAway))
	}
}

// frameWriter sends whole frames; the echo and the goodbye come from different goroutines.
type frameWriter struct {
	mutex sync.Mutex
	conn  net.Conn
}

func (f *frameWriter) write(first byte, payload []byte) error {
	frame := []byte{first}
	switch {
	case len(payload) < 126:
		frame = append(frame, byte(len(payload)))
	case len(payload) <= 0xFFFF:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(len(payload)))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(len(payload)))
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	_, err := f.conn.Write(append(frame, payload...))
	return err
}

// readFrame returns a frame's first byte (final bit and kind) and its unmasked payload.
func readFrame(r *bufio.Reader) (byte, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[1]&frameMasked == 0 {
		return 0, nil, errors.New("a client's frame is always masked")
	}
	length := uint64(head[1] &^ frameMasked)
	switch length {
	case 126:
		var size uint16
		if err := binary.Read(r, binary.BigEndian, &size); err != nil {
			return 0, nil, err
		}
		length = uint64(size)
	case 127:
		if err := binary.Read(r, binary.BigEndian, &length); err != nil {
			return 0, nil, err
		}
	}
	if length > largestMessage {
		return 0, nil, errors.New("the message is too large")
	}
	masked := make([]byte, 4+length)
	if _, err := io.ReadFull(r, masked); err != nil {
		return 0, nil, err
	}
	mask, payload := masked[:4], masked[4:]
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0], payload, nil
}
