package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Message is one of the API's own errors.
type Message struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error is a refusal of the API's.
type Error struct {
	Status   int
	Messages []Message
}

// Error gives the API's own words, each with its code.
func (e *Error) Error() string {
	said := make([]string, 0, len(e.Messages))
	for _, message := range e.Messages {
		said = append(said, fmt.Sprintf("%s (code %d)", message.Message, message.Code))
	}
	if len(said) == 0 {
		said = append(said, http.StatusText(e.Status))
	}
	return fmt.Sprintf("Cloudflare: %s, status %d", strings.Join(said, "; "), e.Status)
}

// NotFound tells whether err says that a record is not there.
func NotFound(err error) bool {
	var refusal *Error
	return errors.As(err, &refusal) && refusal.Status == http.StatusNotFound
}

// temporaryError is one that another try may cure.
type temporaryError struct {
	error
	// after is how long the server asks to wait; 0 if it does not say.
	after time.Duration
}

func (e *temporaryError) Unwrap() error { return e.error }

// failure is what an answer that is no success becomes: 408, 409, 429 and all from 500 on are tried again.
func failure(response *http.Response, messages []Message) error {
	refusal := &Error{Status: response.StatusCode, Messages: messages}
	switch {
	case response.Header.Get("X-Should-Retry") == "false":
		return refusal
	case response.StatusCode == http.StatusRequestTimeout, response.StatusCode == http.StatusConflict,
		response.StatusCode == http.StatusTooManyRequests, response.StatusCode >= http.StatusInternalServerError:
		return &temporaryError{error: refusal, after: retryAfter(response.Header)}
	}
	return refusal
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return time.Until(date)
	}
	return 0
}
