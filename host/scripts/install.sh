#!/bin/sh
# Docker and what the scripts need, on a new server. What is there already stays as it is.
set -eu

say() {
    printf 'host: %s\n' "$*"
}

fail() {
    say "$*" >&2
    exit 1
}

missing=
command -v dockerd >/dev/null 2>&1 || command -v docker >/dev/null 2>&1 || missing="docker.io iptables"
# What runs rollouts.
command -v python3 >/dev/null 2>&1 || missing="${missing:+$missing }python3"
# Only root has a use for it, and on others' PATH it is not.
[ "$(id -u)" != 0 ] || command -v nft >/dev/null 2>&1 || missing="${missing:+$missing }nftables"
if [ -n "$missing" ]; then
    [ "$(id -u)" = 0 ] || fail "$missing: not installed, and $(id -un) may not install it; log in as root, or give the user sudo without a password"
    command -v apt-get >/dev/null 2>&1 || fail "$missing: not installed, and this is neither Debian nor Ubuntu; install it"
    say "installing $missing"
    # Docker's own log files have no limit by default.
    if [ ! -e /etc/docker/daemon.json ]; then
        mkdir -p /etc/docker
        printf '{"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}\n' >/etc/docker/daemon.json
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of packages
    { apt-get update && apt-get install --yes --no-install-recommends $missing; } >/var/log/smarter-net-install.log 2>&1 ||
        fail "could not be installed: $(tail -n 1 /var/log/smarter-net-install.log) (all of it: /var/log/smarter-net-install.log)"
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
    fail "$(python3 --version) is too old for what runs rollouts; install 3.9 or later, as Debian 11 and Ubuntu 22.04 have it"
docker version >/dev/null 2>&1 || {
    if [ -d /run/systemd/system ]; then systemctl enable --now docker >/dev/null 2>&1 || :; fi
    docker version >/dev/null 2>&1
} || fail "Docker is installed, and no daemon answers $(id -un); see \`journalctl -u docker\`, or add the user to the group docker"
say "Docker $(docker version --format '{{.Server.Version}}') answers"
