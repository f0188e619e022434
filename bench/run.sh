#!/usr/bin/env bash
# The door to the bench: sees to the packages, builds what is missing, hands over to the suite driver.
set -euo pipefail

bench=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$bench")
build=$root/build/bench
programs=(server_iterative server_threads server_fork client report)
hosts=false redis=false

# shellcheck source-path=SCRIPTDIR source=packages.sh
source "$bench/packages.sh"

wrong_use() {
    printf 'bench/run.sh: %s\n' "$1" >&2
    exit 2
}

setup=false help=false options=()
for option in "$@"; do
    case $option in
    --setup) setup=true ;;
    --setup=*) wrong_use '--setup: takes no value' ;;
    --help | '-?') help=true ;;
    --server-host | --server-host=* | --client-hosts | --client-hosts=* | --hosts-file | --hosts-file=*)
        hosts=true
        options+=("$option")
        ;;
    --against=redis | redis) # which is nothing but the value of --against
        redis=true
        options+=("$option")
        ;;
    *) options+=("$option") ;;
    esac
done

if $help; then
    cat <<'TEXT'
bench/run.sh builds the servers, the client and the suite driver in build/bench and starts the driver.

      --setup                First install the packages this needs, with apt-get

 Over several machines (bench/METHOD.md tells what they need):
      --server-host=HOST     Run the servers there, a destination for ssh
      --client-hosts=HOST,...  Run a client on each of these, all as one load
      --hosts-file=FILE      The same, one host a line, as for GNU parallel's --sshloginfile
      --server-address=NAME  Where the clients find the server (what ssh calls its host)

Everything else is for the driver:

TEXT
    options=(--help)
fi

packages=("${PACKAGES_BUILD[@]}" "${PACKAGES_REPORT[@]}")
! $hosts || packages+=("${PACKAGES_HOSTS[@]}")
if $setup; then
    wanted=("${packages[@]}")
    ! $redis || wanted+=(redis-server)
    packages_install "${wanted[@]}" || exit 1
fi
packages_require "${packages[@]}"

# build TARGET...: tests are left out, so that the bench does not need what they need.
build() {
    local output
    if ! output=$(cmake -S "$root" --preset release -B "$build" -DSERVER_MODELS_TESTS=OFF 2>&1 &&
        cmake --build "$build" --target "$@" 2>&1); then
        printf '%s\nbench/run.sh: the build failed\n' "$output" >&2
        exit 1
    fi
}

# The driver first and in silence: wrong use is told at once, and alone.
build suite
if $hosts && ! $help; then
    programs+=(attend join_results)
    printf 'building %s in %s (Release)\n' "${programs[*]}" "$build" >&2
    build "${programs[@]}"
    exec "$bench/hosts/run.sh" --bin "$build/bin" --report="$build/bin/report" "${options[@]}"
fi
if ! $help; then
    "$build/bin/suite" --check "${options[@]}" >/dev/null
    # To standard error: the driver's output is the result.
    printf 'building %s in %s (Release)\n' "${programs[*]}" "$build" >&2
    build "${programs[@]}"
fi
exec "$build/bin/suite" --report="$build/bin/report" "${options[@]}"
