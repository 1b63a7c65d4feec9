#!/bin/sh
# Which TCP ports a program listens on, from the kernel's own tables: the address in hexadecimal, and the program with its
# process number, where this user may know it. One socket a line: `00000000:1F91 python3 (process 4711)`.
set -u

{
    # Which process has which socket; a socket's number is what the tables know it by.
    find /proc/[0-9]*/fd -lname 'socket:*' -printf '%l %p\n' 2>/dev/null |
        sed -n 's|^socket:\[\([0-9]*\)\] /proc/\([0-9]*\)/fd/.*|has \1 \2|p'
    # Listening is state 0A.
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print "listens", $10, $2 }'
} |
    awk '$1 == "has" && !($2 in owner) { owner[$2] = $3 } $1 == "listens" { print $3, owner[$2] }' |
    while read -r where process; do
        name=
        [ -z "$process" ] || name=$(cat "/proc/$process/comm" 2>/dev/null)
        printf '%s%s\n' "$where" "${name:+ $name (process $process)}"
    done
