#!/bin/sh
# Writes another image of a service into a stack file on GitHub: $WAY is `pull-request`, or `main`, which is deployed then.
#
# What comes from another repository is checked before a program reads it.
set -eu
fail() {
    echo "::error::$1"
    exit 1
}
word() {
    case $2 in
    '' | *[!A-Za-z0-9._:/@-]*) fail "$1: \"$2\" is none; say stack, service and image, as docs/github-actions.md does" ;;
    esac
}
word stack "$STACK"
word service "$SERVICE"
word image "$IMAGE"
case $WAY in
main | pull-request) ;;
*) fail "IMAGES: the variable of this repository is \"$WAY\"; it can be pull-request or main" ;;
esac
file=Pulumi.$STACK.yaml
[ -f "$file" ] || fail "stack: there is no $STACK; one of $(printf '%s ' Pulumi.*.yaml | sed 's/Pulumi\.//g; s/\.yaml//g')"

case $IMAGE in
ghcr.io/*) printf %s "$GH_TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin >/dev/null 2>&1 || : ;;
esac
make pin STACK="$STACK" SERVICE="$SERVICE" IMAGE="$IMAGE"
if git diff --quiet -- "$file"; then
    echo "::notice::$STACK: $SERVICE has that image already"
    exit 0
fi

here=repos/$GITHUB_REPOSITORY
title="Give $SERVICE $IMAGE on $STACK"
branch=main
if [ "$WAY" = pull-request ]; then
    branch=image/$STACK-$SERVICE
    # One for each service: a newer image takes the place of one that is not merged yet.
    gh api --silent "$here/git/refs" -f ref="refs/heads/$branch" -f sha="$GITHUB_SHA" 2>/dev/null ||
        gh api --silent --method PATCH "$here/git/refs/heads/$branch" -f sha="$GITHUB_SHA" -F force=true
fi
# Refused if someone has changed the file meanwhile: `sha` is the one that was read.
base64 <"$file" | tr -d '\n' >content
gh api --silent --method PUT "$here/contents/$file" -f branch="$branch" -f message="$title" \
    -f sha="$(git rev-parse "HEAD:$file")" -F content=@content ||
    fail "$file: cannot be written on $branch; if main is protected set the variable IMAGES to pull-request, else run this again"
rm content
if [ "$WAY" = main ]; then
    gh api --silent "$here/actions/workflows/deploy.yml/dispatches" -f ref=main
    echo "::notice::$STACK: $SERVICE has $IMAGE on main, and is deployed by the workflow deploy"
    exit 0
fi
owner=${GITHUB_REPOSITORY%%/*}
open=$(gh api "$here/pulls?state=open&head=$owner:$branch" --jq '.[0].html_url // ""')
if [ -z "$open" ]; then
    open=$(gh api "$here/pulls" -f head="$branch" -f base=main -f title="$title" \
        -f body="Asked for by the workflow \`image\`. Merging it deploys it." --jq .html_url)
fi
echo "::notice::$STACK: $open"
