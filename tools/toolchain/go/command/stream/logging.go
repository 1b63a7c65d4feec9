package stream

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Logging says which output of a command is shown while it runs.
type Logging string

// The values of [Logging].
const (
	LogStdout          Logging = "stdout"
	LogStderr          Logging = "stderr"
	LogStdoutAndStderr Logging = "stdoutAndStderr"
	LogNone            Logging = "none"
)

// Values lists what [Logging] may be, for the schema.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: LogStdout, Description: "Show stdout but not stderr"},
		{Name: "stderr", Value: LogStderr, Description: "Show stderr but not stdout"},
		{Name: "stdoutAndStderr", Value: LogStdoutAndStderr, Description: "Show both"},
		{Name: "none", Value: LogNone, Description: "Show neither"},
	}
}

// shown tells whether stdout and stderr are shown; without a value both are.
func (l *Logging) shown() (stdout, stderr bool, err error) {
	if l == nil {
		return true, true, nil
	}
	switch *l {
	case LogStdout:
		return true, false, nil
	case LogStderr:
		return false, true, nil
	case LogStdoutAndStderr:
		return true, true, nil
	case LogNone:
		return false, false, nil
	}
	return false, false, fmt.Errorf("logging: %q is none of %q, %q, %q, %q",
		*l, LogStdout, LogStderr, LogStdoutAndStderr, LogNone)
}
