#!/bin/sh
# Runs a command with what a stack's state and server ask for: .github/steps/access.sh STACK COMMAND...
#
# SSH_PRIVATE_KEY goes into an agent, never into a file, and not into the command's environment. However the command
# ends, the agent ends with it, and the connection that it has left open for further runs takes none any more. Which host
# key is trusted is the stack file's business alone.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# needs NAME: a secret of the job's environment that must be there. GitHub makes an environment that is missing, without any.
needs() {
    eval "[ -n \"\${$1:-}\" ]" ||
        fail "$1: not set; add it to the secrets of the environment ${ENVIRONMENT:-of this job}, see docs/github-actions.md"
}

[ "$#" -ge 2 ] || fail 'usage: .github/steps/access.sh STACK COMMAND...'
if [ -z "${IN_SESSION:-}" ]; then
    # The step's own process is this one now, because its line begins with `exec`: what ends the job is signalled to it.
    IN_SESSION=yes exec .github/steps/session.py .github/steps/access.sh "$@"
fi
unset IN_SESSION
stack=$1
shift

needs PULUMI_BACKEND_URL
needs PULUMI_CONFIG_PASSPHRASE
case $PULUMI_BACKEND_URL in
file:*) fail 'PULUMI_BACKEND_URL: a folder of this machine is gone after the job; set the backend that the laptops use' ;;
http:* | https:*) needs PULUMI_ACCESS_TOKEN ;;
s3:*)
    if [ -z "${AWS_ROLE_ARN:-}" ]; then
        needs AWS_ACCESS_KEY_ID
        needs AWS_SECRET_ACCESS_KEY
    fi
    ;;
esac
# A secret that is not set arrives as an empty variable, which not every program takes for none.
for name in PULUMI_ACCESS_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION; do
    eval "[ -n \"\${$name:-}\" ]" || unset "$name"
done

make --silent .venv
server=$(PYTHONPATH=. .venv/bin/python .github/steps/server_address.py "$stack")
if [ -n "${AWS_ROLE_ARN:-}" ]; then
    keys=$(.venv/bin/python .github/steps/aws_role.py)
    eval "$keys"
fi
unset AWS_ROLE_ARN ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN
if [ -n "$server" ]; then
    needs SSH_PRIVATE_KEY
    leave() {
        for socket in "$HOME"/.ssh/smarter-net-*; do
            [ ! -S "$socket" ] || ssh -O stop -o ControlPath="$socket" "$server" 2>/dev/null || true
        done
        ssh-agent -k >/dev/null 2>&1 || true
    }
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    eval "$(ssh-agent -s)" >/dev/null
    printf '%s\n' "$SSH_PRIVATE_KEY" | tr -d '\r' | SSH_ASKPASS_REQUIRE=never ssh-add -q - 2>/dev/null ||
        fail 'SSH_PRIVATE_KEY: not a private key that can be used without a passphrase'
fi
unset SSH_PRIVATE_KEY
"$@"
