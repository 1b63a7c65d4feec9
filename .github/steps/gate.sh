#!/bin/sh
# Decides whether prod is next: only the newest commit of main, and only if a person has a say. Output `prod`: yes or no.
#
# A person has a say if the environment `production` asks for reviewers, or if the run was started by hand. GitHub lets
# any environment be used without reviewers, and makes one that does not exist; so it is asked, and no answer fails.
set -eu
newest=$(gh api "repos/$GITHUB_REPOSITORY/commits/main" --jq .sha)
reviewers=$(gh api "repos/$GITHUB_REPOSITORY/environments/production" --jq '[.protection_rules[]? | select(.type == "required_reviewers")] | length')

if [ "$newest" != "$GITHUB_SHA" ]; then
    echo "::notice::prod: left to the run of the newer commit $newest"
    prod=no
elif [ "$reviewers" -gt 0 ] || [ "$GITHUB_EVENT_NAME" = workflow_dispatch ]; then
    prod=yes
else
    echo "::warning::prod: not deployed, because the environment production has no required reviewers; add some, or start this workflow by hand"
    prod=no
fi
echo "prod=$prod" >>"$GITHUB_OUTPUT"
