#!/usr/bin/env bash
# Every C file is laid out as .clang-format says.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/static/sources.sh

command -v clang-format >/dev/null || { echo "skipped: clang-format is not installed"; exit 77; }
mapfile -t files < <(sources '*.c' '*.h')
clang-format --dry-run --Werror "${files[@]}"
