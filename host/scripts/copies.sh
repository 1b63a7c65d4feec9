# shellcheck shell=sh disable=SC2034,SC2154  # sourced by rollout.sh, which has read the plan
# One copy of a service: whether it lives, whether it is ready, how it is started, drained and stopped.

# Ids of this service's running copies but the new one.
others() {
    docker ps -q --no-trunc --filter "label=smarter-net.stack=$stack" --filter "label=smarter-net.service=$service" |
        while read -r id; do [ "$id" = "$new" ] || say "$id"; done
}

# Name of container $1: unique, and what it is reached by on the network.
name_of() {
    docker inspect -f '{{slice .Name 1}}' "$1"
}

# Whether the container named $1 can be used. Prints what is wrong, if something is, to stdout.
ready() {
    if [ -n "$readiness" ]; then
        { ask "http://$1:$port$readiness" >/dev/null; } 2>&1
    else
        # It speaks no HTTP: its own health check knows.
        # Its state, and what each of its last checks has said, as JSON: one line each.
        health=$(docker inspect -f '{{.State.Health.Status}}{{range .State.Health.Log}}{{println}}{{json .Output}}{{end}}' "$1")
        case $health in
        healthy*) ;;
        *)
            say "its health check says $(say "$health" | tail -n 1 | sed 's/^"//; s/"$//; s/\\n.*//; s/\\"/"/g')"
            return 1
            ;;
        esac
    fi
}

# Sets $why and returns 1 if container $1 does not run, or not as it was started.
alive() {
    state=$(docker inspect -f '{{.State.Running}} {{.RestartCount}} {{.State.ExitCode}} {{.State.OOMKilled}}' "$1")
    case $state in
    *true) why="ran out of memory" && return 1 ;;
    false*) why="exited with code $(say "$state" | cut -d' ' -f3)" && return 1 ;;
    "true 0 "*) ;;
    true*) why="crashes, and Docker starts it again and again" && return 1 ;;
    esac
    [ -n "$failed_if" ] || return 0
    # Of this start alone. Not by the function: it keeps to itself what comes on stderr.
    since=$(docker inspect -f '{{.State.StartedAt}}' "$1")
    said=$(command docker logs --since "$since" "$1" 2>&1 | grep -F -m 1 -e "$failed_if" | cut -c1-300)
    [ -n "$said" ] || return 0
    why="answers, but its log says: $said"
    return 1
}

# Whether $1 is what a service says for ever once its first start was cut short.
is_half_made() {
    [ -n "$first_start_cut" ] && say "$1" | grep -q -E -- "$first_start_cut"
}

# Waits until container $1 named $2 is ready; sets $why and returns 1 if it is not within its start time.
become_ready() {
    deadline=$(($(date +%s) + start))
    until answer=$(ready "$2"); do
        alive "$1" || return 1
        if is_half_made "$answer"; then why="will never be ready: $answer" && return 1; fi
        if [ "$(date +%s)" -ge "$deadline" ]; then
            why="not ready within $start s: ${readiness:+GET $readiness: }${answer:-no answer}" && return 1
        elif [ -n "$readiness" ] && ! running "$proxy"; then
            why="cannot be asked whether it is ready: $proxy is not running" && return 1
        fi
        sleep 0.2
    done
}

# Looks at container $1 named $2 once more; sets $why and returns 1 if it is not what it was when it got ready.
still_ready() {
    alive "$1" || return 1
    if answer=$(ready "$2"); then return 0; fi
    # A copy that died is refused a moment before Docker knows of its end, which is what the operator has to hear.
    sleep 1
    alive "$1" || return 1
    why="was ready and then failed within its settle time of $settle s: ${answer:-no answer}"
    return 1
}

# Watches container $1 named $2 for its settle time; sets $why and returns 1 if it does not stay ready. By counting: a
# deadline in whole seconds is up to one too early.
stay_ready() {
    looks=$((settle * 2))
    while [ "$looks" -gt 0 ]; do
        looks=$((looks - 1))
        sleep 0.5
        still_ready "$1" "$2" || return 1
    done
}

# Whether the proxy has a connection open to container $1. An idle one ends by itself within 0.2 s, see config/render/caddy_handlers.py.
connected() {
    addresses=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$1")
    for ip in $addresses; do
        # The kernel's own spelling: hexadecimal, the bytes of the address in reverse; state 01 is an open connection.
        peer=$(say "$ip.$port" | awk -F. '{ printf "%02X%02X%02X%02X:%04X", $4, $3, $2, $1, $5 }')
        if ask http://127.0.0.1:2020/connections | grep -q " $peer 01 "; then return 0; fi
    done
    return 1
}

# Waits until nothing is under way between the proxy and container $1, for the drain time at most.
drain() {
    deadline=$(($(date +%s) + drain))
    while connected "$1"; do
        if [ "$(date +%s)" -ge "$deadline" ]; then
            say "$service: requests or streams are still open after $drain s; they end now"
            return 0
        fi
        sleep 0.1
    done
}

retire() {
    for id in "$@"; do docker stop -t "$stop" "$id" >/dev/null; done
}

# Starts container $1; sets $why and returns 1 if Docker cannot.
start_copy() {
    answer=$(docker start "$1" 2>&1) || { why="does not start: $(say "$answer" | head -n 1)" && return 1; }
}

# Stops the new copy and says why it failed, with its own last words.
abandon() {
    say "$service: the new copy $why. Its last lines:" | short >&2
    # Not by the function: it keeps to itself what comes on stderr, which is where most programs log to.
    last=$(command docker logs --tail 15 "$new" 2>&1 | short)
    say "$last" | sed 's/^/    | /' >&2
    if is_half_made "$why $last"; then cut=yes; fi
    docker stop -t "$stop" "$new" >/dev/null
}
