#!/bin/sh
# Brings a stack to what main says: .github/steps/deploy.sh STACK
# A run that waited, or that is run again, must not put an older commit over a newer one.
set -eu
cd "$(dirname "$0")/../.."
stack=$1

newest=$(gh api "repos/$GITHUB_REPOSITORY/commits/main" --jq .sha)
if [ "$newest" != "$GITHUB_SHA" ]; then
    echo "error: $stack: main is at $newest by now; its own run deploys it. To go back, revert, or use make rollback" >&2
    exit 1
fi
unset GH_TOKEN
export SMARTER_NET_BY="$GITHUB_ACTOR@github run $GITHUB_RUN_ID"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# up: `make up`; what it says goes to the log, and to $work/log.
up() {
    {
        code=0
        make --no-print-directory up STACK="$stack" YES=1 || code=$?
        echo "$code" >"$work/code"
    } 2>&1 | {
        # What ends the job must not silence it.
        trap '' INT TERM HUP
        tee "$work/log"
    }
    return "$(cat "$work/code")"
}

if ! up; then
    python3 .github/steps/stale_lock.py <"$work/log" || exit 1
    echo "$stack: removing it, and trying again"
    (
        eval "$(tools/toolchain/env)"
        pulumi cancel --yes --non-interactive --stack "$stack"
    )
    up
fi
make --no-print-directory status STACK="$stack"
