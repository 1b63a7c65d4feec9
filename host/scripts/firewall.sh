#!/bin/sh
# The server's own nftables table, changed so that no ruleset can lock the operator out: it is taken back by itself unless it
# is confirmed over a new connection. The old connection proves nothing: it is established, and lives on.
#
#   apply SECONDS [ADDRESS]   stdin: the ruleset. ADDRESS: who applies it, if not who is connected by SSH
#   check                     stdin: the ruleset. Is it the one that is confirmed and loaded? Says `same` or `differs`
#   confirm                   keep it; the boot unit loads it from now on
#   rollback                  what the timer calls: back to the confirmed ruleset, or to none
#   boot                      what the boot unit calls: load the confirmed ruleset
#   remove                    take the table away, for good
#
# Below $root/firewall: confirmed.nft; pending.nft while a ruleset waits to be confirmed; undone, which says why the last
# one was taken back. No other table is ever touched.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/bin/lib.sh"

PATH=$PATH:/usr/sbin:/sbin
table='inet smarter_net'
state=$root/firewall
timer=smarter-net-firewall-rollback
unit=/etc/systemd/system/smarter-net-firewall.service

systemd() {
    [ -d /run/systemd/system ]
}

# Takes the ruleset back after SECONDS, whatever becomes of this process and its connection.
arm() {
    if systemd; then
        # Without an accuracy systemd may be a minute late.
        systemd-run --quiet --unit="$timer" --on-active="$1s" --timer-property=AccuracySec=100ms \
            /bin/sh "$root/bin/firewall.sh" rollback 9>&-
    else
        # The lock's descriptor is closed: the timer must not hold it.
        # shellcheck disable=SC2016
        setsid sh -c 'sleep "$1"; exec sh "$2" rollback' - "$1" "$root/bin/firewall.sh" \
            </dev/null >"$state/rollback.log" 2>&1 9>&- &
        say "$!" >"$state/timer.pid"
    fi
}

disarm() {
    if systemd; then
        systemctl stop "$timer.timer" "$timer.service" 2>/dev/null || :
        systemctl reset-failed "$timer.timer" "$timer.service" 2>/dev/null || :
    elif [ -f "$state/timer.pid" ]; then
        pid=$(cat "$state/timer.pid")
        # After a restart of the machine the number may be another process's.
        if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -F "$root/bin/firewall.sh"; then
            kill -- "-$pid" 2>/dev/null || :
        fi
        rm -f "$state/timer.pid"
    fi
}

# What the kernel makes of a ruleset, tried in a network of its own; fails with nft's complaint.
meaning() {
    # shellcheck disable=SC2016
    unshare --net sh -c 'nft -f "$1" && nft -s list table $2' - "$1" "$table"
}

loaded() {
    # shellcheck disable=SC2086
    nft -s list table $table 2>/dev/null
}

# Does the ruleset in FILE let ADDRESS log in? Asked from the kernel, in a network of its own.
lets_in() {
    case $2 in *:*) set -- "$1" "$2" ssh6 ;; *) set -- "$1" "$2" ssh4 ;; esac
    # shellcheck disable=SC2016
    unshare --net sh -c 'nft -f "$1" && nft get element $4 "$3" "{ $2 }"' - "$@" "$table" >/dev/null 2>&1 && return
    interface=$(ip -o route get "$2" 2>/dev/null | sed -n 's/.* dev \([^ ]*\) .*/\1/p')
    [ -n "$interface" ] && grep -q -F "iifname \"$interface\" accept" "$1"
}

# The interfaces that the Internet comes in by: those with the default routes, whatever they are called.
outside() {
    { ip -o route show default && ip -o -6 route show default; } 2>/dev/null |
        awk '{ for (word = 1; word < NF; word++) if ($word == "dev") print $(word + 1) }'
}

# Back to the confirmed ruleset; to none if there is none, or if it cannot be loaded: open is better than locked out.
undo() {
    if [ ! -f "$state/confirmed.nft" ] || ! nft -f "$state/confirmed.nft"; then
        # shellcheck disable=SC2086
        nft delete table $table 2>/dev/null || :
    fi
    rm -f "$state/pending.nft"
}

# Is the ruleset in FILE the confirmed one, and does the kernel have it, unchanged?
stands() {
    cmp -s "$1" "$state/confirmed.nft" && [ ! -e "$state/pending.nft" ] && [ "$(loaded)" = "$(meaning "$1")" ]
}

# The address of who is connected. sudo takes the variable away; a process above it still has it.
operator() {
    process=$$
    while [ "${process:-1}" -gt 1 ] && [ -r "/proc/$process/environ" ]; do
        from=$(tr '\0' '\n' <"/proc/$process/environ" | sed -n 's/^SSH_CONNECTION=\([^ ]*\).*/\1/p')
        [ -z "$from" ] || break
        process=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$process/status")
    done
    say "${from:-}"
}

