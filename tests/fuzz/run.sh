#!/usr/bin/env bash
# The long run: each fuzz target for so many executions or seconds. Works from any folder.
set -euo pipefail

fuzz=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$(dirname "$fuzz")")
build=$root/build/fuzz

# shellcheck source-path=SCRIPTDIR source=../../bench/packages.sh
source "$root/bench/packages.sh"

usage() {
    cat <<'TEXT'
Usage: tests/fuzz/run.sh [OPTION...]
Builds the fuzz targets and runs them one after another, from the seeds and from what earlier runs
have learnt (build/fuzz/corpus). The next target's turn comes when one has found something.

  --executions N  So many of each target: a whole number, also as 500k or 25m (default: 1m)
  --seconds N     So many seconds for each target instead
  --target NAME   Only this target: request, reply, session or workload (may be repeated)
  --help          This text

Exit status: 0 nothing was found, 1 something was (or the build failed), 2 wrong use or a missing
package.

Examples
  A hundred million executions in all:    tests/fuzz/run.sh --executions 25m
  Ten minutes for the session:            tests/fuzz/run.sh --seconds 600 --target session
TEXT
}

wrong_use() {
    printf 'tests/fuzz/run.sh: %s; --help tells more\n' "$1" >&2
    exit 2
}

# count OPTION TEXT: sets `number` from 1 to 2000000000, which is what libFuzzer can count.
count() {
    [[ $2 =~ ^([1-9][0-9]{0,9})([km]?)$ ]] ||
        wrong_use "$1 $2: must be a whole number from 1 to 2000000000, also as 500k or 25m"
    number=${BASH_REMATCH[1]}
    case ${BASH_REMATCH[2]} in
    k) number=$((number * 1000)) ;;
    m) number=$((number * 1000000)) ;;
    esac
    ((number <= 2000000000)) ||
        wrong_use "$1 $2: must be a whole number from 1 to 2000000000, also as 500k or 25m"
}

executions=1000000 seconds=0 targets=()
while (($# > 0)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --executions | --seconds | --target)
        (($# > 1)) || wrong_use "$1 needs a value"
        case $1 in
        --executions)
            count "$1" "$2"
            executions=$number seconds=0
            ;;
        --seconds)
            count "$1" "$2"
            executions=-1 seconds=$number
            ;;
        --target)
            [[ -f $fuzz/fuzz_$2.c && -d $fuzz/corpus/$2 ]] || wrong_use "no target $2"
            targets+=("$2")
            ;;
        esac
        shift
        ;;
    *) wrong_use "unknown option $1" ;;
    esac
    shift
done
((${#targets[@]} > 0)) || targets=(request reply session workload)

packages_require "${PACKAGES_BUILD[@]}" clang libclang-rt-dev
# The store of a target that crashes stays behind.
export TMPDIR=$build/tmp
mkdir -p "$TMPDIR"
trap 'rm -rf "$TMPDIR"' EXIT
if ! { cmake -S "$root" --preset fuzz -B "$build" -DSERVER_MODELS_TESTS=ON &&
    cmake --build "$build" --target "${targets[@]/#/fuzz_}"; } >"$build/run.log" 2>&1; then
    cat "$build/run.log"
    exit 1
fi

# run TARGET: prints one line, and how to see again what was found.
total=0 failed=0
run() {
    local name=$1 dictionary=resp start=$SECONDS log=$build/$1.log found ran learnt length=256
    [[ $name != workload ]] || dictionary=workload length=512
    mkdir -p "$build/corpus/$name" "$build/crashes"
    "$build/bin/fuzz_$name" -runs="$executions" -max_total_time="$seconds" -max_len=$length \
        -timeout=10 -rss_limit_mb=1024 -reload=0 -print_final_stats=1 \
        -dict="$fuzz/$dictionary.dict" -artifact_prefix="$build/crashes/$name-" \
        "$build/corpus/$name" "$fuzz/corpus/$name" >"$log" 2>&1 && found='nothing found' ||
        found='FOUND SOMETHING'
    ran=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    learnt=$(sed -n 's/^#.* cov: \([0-9]*\) ft: .*/\1/p' "$log" | tail -n 1)
    printf '%-10s%12d executions %6d s %5d edges  %s\n' "$name" "${ran:-0}" \
        $((SECONDS - start)) "${learnt:-0}" "$found"
    total=$((total + ${ran:-0}))
    [[ $found != 'nothing found' ]] || return 0
    failed=1
    grep -E 'does not hold|SUMMARY|ERROR' "$log" || tail -n 5 "$log"
    sed -n "s|.*Test unit written to \(.*\)|reproduce:  $build/bin/fuzz_$name \1|p" "$log"
}

for name in "${targets[@]}"; do
    run "$name"
done
printf '%-10s%12d executions\n' 'in all' "$total"
exit $failed
