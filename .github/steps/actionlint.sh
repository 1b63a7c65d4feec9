#!/bin/sh
# Runs actionlint over the workflows where it is installed. On GitHub's runners, which have Go, it is installed first.
set -eu
cd "$(dirname "$0")/../.."
version=v1.7.12

if [ -n "${GITHUB_ACTIONS:-}" ] && ! command -v actionlint >/dev/null; then
    GOBIN=${RUNNER_TEMP:-/tmp}/actionlint
    export GOBIN
    go install "github.com/rhysd/actionlint/cmd/actionlint@$version"
    PATH=$GOBIN:$PATH
fi
if ! command -v actionlint >/dev/null; then
    echo "actionlint: not installed, left out (go install github.com/rhysd/actionlint/cmd/actionlint@$version)" >&2
    exit
fi
exec actionlint -color=false -shellcheck="$PWD/.venv/bin/shellcheck" -pyflakes=
