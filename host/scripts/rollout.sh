#!/bin/sh
# One rollout, from the plan in file $1. Idempotent: it looks at what really runs and does what is missing.
# Whatever fails, a copy that served before serves afterwards, and the copy that failed is stopped.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"
# shellcheck source-path=SCRIPTDIR source=copies.sh
. "$root/bin/copies.sh"
# shellcheck source-path=SCRIPTDIR source=history.sh
. "$root/bin/history.sh"

by=
failed_if=
cut=
first_start_cut=
way_out=
while IFS='=' read -r key value; do
    case $key in
    by) by=$value ;;
    stack) stack=$value ;;
    service) service=$value ;;
    container) new=$value ;;
    release) release=$value ;;
    image) image=$value ;;
    settings) settings=$value ;;
    port) port=$value ;;
    order) order=$value ;;
    readiness) readiness=$value ;;
    failure) failed_if=$value ;;
    first_start_cut) first_start_cut=$value ;;
    way_out) way_out=$value ;;
    start) start=$value ;;
    settle) settle=$value ;;
    drain) drain=$value ;;
    stop) stop=$value ;;
    esac
done <"$1"
name=$(name_of "$new") || fail "$service: its container is gone from the host; the next run makes it again"
address=$name:$port
current=$root/proxy/releases/$service
# Who runs it: the commands of `make` say so, else it is whoever is logged in.
by=$(say "${by:-$(id -un)}" | tr -cd 'A-Za-z0-9@._ -')

# Where requests go from the next dial on, held ones too.
point() {
    printf %s "$1" >"$root/run/$service.address"
    chmod 644 "$root/run/$service.address"
    mv -f "$root/run/$service.address" "$current"
}

overlap() {
    say "$service: starting $name beside the copy that serves"
    if ! { start_copy "$new" && become_ready "$new" "$name" && stay_ready "$new" "$name"; }; then
        keep_old
    fi
    point "$address"
    for id in $old; do
        drain "$id"
        retire "$id"
    done
}

keep_old() {
    abandon
    record failed
    fail "$service: the new copy $why; nothing has changed, the old copy never stopped serving"
}

stop_first() {
    say "$service: ${readiness:+holding requests, then }stopping the old copy"
    # Whoever takes this rollout up after a crash has to know which copy to go back to.
    say "$old" >"$root/run/$service.old"
    held_since=$(date +%s)
    point "$nowhere"
    for id in $old; do
        drain "$id"
        retire "$id"
    done
    say "$service: starting $name"
    # Most copies that die do it as soon as they are up: half a second more of waiting, and nobody has met them.
    if start_copy "$new" && become_ready "$new" "$name" && sleep 0.5 && still_ready "$new" "$name"; then
        # Nobody waits any longer than for this; what follows is watched with requests coming in.
        point "$address"
        held=$(($(date +%s) - held_since))
        if stay_ready "$new" "$name"; then return 0; fi
        point "$nowhere"
        drain "$new"
    fi
    abandon
    go_back
}

# Starts the copy that was stopped for the new one.
go_back() {
    record failed
    for id in $old; do
        failure=$why
        if ! { start_copy "$id" && become_ready "$id" "$(name_of "$id")"; }; then
            fail "$service: the new copy $failure; the old copy was started again and $why"
        fi
        point "$(name_of "$id"):$port"
        fail "$service: the new copy $failure; the old copy serves again"
    done
    fail "$service: the new copy $why; there was no old copy to go back to${cut:+; $way_out}"
}

first() {
    say "$service: starting $name"
    # A rollout that was cut off while it held requests: the copy that it had stopped is the one to go back to, unless
    # it was removed since then.
    left=$(cat "$root/run/$service.old" 2>/dev/null || :)
    for id in $left; do
        if name_of "$id" >/dev/null 2>&1; then old="$old $id"; fi
    done
    if ! { start_copy "$new" && become_ready "$new" "$name" && stay_ready "$new" "$name"; }; then
        abandon
        go_back
    fi
    point "$address"
}

lock "$service" 900
began=$(date +%s)
held=0
old=$(others)
previous=$(for id in $old; do docker inspect -f '{{index .Config.Labels "smarter-net.release"}}' "$id"; done | head -n 1)
if running "$new" && [ "$(cat "$current" 2>/dev/null)" = "$address" ] && ready "$name" >/dev/null && [ -z "$old" ]; then
    say "$service: $name already serves"
    rm -f "$root/run/$service.old"
    exit 0
fi
if [ -z "$old" ]; then
    first
elif [ "$order" = overlap ]; then
    overlap
else
    stop_first
fi
rm -f "$root/run/$service.old"
record ok
prune_images
say "$service: $name serves"
