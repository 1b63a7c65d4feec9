#!/bin/sh
# After a restart of the machine: goes on with the rollouts that it cut off while requests were held. Nobody else would;
# Docker starts only what ran. What was not held points at a copy that Docker has started again, and stays as it is.
#
#   boot      what the boot unit calls
#   install   the boot unit; needs root and systemd
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

unit=/etc/systemd/system/smarter-net-resume-${root##*/}.service

boot() {
    cd "$root/run"
    plans=$(find . -name 'plan.??????')
    [ -n "$plans" ] || return 0
    # Without the proxy no copy can be asked whether it is ready.
    waited=0
    until running "$proxy"; do
        [ "$waited" -lt 120 ] || fail "$proxy does not run; the next run goes on"
        waited=$((waited + 1))
        sleep 1
    done
    for plan in $plans; do
        service=$(sed -n 's/^service=//p' "$plan")
        if is_held "$service"; then
            sh "$root/bin/rollout.sh" "$plan" >"$root/log/$service.log" 2>&1 || :
        fi
        # Still held: the next restart tries again, and so does the next run.
        is_held "$service" || rm -f "$plan" "$plan.log"
    done
}

install() {
    if [ ! -d /run/systemd/system ] || [ "$(id -u)" != 0 ]; then
        say "no systemd or no root on the server: a rollout that a restart cuts off waits for the next run" >&2
        return
    fi
    cat >"$unit" <<END
[Unit]
Description=smarter-net's rollouts that a restart cut off
Wants=docker.service
After=docker.service
ConditionPathExistsGlob=$root/run/plan.*

[Service]
ExecStart=/bin/sh $root/bin/resume.sh boot

[Install]
WantedBy=multi-user.target
END
    systemctl daemon-reload
    systemctl enable --quiet "${unit##*/}"
}

case ${1:-} in
boot | install) "$1" ;;
*) fail "resume: unknown command; one of boot, install" ;;
esac
