# Names in the environment that are one slip away from a variable of the Makefile, each as STAK=STACK: a letter is missing,
# added or another one, or two are swapped. Only capitals, so PYTHON3 and DOCKER_HOST are other names.
#
#   awk -v known='STACK SERVICE' -f tools/misspelled.awk
BEGIN {
    count = split(known, names)
    for (i = 1; i <= count; i++) taken[names[i]]
    for (name in ENVIRON) {
        if (name in taken || name !~ /^[A-Z]+$/) continue
        for (i = 1; i <= count; i++)
            # In a shorter one a slip is as often another word.
            if (length(names[i]) >= 5 && one_slip(name, names[i])) print name "=" names[i]
    }
}

# one_slip says whether what is left of both, without their common beginning and end, is one slip.
function one_slip(a, b) {
    while (a != "" && substr(a, 1, 1) == substr(b, 1, 1)) {
        a = substr(a, 2)
        b = substr(b, 2)
    }
    while (a != "" && substr(a, length(a)) == substr(b, length(b))) {
        a = substr(a, 1, length(a) - 1)
        b = substr(b, 1, length(b) - 1)
    }
    if (length(a) == 2 && length(b) == 2) return a == substr(b, 2) substr(b, 1, 1)
    return length(a) <= 1 && length(b) <= 1
}
