#!/bin/sh
# Delivers the proxy's config. stdin: Caddy JSON. The proxy loads it, and what it then runs is compared with it.
# A config that the proxy refuses, or does not run afterwards, never becomes the file that it starts with.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

need_room
lock deliver 60
cd "$root/proxy"
cat >caddy.next.json

# A service that has never run has no address yet: whoever asks for it waits.
tr '"' '\n' <caddy.next.json | sed -n 's|^{file./etc/caddy/releases/\([a-z0-9-]*\)}$|\1|p' | sort -u |
    while read -r service; do
        [ -f "releases/$service" ] || printf %s "$nowhere" >"releases/$service"
    done

refuse() {
    rm -f caddy.next.json
    fail "$proxy: $1"
}

# The servers of the old config say goodbye for some seconds (docs/decisions/0005) and then drop what is in the middle of its
# greeting. So nobody is greeted at that moment: whoever connects just then is let in when his machine asks again, after
# one second. The kernel ends it by itself after 0.9 s, whatever becomes of this script. Needs root and nft on the host;
# without them a request on a new connection may be lost, as with every reload of Caddy.
hold_new_connections() {
    [ "$(id -u)" = 0 ] && command -v nft >/dev/null 2>&1 && command -v nsenter >/dev/null 2>&1 || return 0
    pid=$(docker inspect -f '{{.State.Pid}}' "$proxy")
    # Each config has a socket of its own; it is there when the new servers are.
    socket=$(tr '"' '\n' <caddy.next.json | sed -n 's,^unix/\(/run/caddy/edge-[0-9a-f]*\.sock\)|.*,\1,p')
    [ -n "$socket" ] && [ -d "/proc/$pid/root/run/caddy" ] && [ ! -S "/proc/$pid/root$socket" ] || return 0
    (
        waited=0
        until [ -S "/proc/$pid/root$socket" ]; do
            [ "$waited" -lt 100 ] || exit 0
            waited=$((waited + 1))
            sleep 0.1
        done
        sleep 2.6
        nsenter -t "$pid" -n nft -f - <<'END'
table inet smarter_net_reload {
    set held {
        type inet_proto
        flags timeout
        elements = { tcp timeout 900ms }
    }
    chain new_connections {
        type filter hook input priority mangle; policy accept;
        iifname != "lo" meta l4proto @held tcp flags & (syn | ack) == syn drop
    }
}
END
        sleep 1
        nsenter -t "$pid" -n nft delete table inet smarter_net_reload
    ) >/dev/null 2>&1 9>&- &
}

if running "$proxy"; then
    hold_new_connections
    answer=$(docker exec "$proxy" caddy reload --config /etc/caddy/caddy.next.json \
        --address unix//run/caddy/admin.sock 2>&1) ||
        refuse "refused the new config and keeps the old one: $(say "$answer" | tail -n 1)"
    ask http://127.0.0.1:2020/config/ >"$root/run/config.running"
    cmp -s "$root/run/config.running" caddy.next.json ||
        refuse "does not run the config that it just loaded; somebody else writes to its admin socket"
fi
mv -f caddy.next.json caddy.json
# Hashes of passwords that nobody has any more.
for login in logins/*; do
    grep -qF "/etc/caddy/$login}" caddy.json || rm -f "$login"
done
