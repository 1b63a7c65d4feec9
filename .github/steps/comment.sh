#!/bin/sh
# Puts the plans of both stacks into one comment on the pull request, the same one on each push.
#
# NUMBER: the pull request's; COMMIT: the one that was looked at; STAGING, PROD: the reports, empty if there is none.
set -eu
marker='<!-- smarter-net: plan -->'
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID

# section STACK REPORT
section() {
    if [ -n "$2" ]; then printf '%s\n\n' "$2"; else printf '### %s\n\nNo plan came through; [the run](%s) says why.\n\n' "$1" "$run"; fi
}

body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
    printf '%s\n## What this change would do\n\n' "$marker"
    section staging "${STAGING:-}"
    section prod "${PROD:-}"
    printf '<sub>Commit %s, [run](%s). Nothing was changed.</sub>\n' "$COMMIT" "$run"
} >"$body"

# Only our own: every reader may write a comment that starts with the marker.
ours="[.[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$marker\"))) | .id] | .[]"
found=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments?per_page=100" --jq "$ours")
if [ -n "$found" ]; then
    id=$(printf '%s\n' "$found" | head -n 1)
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field body=@"$body"
else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments" --field body=@"$body"
fi
