#!/bin/sh
# Runs actionlint over the workflows. Where it cannot be had, tools/toolchain/actionlint says so, and fails if that is in CI.
set -eu
cd "$(dirname "$0")/../.."

actionlint=$(tools/toolchain/actionlint)
[ -n "$actionlint" ] || exit 0
exec "$actionlint" -color=false -shellcheck="$PWD/.venv/bin/shellcheck" -pyflakes=
