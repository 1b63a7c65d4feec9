#!/bin/sh
# Makes one created container the running copy of its service. stdin: key=value lines, see components/service.py.
# The work is done by rollout.sh in a session of its own: it goes on to its end when the engine or the connection dies.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

need_room
plan=$(mktemp "$root/run/plan.XXXXXX")
cat >"$plan"
service=$(sed -n 's/^service=//p' "$plan")
log=$root/log/$service.log
# Earlier ones of this service are no longer what is asked for.
for earlier in "$root"/run/plan.??????; do
    [ "$earlier" = "$plan" ] || ! grep -qx "service=$service" "$earlier" || rm -f "$earlier"
done
ran=$plan.log
: >"$ran"
detach=$(command -v setsid || command -v nohup)
"$detach" sh "$root/bin/rollout.sh" "$plan" </dev/null >"$ran" 2>&1 &
worker=$!

shown=0
show() {
    size=$(wc -c <"$ran")
    [ "$size" -le "$shown" ] || tail -c "+$((shown + 1))" "$ran" | head -c "$((size - shown))"
    shown=$size
}
while kill -0 "$worker" 2>/dev/null; do
    show
    sleep 0.1
done
status=0
wait "$worker" || status=$?
show
mv -f "$ran" "$log"
# What is cut off while requests are held is taken up after a restart of the machine, see resume.sh.
is_held "$service" || rm -f "$plan"
exit "$status"
