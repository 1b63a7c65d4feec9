#!/bin/sh
# In the place of the official image's entry point, in its order: as root it gives the data to `postgres` and becomes
# that user. Where there is no PG_VERSION it makes the data, lets in who has the password, starts the server on its
# socket only, makes the database if it is not there, runs the scripts of a folder, and stops that server. Then it is
# the server.
set -eu

# Says how far it is. The tests' own: at the step that HANG_AFTER names everything stands still, to be killed there.
step() {
    echo "entry: $1"
    [ "$1" = "${HANG_AFTER:-no step}" ] || return 0
    kill -STOP -1 2>/dev/null || :
    echo "entry: stands still"
    while :; do sleep 60; done
}

[ "${1#-}" = "$1" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
    printf '%s\n' "$PGPASSWORD" >/tmp/password
    # Its own steps are "creating subdirectories", "creating configuration files", "running bootstrap script",
    # "performing post-bootstrap initialization" and "syncing data to disk".
    { initdb --no-locale --encoding=UTF8 --username="$POSTGRES_USER" --pwfile=/tmp/password || echo failed; } |
        while IFS= read -r line; do
            [ "$line" != failed ] || exit 1
            step "${line% ... ok}"
        done
    rm /tmp/password
    step "the data is made"
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    step "the password is asked for"
    export PGPASSWORD
    # On its socket only: a client that asks by address is told that it is not ready yet.
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
    step "the server for the set-up runs"
    ask() { psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$POSTGRES_USER" "$@"; }
    if [ -z "$(ask --dbname postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$POSTGRES_DB'")" ]; then
        ask --dbname postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
    fi
    step "the database is made"
    for script in /docker-entrypoint-initdb.d/*.sql; do
        [ ! -f "$script" ] || ask --dbname "$POSTGRES_DB" -f "$script"
    done
    step "the scripts have run"
    PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
    step "the server for the set-up is stopped"
fi
exec "$@"
