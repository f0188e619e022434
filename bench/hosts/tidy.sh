#!/usr/bin/env bash
# tidy.sh STATE HOST: removes what prepare.sh made on the host. Prints a line and fails if that cannot
# be done, or a program is still running in it.
set -uo pipefail
state=$1 host=$2
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$(dirname "$0")/remote.sh"

# Tenths of a second for programs to end in; and the status that says that one did not.
TRIES=150 STILL_THERE=3
status=0
if [[ -e $state/asked/$host ]]; then
    folder=$(cat "$state/at/$host" 2>/dev/null) || folder='what was begun there, if anything,'
    # What an interrupt cut off is ended by its keeper (attend) within seconds, which is awaited.
    there=$(folder_there "$host")
    remote "$host" "tries=0
        is_busy() { readlink /proc/[0-9]*/cwd | grep -qxF $there; }
        while is_busy && [ \$tries -lt $TRIES ]; do tries=\$((tries + 1)); sleep 0.1; done
        left=0; if is_busy; then left=$STILL_THERE; fi
        rm -rf -- $there && exit \$left" >/dev/null 2>&1 </dev/null
    case $? in
    0) ;;
    "$STILL_THERE")
        printf '%s: %s was removed, but a program is still running in it\n' "$host" "$folder"
        status=1
        ;;
    *)
        printf '%s: %s could not be removed\n' "$host" "$folder"
        status=1
        ;;
    esac
fi
unshare "$host"
exit "$status"
