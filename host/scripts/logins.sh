#!/bin/sh
# Lays out the hashes of the passwords that visitors log in with. stdin: a file's name and a hash a line. The config that
# names them comes afterwards, and takes away those that it does not name.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

# The proxy is root without root's rights: it reads what belongs to root, or what everybody may read.
if [ "$(id -u)" = 0 ]; then umask 077; else umask 022; fi
mkdir -p "$root/proxy/logins"
chmod 755 "$root/proxy/logins"
cd "$root/proxy/logins"
while read -r file hash; do
    printf %s "$hash" >.new
    mv -f .new "$file"
done
