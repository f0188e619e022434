#!/usr/bin/env bash
# README's table has a row for each model of each server in each variant, and every cell says
# something. Prints what is missing.
#
#     tests/static/models.sh FOLDER      of the programs
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source-path=SCRIPTDIR/../clients source=models.sh
. tests/clients/models.sh

columns=6 faults=0

# row MODEL VARIANT: that row. Its first cell, the program, is empty but for the first model of it.
row() {
    local begin="\`$1\`${2:+ \`$2\`}"
    grep -E "^\|[^|]*\|" README.md | grep -F "| $begin |" || true
}

filled() {
    awk -F'|' -v n="$columns" 'NF != n + 2 { exit 1 }
        { for (i = 3; i <= n + 1; i++) if ($i !~ /[^ ]/) exit 1 }'
}

while read -r _ model options; do
    variant=$(grep -oE -e '--(accept|poller)=[a-z]+' <<<"$options" || true)
    found=$(row "$model" "$variant")
    if [ "$(grep -c . <<<"$found")" != 1 ] || ! filled <<<"$found"; then
        echo "README.md: no full row, or several, for $model $variant"
        faults=1
    fi
done < <(models_all "$1")
exit "$faults"
