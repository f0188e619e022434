#!/usr/bin/env bash
# Small things that no other tool looks for. Prints each offending line. Inputs of the fuzz targets
# are bytes, whatever they look like.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/static/sources.sh

faults=0

# none WHAT REGULAR_EXPRESSION PATTERN...: no line of these files may match.
none() {
    local what=$1 expression=$2
    shift 2
    local files
    mapfile -t files < <(sources "$@" | grep -v '^tests/fuzz/corpus/')
    if [ "${#files[@]}" -gt 0 ] && grep -HnIP -e "$expression" -- "${files[@]}"; then
        echo "  ^ $what"
        faults=1
    fi
}

none "a path of somebody's machine" '(?<![\w.$}])/(?:work|home|root|Users)/' '*'
none "blanks at the end of a line" '[ \t]+$' '*'
none "a carriage return at the end of a line" '\r$' '*'
none "a tab in a C file" '\t' '*.c' '*.h'

while IFS= read -r file; do
    if [ -s "$file" ] && grep -qI '' "$file" && [ -n "$(tail -c 1 "$file")" ]; then
        echo "$file: the last line has no end"
        faults=1
    fi
done < <(sources '*' | grep -v '^tests/fuzz/corpus/')
exit "$faults"
