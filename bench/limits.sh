#!/usr/bin/env bash
# How near the servers come to what this machine allows. Sees to the packages, builds what is missing,
# hands over to the program that measures.
set -euo pipefail

bench=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$bench")
build=$root/build/bench
programs=(server_iterative server_threads server_fork client bare_server)

# shellcheck source-path=SCRIPTDIR source=packages.sh
source "$bench/packages.sh"

wrong_use() {
    printf 'bench/limits.sh: %s\n' "$1" >&2
    exit 2
}

setup=false help=false options=()
for option in "$@"; do
    case $option in
    --setup) setup=true ;;
    --setup=*) wrong_use '--setup: takes no value' ;;
    --help | '-?') help=true ;;
    *) options+=("$option") ;;
    esac
done

if $help; then
    cat <<'TEXT'
bench/limits.sh builds the servers, the client and the bare loops in build/bench and measures.

      --setup                First install the packages this needs, with apt-get; redis-server,
                             with which one row compares, is one of them

Everything else is for the program that measures:

TEXT
    options=(--help)
fi

if $setup; then
    packages_install "${PACKAGES_BUILD[@]}" redis-server || exit 1
fi
packages_require "${PACKAGES_BUILD[@]}"

# build TARGET...: tests are left out, so that the bench does not need what they need.
build() {
    local output
    if ! output=$(cmake -S "$root" --preset release -B "$build" -DSERVER_MODELS_TESTS=OFF 2>&1 &&
        cmake --build "$build" --target "$@" 2>&1); then
        printf '%s\nbench/limits.sh: the build failed\n' "$output" >&2
        exit 1
    fi
}

# The program first and in silence: wrong use is told at once, and alone.
build limits
if ! $help; then
    "$build/bin/limits" --check "${options[@]}" >/dev/null
    printf 'building %s in %s (Release)\n' "${programs[*]}" "$build" >&2
    build "${programs[@]}"
fi
exec "$build/bin/limits" "${options[@]}"
