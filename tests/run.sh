#!/usr/bin/env bash
# The door to the tests: sees to the packages, builds, runs ctest. Works from any folder.
set -euo pipefail

tests=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$tests")

# shellcheck source-path=SCRIPTDIR source=../bench/packages.sh
source "$root/bench/packages.sh"

usage() {
    cat <<'TEXT'
Usage: tests/run.sh [OPTION...]
Builds the project and runs its tests.

  --setup         First install the packages that are missing, with apt-get
  --preset NAME   Build and test this: debug (default), release, asan, tsan, coverage, clang
                  (debug, by that compiler), or fuzz (only fuzz targets, a short run of each)
  --label NAME    Only tests with this label: unit, system, fault (a part of system), fuzz, static,
                  lab, slow or ecosystem (may be repeated); without it all but the last two
  --tests REGEX   Only tests whose names match, as system.lifecycle
  --all           What continuous integration does: debug, a clang build, release, asan, tsan and
                  the fuzz preset. Every test but the slow ones and ecosystem runs in one of them
                  at least; the variants of the models are told apart in release, and in tsan
                  where they are threads. tests/README.md says what is left out, and why
  --help          This text

With CI set in the environment every compiler warning is an error.
Exit status: 0 all passed, 1 something failed, 2 wrong use or a missing package.

Examples
  All tests, in a debug build:                 tests/run.sh
  The scenario table under ThreadSanitizer:    tests/run.sh --preset tsan --tests scenarios
  How accurate the client is (three minutes):  tests/run.sh --preset release --label slow
TEXT
}

wrong_use() {
    printf 'tests/run.sh: %s; --help tells more\n' "$1" >&2
    exit 2
}

setup=false all=false preset=debug labels='' regex=''
while (($# > 0)); do
    case $1 in
    --setup) setup=true ;;
    --all) all=true ;;
    --help | -h)
        usage
        exit 0
        ;;
    --preset | --label | --tests)
        (($# > 1)) || wrong_use "$1 needs a value"
        case $1 in
        --preset) preset=$2 ;;
        --label) labels+=${labels:+|}$2 ;;
        --tests) regex=$2 ;;
        esac
        shift
        ;;
    *) wrong_use "unknown option $1" ;;
    esac
    shift
done
case $preset in
debug | release | asan | tsan | coverage | clang | fuzz) ;;
*) wrong_use "no preset $preset" ;;
esac

packages=("${PACKAGES_BUILD[@]}" "${PACKAGES_REPORT[@]}" "${PACKAGES_TEST[@]}")
! $all && [[ $labels != *lab* ]] || packages+=("${PACKAGES_LAB[@]}")
[[ $labels != *slow* ]] || packages+=("${PACKAGES_SLOW[@]}")
[[ $labels != *ecosystem* ]] || packages+=("${PACKAGES_ECOSYSTEM[@]}")
if $setup; then
    packages_install "${packages[@]}" || exit 1
fi
packages_require "${packages[@]}"

failed=0
mkdir -p "$root/build"

# stage NAME COMMAND...: runs it with its output kept, and prints one line; the output if it fails.
stage() {
    local name=$1 start=$SECONDS log
    shift
    log=$root/build/${name// /-}.log
    printf '%-16s' "$name"
    if "$@" >"$log" 2>&1; then
        printf 'passed  %4d s\n' $((SECONDS - start))
    else
        printf 'FAILED  %4d s\n' $((SECONDS - start))
        cat "$log"
        failed=1
        return 1
    fi
}

# build_preset NAME [UNIT_TESTS]: with all tests, or without those (OFF).
# shellcheck disable=SC2317 # stage calls it
build_preset() {
    local options=(-DSERVER_MODELS_TESTS=ON "-DSERVER_MODELS_UNIT_TESTS=${2:-ON}") base=$1 target=all
    [[ $1 != fuzz ]] || target=fuzz
    [[ -z ${CI:-} ]] || options+=(-DSERVER_MODELS_WERROR=ON)
    if [[ $1 == clang ]]; then
        base=debug
        options+=(-DCMAKE_C_COMPILER=clang)
    fi
    cmake -S "$root" --preset "$base" -B "$root/build/$1" "${options[@]}" &&
        cmake --build "$root/build/$1" --target "$target"
}

# run_tests PRESET LABELS OPTION...: ctest. Sanitized builds are there to hear a sanitizer, and so
# slow that an answer may come late on a busy machine; whether it comes in time is asked of the other
# builds. The hosts of the lab must meet an instant, with five programs on whatever CPUs there are.
# So a test that fails there is run once more, and told, unless a sanitizer has spoken.
# shellcheck disable=SC2317 # stage calls it
run_tests() {
    local preset=$1 labels=$2 folder=$root/build/$1 reports
    shift 2
    case $preset,$labels in
    asan,* | tsan,* | *,lab) ;;
    *)
        ctest --test-dir "$folder" "$@"
        return
        ;;
    esac
    ctest --test-dir "$folder" --repeat until-pass:2 "$@" || return 1
    reports='(Address|Leak|Thread|UndefinedBehavior)Sanitizer:|runtime error:'
    ! grep -E "$reports" "$folder/Testing/Temporary/LastTest.log"
}

