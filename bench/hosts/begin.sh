#!/usr/bin/env bash
# begin.sh STATE HOST: asks a host for its clock before a run, and gives a client's the workload.
# runs/HOST/clock holds what clock prints, runs/HOST/took_us how long the host needed, runs/HOST/error
# why it cannot take part. HOST is the word "=server" for the server's, of which it is the clock alone.
set -uo pipefail
state=$1 host=$2 folder=$1/runs/$2
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$0")/remote.sh"

refuse() {
    printf '%s\n' "$1" >"$folder/error"
    exit 1
}

begin=${EPOCHREALTIME/[.,]/}
if [[ $host == =server ]]; then
    host=$(<"$state/server")
else
    remote "$host" "cd $(quoted "$(<"$state/at/$host")") && rm -rf run && mkdir run && cat >run/workload.ini" \
        <"$state/runs/workload.ini" 2>"$folder/complaints" ||
        refuse "no run can begin there: $(last_line "$folder/complaints")"
fi
# Not through a pipe: what stands at its other end could outlive this.
clock "$host" >"$folder/clock" || refuse 'its clock does not answer'
read -r _ bound_us <"$folder/clock"
((bound_us <= CLOCK_BOUND_US)) ||
    refuse "its clock is known to +-$bound_us us only (allowed: $CLOCK_BOUND_US us): nothing was started there"
