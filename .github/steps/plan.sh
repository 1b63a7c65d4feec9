#!/bin/sh
# Shows what `make up` would change: .github/steps/plan.sh STACK [--drift]
#
# The plan goes to the log as it is made; as Markdown it goes to the job's summary, and to an output of the stack's name.
# It fails if the plan cannot be made; with --drift also if there is anything to change.
set -eu
cd "$(dirname "$0")/../.."

stack=$1
target=preview
# The Makefile's target `drift` is meant for this; until there is one, a plan that reads the host first has to do.
if [ "${2:-}" = --drift ] && grep -q '^drift:' Makefile; then target=drift; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
    code=0
    # Wide enough that no line is broken.
    COLUMNS=200 make --no-print-directory "$target" STACK="$stack" || code=$?
    echo "$code" >"$work/code"
} 2>&1 | tee "$work/log"
code=$(cat "$work/code")

if [ "${2:-}" = --drift ] && [ "$code" = 0 ] && [ "$target" = preview ]; then
    # What the host is found to lack is listed with a bullet, whether or not the engine has anything to do about it.
    if ! grep -qx "$stack: nothing to change\." "$work/log" || grep -q '^•' "$work/log"; then
        echo "error: $stack: the server is not what the stack file says; the plan above shows the difference" >&2
        drifted=1
    fi
fi
python3 .github/steps/plan_report.py "$stack" "$code" <"$work/log" >"$work/report"
cat "$work/report" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
end=end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
{
    echo "$stack<<$end"
    cat "$work/report"
    echo "$end"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "${drifted:-$code}"
