#!/bin/sh
# Before the proxy is replaced, which ends the old one first: would the new one start? stdin: `image=`, and a
# `listen=ADDRESS:PORT` for each published port. An image that does not run, or a port that another program has, is
# found out here, while every site is still served.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

# Nobody is served yet: the proxy's own start says the same.
running "$proxy" || exit 0

# Numbers of the ports that the old proxy leaves to the new one.
ours=$(docker inspect -f '{{range .HostConfig.PortBindings}}{{range .}} {{.HostPort}} {{end}}{{end}}' "$proxy")
set --
while IFS='=' read -r key value; do
    case $key in
    image) image=$value ;;
    listen)
        case $ours in
        *" ${value##*:} "*) ;;
        *) set -- "$@" --publish "$value:${value##*:}" ;;
        esac
        ;;
    esac
done
answer=$(docker run --rm --cap-drop ALL --cap-add NET_BIND_SERVICE --volume "$root/proxy:/etc/caddy:ro" "$@" \
    --entrypoint caddy "$image" validate --config /etc/caddy/caddy.json 2>&1) ||
    fail "$proxy: would not start, so the old one stays: $(say "$answer" | grep -v -e '^{' -e '^$' -e "docker run --help" | tail -n 1)"
