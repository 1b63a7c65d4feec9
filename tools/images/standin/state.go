package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// state is a data folder that, like n8n's or Metabase's database, only one copy may use at a time.
type state struct {
	mutex  sync.Mutex
	dir    string
	lock   *os.File
	visits int
}

// openState takes the folder for this copy, or fails if another copy has it. The kernel gives the lock back when
// the process ends, however it ends.
func openState(dir string) (*state, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another copy runs on this data (%s is locked)", lock.Name())
		}
		return nil, fmt.Errorf("DATA_DIR: cannot lock %s: %w", lock.Name(), err)
	}
	s := &state{dir: dir, lock: lock}
	text, err := os.ReadFile(s.file())
	if err == nil {
		s.visits, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		lock.Close()
		return nil, fmt.Errorf("DATA_DIR: cannot read the visits: %w", err)
	}
	return s, nil
}

func (s *state) file() string { return filepath.Join(s.dir, "visits") }

// visit counts one visit and keeps the number, whole, before the visitor sees it.
func (s *state) visit() (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	next := s.file() + ".new"
	if err := os.WriteFile(next, []byte(strconv.Itoa(s.visits+1)+"\n"), 0o644); err != nil {
		return 0, err
	}
	if err := os.Rename(next, s.file()); err != nil {
		return 0, err
	}
	s.visits++
	return s.visits, nil
}

func (s *state) close() { s.lock.Close() }