# Read before the lock is taken: a connection that hangs holds up no other run.
read_ruleset() {
    new=$state/new.$$
    trap 'rm -f "$new"' EXIT
    cat >"$new"
}

check() {
    read_ruleset
    if stands "$new"; then say same; else say differs; fi
}

apply() {
    seconds=$1
    address=${2:-$(operator)}
    read_ruleset
    command -v nft >/dev/null 2>&1 || fail "firewall: nft is not installed on the server; run \`apt-get install nftables\` there"
    complaint=$(meaning "$new" 2>&1 >/dev/null) || fail "firewall: the ruleset is not right, nothing was changed: $(say "$complaint" | head -n 1)"
    if [ -n "$address" ] && ! lets_in "$new" "$address"; then
        fail "firewall.ssh-from: $address, from where you are connected, is not in it and could not log in again; add it. Nothing was changed"
    fi

    for interface in $(outside); do
        ! grep -q -F "iifname \"$interface\" accept" "$new" ||
            fail "firewall.interfaces: $interface is how the Internet comes in: all of it would be let in; remove it. Nothing was changed"
    done

    lock firewall 60
    if stands "$new"; then
        say unchanged
        return
    fi
    # At no moment is an unconfirmed ruleset loaded without a timer, not even between two of them.
    [ ! -e "$state/pending.nft" ] || undo
    disarm
    rm -f "$state/undone"
    mv -f "$new" "$state/pending.nft"
    arm "$seconds"
    if ! complaint=$(nft -f "$state/pending.nft" 2>&1); then
        undo
        disarm
        fail "firewall: could not be loaded, nothing was changed: $(say "$complaint" | head -n 1)"
    fi
    say "applied; it is taken back in $seconds s unless it is confirmed"
}

confirm() {
    lock firewall 60
    if [ -e "$state/pending.nft" ]; then
        [ "$(loaded)" = "$(meaning "$state/pending.nft")" ] ||
            fail "firewall: the new ruleset is not loaded any more, after a restart or a change by hand; run again"
        disarm
        mv -f "$state/pending.nft" "$state/confirmed.nft"
        install_unit
        say confirmed
    elif [ -e "$state/undone" ]; then
        fail "firewall: $(cat "$state/undone")"
    else
        say "nothing to confirm"
    fi
}

# Waits for the lock as long as it takes: nothing else would take the ruleset back.
rollback() {
    lock firewall 86400
    [ -e "$state/pending.nft" ] || return 0
    undo
    say "the new ruleset was taken back at $(date -u '+%H:%M:%S') UTC: it was not confirmed in time, so no log-in succeeded with it" \
        >"$state/undone"
}

boot() {
    lock firewall 60
    if [ -e "$state/pending.nft" ]; then
        rm -f "$state/pending.nft"
        say "the new ruleset was taken back: the machine was restarted before it was confirmed" >"$state/undone"
    fi
    [ ! -e "$state/confirmed.nft" ] || nft -f "$state/confirmed.nft"
}

remove() {
    lock firewall 60
    rm -f "$state/confirmed.nft" "$state/undone"
    undo
    disarm
    if systemd && [ -e "$unit" ]; then
        systemctl disable --quiet "${unit##*/}"
        rm -f "$unit"
        systemctl daemon-reload
    fi
}

# Loads the confirmed ruleset before there is a network; after those who flush everything when they start.
install_unit() {
    if ! systemd; then
        say "no systemd on the server: after a restart there is no firewall until the next run" >&2
        return
    fi
    cat >"$state/unit" <<END
[Unit]
Description=smarter-net's firewall
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=local-fs.target nftables.service ufw.service
Conflicts=shutdown.target
RequiresMountsFor=$root

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh $root/bin/firewall.sh boot

[Install]
WantedBy=sysinit.target
END
    cmp -s "$state/unit" "$unit" || cat "$state/unit" >"$unit"
    rm -f "$state/unit"
    systemctl daemon-reload
    systemctl enable --quiet "${unit##*/}"
}

# A server that never had one needs no root to have none.
[ "${1:-}" != remove ] || [ -d "$state" ] || exit 0
[ "$(id -u)" = 0 ] || fail "firewall: needs root on the server; set host.user to root"
mkdir -p "$state" "$root/run"
# A process that can open a lock can hold it. What an older version has left there, too.
chmod 700 "$root/run"
chmod go= "$root"/run/*.lock 2>/dev/null || :
case ${1:-} in
apply) apply "$2" "${3:-}" ;;
check | confirm | rollback | boot | remove) "$1" ;;
*) fail "firewall: unknown command; one of apply, check, confirm, rollback, boot, remove" ;;
esac
