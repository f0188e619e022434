#!/usr/bin/env bash
# Each check of the soak is seen failing: tests/soak/sabotage.sh FOLDER, that of the programs.
set -euo pipefail

(($# == 1)) || {
    echo 'tests/soak/sabotage.sh: must be: sabotage.sh FOLDER' >&2
    exit 2
}
soak=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../soak.sh
bin=$1
failed=0

# expect SABOTAGE MODEL SECONDS TEXT: the soak fails, and this is in what it says.
expect() {
    local output status=0
    output=$("$soak" "$2" --bin "$bin" --seconds "$3" --seed 2 --sabotage "$1" 2>&1) || status=$?
    if [[ $status == 1 && $output == *VIOLATION*"$4"* ]]; then
        printf 'seen      %-20s %s\n' "$1" "$4"
    else
        printf 'NOT SEEN  %-20s %s; status %d:\n%s\n' "$1" "$4" "$status" "$output"
        failed=1
    fi
}

expect misread thread-per-client 4 'got a wrong reply'
expect lost-increment thread-per-client 1 'the counter is'
expect repeated-increment thread-per-client 1 'the counter is'
expect connect-unseen thread-per-client 1 'total_connections_received is'
expect connect-unseen thread-per-client 1 'its served line has'
expect hold thread-per-client 1 'connected_clients is 2, must be 1'
expect hold thread-per-client 1 ' descriptors, 2 threads, 1 processes; without'
expect hold fork-per-client 1 '2 processes'
expect hold multiplexed 12 'descriptors grew by'
expect leak multiplexed 6 ': memory grew by'
expect leak thread-per-client 6 ': memory grew by'
expect leak thread-per-client 6 'allocated memory grew by'
expect kill-child fork-per-client 1 'children_killed is 1, must be 0'
expect freeze thread-per-client 1 'a new client was answered after'
expect kill-all thread-per-client 1 'the server was ended by signal 9'
exit $failed
