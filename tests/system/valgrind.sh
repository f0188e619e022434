#!/usr/bin/env bash
# valgrind.sh RUNNER SERVER...: runs a test runner whose servers run under valgrind's memcheck, their
# children included. The runner gets the servers as SERVERS, see server_binaries in
# server.c. Exit status 1 if the runner fails, else 3 if memcheck has found anything, 77 without
# valgrind.
set -euo pipefail

runner=$1
shift
if ! valgrind=$(command -v valgrind); then
    echo 'skipped: valgrind is not installed'
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/found"

SERVERS=''
for server in "$@"; do
    wrapper=$folder/$(basename "$server")
    cat >"$wrapper" <<SCRIPT
#!/bin/sh
exec "$valgrind" --quiet --leak-check=full --show-leak-kinds=definite --log-file="$folder/found/%p" \
    "$server" "\$@"
SCRIPT
    chmod +x "$wrapper"
    SERVERS+=${SERVERS:+:}$wrapper
done
export SERVERS SERVER_VARIANTS=default

status=0
"$runner" --jobs=2 --verbose || status=1
find "$folder/found" -type f -size +0 -exec cat {} + >"$folder/all"
if [[ -s $folder/all ]]; then
    cat "$folder/all"
    ((status > 0)) || status=3
fi
exit $status
