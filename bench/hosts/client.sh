#!/usr/bin/env bash
# Stands in for the load client: the clients of all hosts make the load together, all from the same
# moment on, and what they found out becomes one result. It takes what the suite gives to a client.
# $BENCH_STATE is the folder of remote.sh.
set -uo pipefail
state=$BENCH_STATE
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$here/remote.sh"

# Time for all hosts to get ready; and, after the measured time, for the last replies and the files.
begin_s=30 after_s=14

words=() asked=() workload='' json='' duration_ns=0 warmup_ns=0
for word; do
    case $word in
    --json=* | --source=*) ;;
    *) asked+=("$word") ;;
    esac
    [[ ${#words[@]} -eq 0 || ${words[-1]} != --host ]] || word=$(<"$state/address")
    case $word in
    --workload=*) workload=${word#*=} ;;
    --json=*) json=${word#*=} ;;
    # Addresses of this machine; a host has its own.
    --source=* | --announce-window) ;;
    --duration=*ns | --warmup=*ns)
        number=${word#*=}
        printf -v "$(tr - _ <<<"${word:2:${#word}-${#number}-3}")_ns" '%d' "${number%ns}"
        words+=("$word")
        ;;
    *) words+=("$word") ;;
    esac
done

# A load of few connections or requests is made by so many hosts as there are of these, at most.
mapfile -t clients <"$state/clients"
takers=${#clients[@]}
while ((takers > 1)) &&
    ! "$state/bin/client" --check --share="$takers/$takers" "${asked[@]}" >/dev/null 2>&1; do
    takers=$((takers - 1))
done
clients=("${clients[@]:0:takers}")

runs=$state/runs
rm -rf "$runs"
mkdir "$runs" "$runs/=server" "${clients[@]/#/$runs/}"
cat ${workload:+"$workload"} >"$runs/workload.ini" </dev/null
printf '%s\n' "${words[@]}" >"$runs/words"
printf '%s\n' "${clients[@]}" >"$runs/clients"

asked_us=${EPOCHREALTIME/[.,]/}
each --timeout $begin_s "$here/begin.sh" "$state" ::: =server "${clients[@]}" 2>"$runs/complaints"
[[ ! -e $runs/=server/error ]] || {
    printf '%s: %s\n' "$(<"$state/server")" "$(<"$runs/=server/error")" >&2
    exit 1
}
# Time to start the clients in: some times what as much took just now; without those who failed, for
# whom nobody will wait again.
slowest_us=$((${EPOCHREALTIME/[.,]/} - asked_us))
for folder in "${clients[@]/#/$runs/}"; do
    [[ ! -e $folder/error ]] || slowest_us=$(sort -n "$runs"/*/took_us | tail -n 1)
done
lead_us=$((4 * slowest_us < 1500000 ? 1500000 : 4 * slowest_us > 20000000 ? 20000000 : 4 * slowest_us))
limit_s=$(((lead_us + (warmup_ns + duration_ns) / 1000) / 1000000 + after_s))
printf '%d %d %d %d\n' $((${EPOCHREALTIME/[.,]/} + lead_us)) $((warmup_ns / 1000)) \
    $((duration_ns / 1000)) "$limit_s" >"$runs/times"
each --timeout $((limit_s + 2)) "$here/job.sh" "$state" ::: =server "${clients[@]}" 2>>"$runs/complaints"

folders=()
for host in "${clients[@]}"; do
    # Ended from outside, it could not say so.
    [[ -e $runs/$host/result.json || -s $runs/$host/error ]] ||
        printf 'did not end within %d s\n' "$limit_s" >"$runs/$host/error"
    folders+=("$host=$runs/$host")
done
exec "$state/bin/join_results" --quiet --json="$json" "${folders[@]}"
