#!/bin/sh
# Runs `make preview` or `make drift` and reports what it says: .github/steps/plan.sh preview|drift STACK
#
# The plan goes to the log as it is made; as Markdown it goes to the job's summary, and to an output of the stack's name.
# It fails as that does: if the plan cannot be made; with `drift` also if the server differs.
set -eu
cd "$(dirname "$0")/../.."
target=$1 stack=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
    code=0
    # Wide enough that no line is broken.
    COLUMNS=200 make --no-print-directory "$target" STACK="$stack" || code=$?
    echo "$code" >"$work/code"
} 2>&1 | {
    # What ends the job must not silence it.
    trap '' INT TERM HUP
    tee "$work/log"
}
code=$(cat "$work/code")

python3 .github/steps/plan_report.py "$stack" "$code" <"$work/log" >"$work/report"
cat "$work/report" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
end=end-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
{
    echo "$stack<<$end"
    cat "$work/report"
    echo "$end"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
