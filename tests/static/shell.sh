#!/usr/bin/env bash
# Every shell script passes shellcheck.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/static/sources.sh

command -v shellcheck >/dev/null || { echo "skipped: shellcheck is not installed"; exit 77; }
mapfile -t files < <(sources '*.sh' '.ci/run')
shellcheck --external-sources "${files[@]}"
