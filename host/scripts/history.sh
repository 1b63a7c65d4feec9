# shellcheck shell=sh disable=SC2154  # sourced by rollout.sh, which has read the plan
# What happened to the services of this host, and the images that a way back needs.

# Newest images of a service that are kept; an older one goes if no container uses it.
kept_images=5

# Appends to the host's history: one JSON object a line, read by `make history` and `make rollback`.
# $1: ok or failed. $began: seconds since the epoch; $held: seconds that requests were held.
record() {
    line=$(
        printf '{"when":"%s","by":"%s","service":"%s","release":"%s",' \
            "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$by" "$service" "$release"
        printf '"previous":"%s","image":"%s","order":"%s","outcome":"%s","seconds":%d,"held":%d,"settings":%s}' \
            "$previous" "$image" "$order" "$1" "$(($(date +%s) - began))" "$held" "$settings"
    )
    say "$line" >>"$root/history.jsonl"
}

# Removes images that this host's history names and that no service needs for a way back. No other image is touched.
prune_images() {
    sed -n 's/.*"service":"\([^"]*\)".*"image":"\([^"]*\)".*"outcome":"ok".*/\1 \2/p' "$root/history.jsonl" |
        awk -v keep="$kept_images" '
            { service[NR] = $1; image[NR] = $2 }
            END {
                for (i = NR; i > 0; i--) {
                    if (seen[service[i], image[i]]++) continue
                    if (++count[service[i]] <= keep) kept[image[i]] = 1
                    else old[image[i]] = 1
                }
                for (name in old) if (!(name in kept)) print name
            }' |
        while read -r name; do
            if docker image rm "$name" >/dev/null 2>&1; then say "$service: removed old image $name"; fi
        done
}
