#!/usr/bin/env bash
# tidy.sh STATE HOST: removes what prepare.sh made on the host. Prints a line if that cannot be done.
set -uo pipefail
state=$1 host=$2
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$0")/remote.sh"

status=0
if [[ -s $state/at/$host ]]; then
    folder=$(<"$state/at/$host")
    remote "$host" "rm -rf -- $(quoted "$folder")" >/dev/null 2>&1 </dev/null || {
        printf '%s: %s could not be removed\n' "$host" "$folder"
        status=1
    }
fi
exit "$status"
