#!/bin/sh
# Docker's swarm mode with this host as its manager, for services that ask for it. What is on already stays as it is.
# stdin: the address by which another node would reach this one. On one machine none does: its ports are for itself alone.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

read -r address
case $(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.LiveRestoreEnabled}}') in
"active true "*) say "swarm mode is on" ;;
active*) fail "docker: this host is a worker in a swarm, and its services need a manager; promote it there, or run \`docker swarm leave\` on it" ;;
*" true") fail "docker: swarm mode does not go with live-restore; remove it from /etc/docker/daemon.json, and restart Docker" ;;
*)
    # 2377 and 7946 listen there. 4789 is the kernel's, once an overlay network is used, and only a firewall closes it.
    answer=$(docker swarm init --advertise-addr "$address" --listen-addr 127.0.0.1 --data-path-addr 127.0.0.1 2>&1) ||
        fail "docker: swarm mode: $(say "$answer" | tail -n 1)"
    say "swarm mode is on now"
    ;;
esac
