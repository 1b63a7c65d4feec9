#!/bin/sh
# Runs actionlint over the workflows. Where it cannot be had, toolchain/actionlint says so, and fails if that is in CI.
set -eu
cd "$(dirname "$0")/../.."

actionlint=$(toolchain/actionlint)
[ -n "$actionlint" ] || exit 0
exec "$actionlint" -color=false -shellcheck="$PWD/.venv/bin/shellcheck" -pyflakes=
