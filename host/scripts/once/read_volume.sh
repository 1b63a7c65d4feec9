#!/bin/sh
# A volume as a tar archive on standard output, while the containers that use it are paused.
#   sh -s CARRIER FOLDER [CONTAINER…]
# Here and not on the asking machine: if the connection breaks, the copy ends for want of a reader, and all are let go.
set -eu
carrier=$1 folder=$2
shift 2
held=
let_go() {
    for container in $held; do docker unpause "$container" >/dev/null 2>&1 || :; done
}
trap let_go EXIT
trap 'exit 1' HUP INT TERM PIPE
for container; do
    held="$held $container"
    docker pause "$container" >/dev/null
done
docker cp "$carrier:$folder" -
for container; do
    if [ "$(docker inspect --format '{{.State.Paused}}' "$container")" != true ]; then
        echo "the service was let go on while its volume was read; run it again" >&2
        exit 1
    fi
done
