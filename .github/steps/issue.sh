#!/bin/sh
# Keeps one issue about drift: opens it, brings it up to date, closes it once both stacks are as they should be.
#
# RESULT: of the job that looked, "success" if both are; STAGING, PROD: the reports, empty if there is none.
set -eu
title='Drift: a stack is not what its stack file says'
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
export GH_REPO="$GITHUB_REPOSITORY"

number=$(gh issue list --state open --label drift --app github-actions --limit 1 --json number --jq '.[].number')
if [ "$RESULT" = success ]; then
    if [ -n "$number" ]; then gh issue close "$number" --comment "Both stacks are as they should be: $run"; fi
    exit
fi

# section STACK REPORT
section() {
    if [ -n "$2" ]; then printf '%s\n\n' "$2"; else printf '### %s\n\nCould not be looked at; [the run](%s) says why.\n\n' "$1" "$run"; fi
}

body=$(mktemp)
trap 'rm -f "$body"' EXIT
# shellcheck disable=SC2016 # the backticks are Markdown's
{
    printf 'Found by [the nightly check](%s). A server was changed by hand, a name leads elsewhere, or what is on `main` ' "$run"
    printf 'is not deployed yet. `make drift STACK=…` shows it again; `make up STACK=…` puts right what is not the DNS.\n\n'
    section staging "${STAGING:-}"
    section prod "${PROD:-}"
} >"$body"
if [ -n "$number" ]; then
    gh issue edit "$number" --body-file "$body"
else
    gh label create drift --force --color d93f0b --description 'A stack is not what its stack file says'
    gh issue create --title "$title" --label drift --body-file "$body"
fi
