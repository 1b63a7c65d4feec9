# shellcheck shell=sh disable=SC2034,SC2154  # sourced: $root comes from, and $nowhere goes to, who sources it
# What the scripts share. Sourced with $root set: the folder that all of this stack's files on the host live in.
#
#   bin/              these scripts
#   proxy/            mounted at /etc/caddy: caddy.json, and releases/<service> with the address of its current copy
#   run/              locks and the plans of rollouts under way
#   log/<service>.log the last rollout, line by line

proxy=caddy-proxy
# Nothing listens there: a dial fails at once and is tried again, which is how requests are held.
nowhere=127.0.0.1:9
no_daemon='cannot connect to the docker daemon\|error during connect\|unexpected eof\|connection reset'

say() {
    printf '%s\n' "$*"
}

fail() {
    say "$*" | short >&2
    exit 1
}

# What other programs say, as a screen and the engine can take it: no control characters, and each line cut at 500 bytes,
# though not within a letter. The engine's plugin never reads on after a line of more than 64 KiB, and waits for ever.
short() {
    LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C cut -b 1-500 |
        LC_ALL=C sed "/^.\{500\}/{s/$(printf '[\300-\377][\200-\277]*')\$//;s/\$/ .../;}"
}

# Ends this script while nothing has been changed yet if there is no room for what it writes down: its plan, its log, who
# serves. In the middle a copy may have been stopped already.
need_room() {
    if ! head -c 262144 /dev/zero >"$root/run/room.$$" 2>/dev/null; then
        rm -f "$root/run/room.$$"
        fail "$root: no space left on device"
    fi
    rm -f "$root/run/room.$$"
}

# Locks FILE (below run/) on descriptor 9 until this process ends, however it ends. Waits SECONDS at most.
lock() {
    exec 9>>"$root/run/$1.lock"
    if command -v flock >/dev/null 2>&1; then
        flock -w "$2" 9
    else
        perl -MFcntl=:flock -e 'alarm shift; open F, ">&=9"; flock F, LOCK_EX' "$2"
    fi || fail "$1: another run has held $root/run/$1.lock for $2 s; it ends by itself, try again then"
}

# The daemon may be restarted under a rollout: what nobody heard is said again, for two minutes at most.
docker() {
    complaint=$root/run/docker.$$
    tries=0
    until command docker "$@" 2>"$complaint"; do
        status=$?
        tries=$((tries + 1))
        if [ "$tries" -gt 120 ] || ! grep -q -i "$no_daemon" "$complaint"; then
            short <"$complaint" >&2
            rm -f "$complaint"
            return "$status"
        fi
        sleep 1
    done
    rm -f "$complaint"
}

running() {
    [ "$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
}

# Whether the requests of service $1 wait for a copy.
is_held() {
    [ "$(cat "$root/proxy/releases/$1" 2>/dev/null)" = "$nowhere" ]
}

# GETs URL from inside the proxy's network. The image's own wget: no tool is asked of any service's image.
ask() {
    docker exec "$proxy" wget -q -T 5 -O - "$1"
}
