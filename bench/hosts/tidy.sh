#!/usr/bin/env bash
# tidy.sh STATE HOST: removes what prepare.sh made on the host. Prints a line if that cannot be done.
set -uo pipefail
state=$1 host=$2
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$0")/remote.sh"

status=0
if [[ -e $state/asked/$host ]]; then
    folder=$(cat "$state/at/$host" 2>/dev/null) || folder='what was begun there, if anything,'
    # What an interrupt cut off is ended by its keeper (attend) within seconds, which is awaited.
    there=$(folder_there "$host")
    remote "$host" "tries=0
        while [ \$tries -lt 150 ] && readlink /proc/[0-9]*/cwd | grep -qxF $there; do
            tries=\$((tries + 1)); sleep 0.1
        done
        rm -rf -- $there" >/dev/null 2>&1 </dev/null || {
        printf '%s: %s could not be removed\n' "$host" "$folder"
        status=1
    }
fi
unshare "$host"
exit "$status"
