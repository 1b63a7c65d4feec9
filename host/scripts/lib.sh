# shellcheck shell=sh disable=SC2154  # sourced: $root comes from who sources it
# What the scripts share. Sourced with $root set: the folder that all of this stack's files on the host live in.

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

# Locks FILE (below run/) on descriptor 9 until this process ends, however it ends. Waits SECONDS at most. The file is for
# its owner alone: a process that can open a lock can hold it.
lock() {
    (umask 077 && : >>"$root/run/$1.lock")
    exec 9>>"$root/run/$1.lock"
    if command -v flock >/dev/null 2>&1; then
        flock -w "$2" 9
    else
        perl -MFcntl=:flock -e 'alarm shift; open F, ">&=9"; flock F, LOCK_EX' "$2"
    fi || fail "$1: another run has held $root/run/$1.lock for $2 s; it ends by itself, try again then"
}
