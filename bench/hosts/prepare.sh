#!/usr/bin/env bash
# prepare.sh STATE HOST: sees whether a host can take part: connects, copies the programs, compares
# their checksums, starts each for a moment, looks at the clock. Prints a line that says how it went.
set -uo pipefail
state=$1 host=$2
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$0")/remote.sh"
complaints=$state/complaints-$host

refuse() {
    local said
    said=$(last_line "$complaints")
    printf '%s: %s%s\n' "$host" "$1" "${said:+: $said}"
    exit 1
}

: >"$state/asked/$host"
folder=$(share "$host" "umask 077 && mkdir $(folder_there "$host") && echo $(folder_there "$host")" \
    2>"$complaints" </dev/null) || {
    rm -f "$state/asked/$host"
    refuse 'cannot be used'
}
[[ $folder == /* && $folder != *[[:space:]]* ]] || refuse "a strange name of a folder: $folder"
printf '%s\n' "$folder" >"$state/at/$host"

(cd "$state/bin" && tar -cf - -- *) | remote "$host" "cd $(quoted "$folder") && tar -xf -" 2>"$complaints" ||
    refuse 'the programs could not be copied'
(cd "$state/bin" && sha256sum -- *) |
    remote "$host" "cd $(quoted "$folder") && sha256sum --check --quiet -" >"$complaints" 2>&1 ||
    refuse 'the programs arrived in another form'
remote "$host" "cd $(quoted "$folder") && ./client --help >out &&
    for server in ./server_*; do \$server --list-models >out || exit; done; rm -f out" \
    >"$complaints" 2>&1 </dev/null || refuse 'the programs do not run there'
clock "$host" >"$state/clock-$host" || refuse 'its clock cannot be asked (that takes bash 5)'
read -r offset bound <"$state/clock-$host"
((bound <= CLOCK_BOUND_US)) ||
    refuse "its clock is known to +-$bound us only (allowed: $CLOCK_BOUND_US us)"
# Its machine and its links, as far as files tell: none is needed.
# shellcheck disable=SC2016 # the other host's
facts=$(remote "$host" 'cpu=$(sed -n "s/^model name[[:space:]]*: //p" /proc/cpuinfo | head -n 1)
    printf "%s x %s, Linux %s" "$(grep -c ^processor /proc/cpuinfo)" "${cpu:-a processor}" "$(uname -r)"
    printf ", %s descriptors" "$(ulimit -Hn)"
    cd /sys/class/net && for link in *; do
        [ "$link" != lo ] && [ "$(cat "$link/operstate")" = up ] || continue
        printf ", %s" "$link"
        speed=$(cat "$link/speed" 2>/dev/null) && [ "$speed" -gt 0 ] && printf " %s Mbit/s" "$speed"
    done' 2>/dev/null </dev/null | tr -cd '[:print:]') || facts='nothing is known of its machine'
printf '%s; round trip %d us; clock ahead by %d us, +-%d\n' "$facts" $((2 * bound)) "$offset" "$bound" \
    >"$state/facts-$host"
printf '%s: ready; its clock is ahead by %d us, +-%d\n' "$host" "$offset" "$bound"
