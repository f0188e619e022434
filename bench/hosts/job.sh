#!/usr/bin/env bash
# job.sh STATE HOST: one host's part of a run, after begin.sh. The client's: it starts at the common
# moment, and its files come to runs/HOST; or a line in runs/HOST/error says why there are none. HOST
# is the word "=server" for the server's: it is told when the measured time begins and ends.
set -uo pipefail
state=$1 host=$2 folder=$1/runs/$2
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$0")/remote.sh"
read -r start_us warmup_us duration_us limit_s <"$state/runs/times"
[[ ! -e $folder/error ]] || exit 1
read -r offset_us _ <"$folder/clock"

refuse() {
    printf '%s\n' "$1" >"$folder/error"
    exit 1
}

moment() { # US_AFTER_THE_START: by the clock of the host
    printf '%d' $((start_us + offset_us + $1))
}

if [[ $host == =server ]]; then
    # Opened for both, which waits for nobody.
    printf 'window %d000 %d000\n' "$(moment "$warmup_us")" "$(moment $((warmup_us + duration_us)))" \
        1<>"$state/server.in"
    exit
fi

mapfile -t clients <"$state/runs/clients"
for ((number = 1; number <= ${#clients[@]}; number++)); do
    [[ ${clients[number - 1]} != "$host" ]] || break
done
mapfile -t words <"$state/runs/words"
workload=()
[[ ! -s $state/runs/workload.ini ]] || workload=(--workload=run/workload.ini)
start=$(moment 0)
# The words may end in a command: options go before.
command="cd $(quoted "$(<"$state/at/$host")") &&
    ./attend client $(quoted "$host") $limit_s ./client $(quoted "${workload[@]}" \
    --start-at="${start:0:-6}.${start: -6}" --share="$number/${#clients[@]}" \
    --json=run/result.json --hdr-log=run/client.hlog --counter-values=run/counter.values "${words[@]}") >run/said
    status=\$?
    cd run
    set -- result.json client.hlog
    [ ! -e counter.values ] || set -- \"\$@\" counter.values
    [ ! -e client.hlog ] || tar -cf - \"\$@\"
    exit \$status"
# Its standard input is what keeps the client: open as long as this holds the other end.
mkfifo "$folder/in"
exec {hold}<>"$folder/in"
remote "$host" "$command" <"$folder/in" 2>"$folder/complaints" {hold}>&- |
    tar -C "$folder" -xf - 2>/dev/null {hold}>&-
status=${PIPESTATUS[0]}
said=$(last_line "$folder/complaints")
((status != 255)) || refuse "lost${said:+: $said}"
[[ -e $folder/result.json && -e $folder/client.hlog ]] || refuse "${said:-exit status $status}"