# show_list TITLE LINES: equal ones once, with their number; nothing if all are empty.
show_list() {
    [[ -z ${2//$'\n'/} ]] || printf '\n%s:\n%s\n' "$1" "$(sed '/./!d' <<<"$2" | sort | uniq -c)"
}

# check PRESET LABELS [VARIANTS [LEFT_OUT [ONLY]]]: builds, then runs the tests of these labels; ''
# for all but those that take minutes or need the network. VARIANTS is for SERVER_VARIANTS; tests
# whose names match LEFT_OUT are not run, and others than match ONLY neither.
check() {
    local folder=$root/build/$1 tests="$1 tests" log
    [[ $2 != lab ]] || tests="$1 lab tests"
    log=$root/build/${tests// /-}.log
    export SERVER_VARIANTS=${3:-all}
    local options=(--output-on-failure -j "$(nproc)" --no-tests=error)
    [[ -z $2 ]] || options+=(-L "^($2)\$")
    [[ -n $2 || -n $regex ]] || options+=(-LE '^(slow|ecosystem)$')
    [[ -z $regex ]] || options+=(-R "$regex")
    [[ -z ${4:-} ]] || options+=(-E "$4")
    [[ -z ${5:-} ]] || options+=(-R "$5")
    stage "$1 build" build_preset "$1" "$unit_tests" || return 0
    stage "$tests" run_tests "$1" "$2" "${options[@]}" || true
    repeated+=$(sed -n "s/.*Test *#[0-9]*: \([^ ]*\) .*\*\*\*.*/$1: \1/p" "$log" | sort -u)$'\n'
    summary+=$(printf '%-8s%s' "$1" "$(sed -n '/tests passed/p' "$log")")$'\n'
    skipped+=$(sed -n "s/.*\[SKIP\] */$1: /p; s/^skipped: /$1: /p" \
        "$folder/Testing/Temporary/LastTest.log")$'\n'
}

summary='' skipped='' repeated='' unit_tests=ON
if $all; then
    # Every test in a build that can see what it looks for. Sanitized ones run what goes through the
    # servers, but cannot look at memory, CPU time or other programs; races are between threads. The
    # release build has the tests with all variants of the models, for it is the fastest.
    models='scenarios|lifecycle|crash|pool|prefork|faults_acceptor|multiplexed|state'
    once='bench|bench_.*|compare|tools|hiredis|hdr|curves|companion|report|usage|redis|invariants'
    besides='bench|bench_.*|compare|limits|soak|tools|redis|account|accuracy|companion|curves|report|invariants'
    check debug '' default "^system\\.($models|faults_.*|nothing_lost|load|soak|client|account|accuracy)\$|^lab\\."
    check debug lab
    stage "clang build" build_preset clang || true
    unit_tests=OFF # they run in debug and asan
    check release 'system|fuzz' default "^system\\.($models|$once)\$|_sandbox\$"
    check release system all '' "^system\\.($models)\$"
    unit_tests=ON
    check asan 'unit|system|fuzz' default "^system\\.($besides|client_load|hiredis|usage)\$|^unit\\.(ledger|arrival_plan)\$"
    # nothing_lost signals servers that stand still: ThreadSanitizer may put a handler off that is
    # due just before a call that blocks until after it.
    check tsan system threads "^system\\.($besides|usage|security|hdr|faults_.*|prefork|multiplexed|nothing_lost)\$|_sandbox\$"
    check fuzz fuzz
else
    check "$preset" "$labels"
fi
printf '\n%s' "$summary"
show_list 'Failed, at the first attempt at least' "$repeated"
show_list 'Skipped, and how often' "$skipped"
exit $failed
