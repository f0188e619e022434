#!/usr/bin/env bash
# The systemd unit is one: systemd knows all its settings, and finds that it exposes little.
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not installed"; exit 77; }
unit=common/server-models@.service
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
faults=0

# The server itself may not be where the unit expects it.
instance="$folder/server-models@server_threads.service"
sed 's|/usr/local/bin/%i|/bin/true|' "$unit" >"$instance"

# What systemd says of other units of this machine is their business.
complaints=$(systemd-analyze --man=no verify "$instance" 2>&1 | grep -F server-models || true)
if [ -n "$complaints" ]; then
    printf '%s\n' "$complaints"
    faults=1
fi

# From 0, nothing is exposed, to 100. Older ones cannot tell of a file.
if systemd-analyze --help | grep -q -- --threshold; then
    assessment=$(systemd-analyze security --no-pager --offline=yes --threshold=15 "$instance" 2>&1) || {
        printf '%s\n' "$assessment"
        faults=1
    }
fi
exit "$faults"
