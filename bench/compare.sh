#!/usr/bin/env bash
# Two folders of results side by side. Sees to the packages, builds the program that compares, hands
# over to it.
set -euo pipefail

bench=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$bench")
build=$root/build/bench

# shellcheck source-path=SCRIPTDIR source=packages.sh
source "$bench/packages.sh"

setup=false options=()
for option in "$@"; do
    case $option in
    --setup) setup=true ;;
    --setup=*)
        printf 'bench/compare.sh: --setup: takes no value\n' >&2
        exit 2
        ;;
    --help | '-?')
        printf 'bench/compare.sh --setup first installs the packages this needs, with apt-get.\n\n'
        options=(--help)
        break
        ;;
    *) options+=("$option") ;;
    esac
done

if $setup; then
    packages_install "${PACKAGES_BUILD[@]}" || exit 1
fi
packages_require "${PACKAGES_BUILD[@]}"

if ! output=$(cmake -S "$root" --preset release -B "$build" -DSERVER_MODELS_TESTS=OFF 2>&1 &&
    cmake --build "$build" --target compare_results 2>&1); then
    printf '%s\nbench/compare.sh: the build failed\n' "$output" >&2
    exit 1
fi
exec "$build/bin/compare_results" "${options[@]}"
