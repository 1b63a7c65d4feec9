#!/bin/sh
# What a server is like, for `make doctor`: one `key=value` a line. Only looks. Arguments: the stack's folder on it, and
# ports that have to be free or the proxy's. Runs on any Linux, with or without Docker and root.
set -u
folder=$1
shift

say() {
    printf '%s=%s\n' "$1" "$2"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# sudo, which this is run by where the user may, leaves his name.
user=${SUDO_USER:-$(id -un)}
say user "$user"
if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then say root yes; else say root no; fi
# The folder, or what it is made in, if this user may not write there.
while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
[ -w "$folder" ] || say closed "$folder"
# The engine asks Docker as who logs in, whatever sudo lets him do.
if [ -n "${SUDO_USER:-}" ]; then
    case " $(id -nG "$user") " in
    *" docker "*) ;;
    *) sudo -n -u "$user" docker version >/dev/null 2>&1 || say asks no ;;
    esac
fi
# shellcheck disable=SC1091  # the host's own
say system "$(. /etc/os-release 2>/dev/null && printf %s "${PRETTY_NAME:-unknown}")"
say clock "$(date +%s)"
if has timedatectl; then say synchronised "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)"; fi
if [ -d /run/systemd/system ]; then say upgrades "$(systemctl is-enabled unattended-upgrades 2>/dev/null || printf no)"; fi
awk '/^MemTotal:/ { print "memory=" int($2 / 1024) } /^SwapTotal:/ { print "swap=" int($2 / 1024) }' /proc/meminfo

if has docker; then
    say docker "$(docker version --format '{{.Server.Version}}' 2>/dev/null)"
    case $(docker version 2>&1) in *ermission?denied*) say closed-docker yes ;; esac
    data=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)
    say swarm "$(docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.LiveRestoreEnabled}}' 2>/dev/null)"
else
    say docker missing
fi
while [ ! -d "${data:-}" ]; do
    case ${data:-} in
    '') data=/var/lib ;;
    *) data=$(dirname "$data") ;;
    esac
done
say disk "$(df -Pm "$data" | awk 'NR == 2 { print $4 }')"

# Listening sockets: state 0A in the kernel's own tables, addresses and ports in hexadecimal.
# The swarm's 2377 and 7946, on another address than 127.0.0.1 or ::1.
if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk '$4 == "0A" && $2 ~ /:(0949|1F0A)$/ && $2 !~ /^(0100007F|00000000000000000000000001000000):/ { found = 1 } END { exit !found }'; then
    say swarm-listens all
fi
ours=$(docker inspect -f '{{range .HostConfig.PortBindings}}{{range .}} {{.HostPort}} {{end}}{{end}}' caddy-proxy 2>/dev/null)
for port in "$@"; do
    hexadecimal=$(printf '%04X' "$port")
    if ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port=":$hexadecimal\$" '$4 == "0A" && $2 ~ port { found = 1 } END { exit !found }'; then
        say "port-$port" free
    else
        case $ours in
        *" $port "*) say "port-$port" ours ;;
        *) say "port-$port" taken ;;
        esac
    fi
done
