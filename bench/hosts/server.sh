#!/usr/bin/env bash
# Stands in for a server, by whose name it is called: runs it on its host. What it prints is what the
# server prints, the name of the host in its ready line, and an account of what was counted there.
# SIGTERM ends it as it would end the server. $BENCH_STATE is the folder of remote.sh.
set -uo pipefail
state=$BENCH_STATE
name=$(basename "$0")
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/remote.sh"

# A server that nobody has a use for within this time is one that was forgotten.
limit_s=120

words=() host=$(<"$state/server") what=server
for word; do
    # Of a counting run; it is for attend.
    [[ $word != --counted ]] || {
        what=counted
        continue
    }
    [[ $word != --list-models ]] || exec "$state/bin/$name" --list-models
    [[ ${#words[@]} -eq 0 || ${words[-1]} != --host ]] || word=$(<"$state/address")
    words+=("$word")
done

complaints=$state/complaints-server
# What the server keeps in files is kept there too, and goes when that goes.
command="cd $(quoted "$(<"$state/at/$host")") && export TMPDIR=\"\$PWD\" &&
    exec ./attend $what $(quoted "$host") $limit_s ./$name $(quoted "${words[@]}")"
# Its standard input is what keeps it: open as long as this holds the other end.
rm -f "$state/server.in"
mkfifo "$state/server.in"
exec {hold}<>"$state/server.in"
remote "$host" "$command" <"$state/server.in" 2>"$complaints" {hold}>&- &
trap 'exec {hold}>&-' TERM
while kill -0 $! 2>/dev/null; do
    wait $!
done
# Once more, for a signal may have cut off the wait that would have told.
wait $!
status=$?
said=$(last_line "$complaints")
((status != 255)) || said="lost${said:+: $said}"
((status == 0)) || printf '%s: %s\n' "$host" "$said" >&2
exit "$status"
