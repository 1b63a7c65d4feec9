#!/bin/sh
# Decides whether prod is next: only the newest commit of main, and only if a person has a say. Output `prod`: yes or no.
#
# A person has a say if the environment `production` asks for reviewers, or if a person started the run. GitHub lets any
# environment be used without reviewers, and makes one that does not exist; so it is asked, and no answer fails.
set -eu
newest=$(gh api "repos/$GITHUB_REPOSITORY/commits/main" --jq .sha)
rules='[.protection_rules[]? | select(.type == "required_reviewers")] | length'
reviewers=$(gh api "repos/$GITHUB_REPOSITORY/environments/production" --jq "$rules" 2>&1) || true
case $reviewers in
*'HTTP 404'*)
    echo '::error::production: there is no such environment; add it as docs/github-actions.md says ("Four environments")'
    exit 1
    ;;
'' | *[!0-9]*)
    echo "::error::production: cannot read this environment ($reviewers); run this job again"
    exit 1
    ;;
esac

if [ "$newest" != "$GITHUB_SHA" ]; then
    echo "::notice::prod: left to the run of the newer commit $newest"
    prod=no
elif [ "$reviewers" -gt 0 ] || { [ "$GITHUB_EVENT_NAME" = workflow_dispatch ] && [ "$GITHUB_ACTOR" != 'github-actions[bot]' ]; }; then
    prod=yes
else
    echo "::warning::prod: not deployed, because the environment production has no required reviewers; add some, or start this workflow by hand"
    prod=no
fi
echo "prod=$prod" >>"$GITHUB_OUTPUT"
