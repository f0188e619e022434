#!/usr/bin/env bash
# The soak: each model for a chosen time under load, storms and faults. Works from any folder.
set -euo pipefail

tests=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$tests")

# shellcheck source-path=SCRIPTDIR source=../bench/packages.sh
source "$root/bench/packages.sh"
# shellcheck source-path=SCRIPTDIR source=clients/models.sh
source "$tests/clients/models.sh"

usage() {
    cat <<'TEXT'
Usage: tests/soak.sh MODEL...|all [OPTION...]
Keeps each model, in each of its variants, under load, storms of clients and faults for a chosen time.
After every round a new client must be answered within a second, the server's counters and state
must agree with what was done, and what it holds must be back where it was; at the end neither its
memory nor its descriptors may have grown, and it must end in order. A table has the figures.

  --minutes N      So long for each variant: 1 to 1440 (default: 10)
  --seconds N      So many seconds instead: 1 to 86400
  --seed N         Draws the same order of the same actions again (default: another each time)
  --variant TEXT   Only variants that have this in their options, as --variant mutex
  --bin FOLDER     The programs to use; without it they are built in build/release
  --sabotage NAME  Do one thing wrong in every round, to see its check fail: leak, hold,
                   lost-increment, repeated-increment, connect-unseen, kill-child, freeze, misread,
                   kill-all
  --help           This text

Exit status: 0 all held, 1 something did not (a line each, with the seed), 2 wrong use or a missing
package, 130 after Ctrl-C, which ends it in order.

Examples
  All models, ten minutes each:         tests/soak.sh all --minutes 10
  What happened once, once more:        tests/soak.sh preforked --variant mutex --seed 1717
  Is a leak seen?                       tests/soak.sh multiplexed --seconds 20 --sabotage leak
TEXT
}

wrong_use() {
    printf 'tests/soak.sh: %s; --help tells more\n' "$1" >&2
    exit 2
}

# number OPTION TEXT MOST: sets `number`, from 1 to MOST.
number() {
    [[ $2 =~ ^[1-9][0-9]{0,17}$ && $2 -le $3 ]] ||
        wrong_use "$1 $2: must be a whole number from 1 to $3"
    number=$2
}

seconds=600 seed='' variant='' bin='' sabotage=none wanted=()
while (($# > 0)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --minutes | --seconds | --seed | --variant | --bin | --sabotage)
        (($# > 1)) || wrong_use "$1 needs a value"
        case $1 in
        --minutes)
            number "$1" "$2" 1440
            seconds=$((number * 60))
            ;;
        --seconds)
            number "$1" "$2" 86400
            seconds=$number
            ;;
        --seed)
            number "$1" "$2" 999999999999999999
            seed=$number
            ;;
        --variant) variant=$2 ;;
        --bin) bin=$2 ;;
        --sabotage)
            case $2 in
            leak | hold | lost-increment | repeated-increment | connect-unseen | kill-child | \
                freeze | misread | kill-all) sabotage=$2 ;;
            *) wrong_use "no sabotage $2" ;;
            esac
            ;;
        esac
        shift
        ;;
    -*) wrong_use "unknown option $1" ;;
    *) wanted+=("$1") ;;
    esac
    shift
done
((${#wanted[@]} > 0)) || wrong_use 'name a model, or all'

build() {
    local log=$root/build/soak.log
    packages_require "${PACKAGES_BUILD[@]}" libcriterion-dev libhiredis-dev
    mkdir -p "$root/build"
    if ! { cmake -S "$root" --preset release -DSERVER_MODELS_TESTS=ON &&
        cmake --build "$root/build/release" --target soak; } >"$log" 2>&1; then
        cat "$log"
        exit 1
    fi
    bin=$root/build/release/bin
}

[[ -n $bin ]] || build
[[ -x $bin/soak && -x $bin/server_threads ]] || wrong_use "no servers and no soak in $bin"
mapfile -t models < <(models_all "$bin")
chosen=()
for name in "${wanted[@]}"; do
    before=${#chosen[@]}
    for line in "${models[@]}"; do
        read -r _ model options <<<"$line"
        if [[ ($name == all || $name == "$model") && $options == *"$variant"* ]]; then
            chosen+=("$line")
        fi
    done
    ((${#chosen[@]} > before)) || wrong_use "no model $name${variant:+ with $variant}"
done
[[ -n $seed ]] || seed=$((1 + SRANDOM))

# What servers store is in here: one that is killed leaves it behind.
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM
printf '%d s each, seed %d\n' "$seconds" "$seed"
printf '%-30s %6s %10s %11s %7s %8s %10s %10s %5s %8s  %s\n' model rounds requests connections \
    faults 'PSS KiB' 'KiB/min' 'alloc/min' fds 'fds/min' verdict
failed=0
for line in "${chosen[@]}"; do
    read -r program model options <<<"$line"
    [[ $options != - ]] || options=''
    # shellcheck disable=SC2086 # options are words
    "$bin/soak" "$seconds" "$seed" "$sabotage" "$program" --model="$model" $options || failed=1
done
exit $failed
