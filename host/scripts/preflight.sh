#!/bin/sh
# Before the proxy is replaced, which ends the old one first: would the new one start? stdin: `image=`, `memory=` in MiB,
# `health=` (the URL that its health check asks), a `word=` for each word of its command, and a `listen=ADDRESS:PORT` for
# each published port. An image that does not start, or a port that another program has, is found out here, while every
# site is still served.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

# No client is served yet: the proxy's own start says the same.
running "$proxy" || exit 0

refuse() {
    fail "$proxy: would not start, so the old one stays: $1"
}

# What Docker or Caddy said last, of standard input; Caddy's log is JSON, its last word is not.
cause() {
    grep -v -e '^{' -e '^$' -e 'docker run --help' -e "^Run 'caddy" | tail -n 1
}

# Numbers of the ports that the old proxy leaves to the new one.
ours=$(docker inspect -f '{{range .HostConfig.PortBindings}}{{range .}} {{.HostPort}} {{end}}{{end}}' "$proxy")
publish=
set --
while IFS='=' read -r key value; do
    case $key in
    image) image=$value ;;
    memory) memory=${value}m ;;
    health) health=$value ;;
    word) set -- "$@" "$value" ;;
    listen)
        case $ours in
        *" ${value##*:} "*) ;;
        *) publish="$publish --publish $value:${value##*:}" ;;
        esac
        ;;
    esac
done

# shellcheck disable=SC2086  # words: options
answer=$(docker run --rm --cap-drop ALL --cap-add NET_BIND_SERVICE $publish --entrypoint caddy "$image" version 2>&1) ||
    refuse "$(say "$answer" | cause)"

# The very start, with the config of now. In a network of its own with no way out, and with none of the volumes, so that
# it takes no port, asks no authority for a certificate, and finds and leaves no key.
trial=$proxy-preflight
trap 'command docker rm --force --volumes "$trial" >/dev/null 2>&1 || :' EXIT
trap 'exit 1' HUP INT TERM
command docker rm --force --volumes "$trial" >/dev/null 2>&1 || :
answer=$(docker run --detach --name "$trial" --network none --memory "$memory" --memory-swap "$memory" --init \
    --cap-drop ALL --cap-add NET_BIND_SERVICE --security-opt no-new-privileges --sysctl net.ipv4.tcp_migrate_req=1 \
    --tmpfs /run/caddy --volume "$root/proxy:/etc/caddy:ro" "$image" "$@" 2>&1) || refuse "$(say "$answer" | cause)"
waited=0
until answer=$(command docker exec "$trial" wget -q -T 2 -O /dev/null "$health" 2>&1); do
    if ! running "$trial"; then
        answer=$(command docker logs "$trial" 2>&1 | cause)
        refuse "${answer:-it ended with code $(docker inspect -f '{{.State.ExitCode}}' "$trial")}"
    fi
    case $answer in
    *'executable file not found'*) refuse "the image has no wget, which its health is asked with" ;;
    esac
    [ "$waited" -lt 60 ] || refuse "it does not answer $health: $answer"
    waited=$((waited + 1))
    sleep 0.2
done
