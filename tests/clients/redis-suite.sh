#!/usr/bin/env bash
# Redis' own test programs, as far as they ask for commands that we have, against our models.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$(dirname "$here")")
# shellcheck source-path=SCRIPTDIR source=models.sh
source "$here/models.sh"

usage() {
    cat <<'TEXT'
Usage: tests/clients/redis-suite.sh [OPTION...] REDIS_SOURCE
Runs those tests of Redis that our commands allow against every model that serves several clients
at a time (Redis' test program holds one connection while it opens the next), in a table.
REDIS_SOURCE is the source folder of Redis 7.0.15: runtest and the folder tests are enough. Its
test program writes into tests/tmp there. It needs tclsh.

  --bin FOLDER    The programs to try; default: those of build/release, else build/debug
  --model NAME    Only this model, in all its variants (may be repeated)
  --port PORT     A server that runs already, such as a redis-server, instead of ours. All its data
                  is deleted
  --help          This text

Exit status: 0 all passed, 1 something failed, 2 wrong use.
TEXT
}

wrong_use() {
    printf 'tests/clients/redis-suite.sh: %s; --help tells more\n' "$1" >&2
    exit 2
}

# A file of Redis' tests below tests/, how many tests we take from it, and which: their names, or
# regular expressions behind a '/'. The rest needs commands that we do not have.
files=(unit/protocol unit/quit unit/type/incr unit/type/string unit/keyspace unit/other)
counts=(13 3 10 15 5 1)
tests=(
    '/^(Handle an empty|Negative multib|Out of range multib|Wrong multib|Non-number multib|Multi bulk|Generic wrong|Unbalanced|Protocol desync)'
    '/QUIT'
    '/^(INCR (against (non|key created|key originally)|over|fails against key with)|INCRBY over|DECRBY)'
    '/^(SET and GET|Very big payload|SET 10000|DBSIZE|Extended SET (can|NX|XX|GET option))'
    '/^(DEL against a single|EXISTS$|Zero length|Commands pipelining|Non existing command)'
    '/^PIPELINING stresser'
)

bin='' wanted=() port='' redis=''
while (($# > 0)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --bin | --model | --port)
        (($# > 1)) || wrong_use "$1 needs a value"
        case $1 in
        --bin) bin=$2 ;;
        --model) wanted+=("$2") ;;
        --port) port=$2 ;;
        esac
        shift
        ;;
    -*) wrong_use "unknown option $1" ;;
    *)
        [[ -z $redis ]] || wrong_use "one source folder, please"
        redis=$1
        ;;
    esac
    shift
done
[[ -x $redis/runtest ]] || wrong_use "no runtest in the source folder '$redis'"
command -v tclsh >/dev/null || wrong_use "tclsh is not installed"

log=$(mktemp)
trap 'server_stop || true; rm -f "$log" "$log.failures"' EXIT
trap 'exit 130' INT TERM

failed=0
# try_all PORT: all test files against a server; a cell of the table each, passed/expected.
try_all() {
    local i passed
    for i in "${!files[@]}"; do
        (cd "$redis" && timeout 300 ./runtest --host 127.0.0.1 --port "$1" --singledb --clients 1 \
            --tags -needs:debug --single "${files[i]}" --only "${tests[i]}") >"$log" 2>&1 || true
        sed -i 's/\x1b\[[0-9;]*m//g' "$log"
        passed=$(grep -c '^\[ok\]: ' "$log") || true
        printf ' %-17s' "$passed/${counts[i]}"
        if ((passed != counts[i])) || ! grep -q 'All tests passed without errors' "$log"; then
            failed=$((failed + 1))
            { grep -E '^\[(err|exception)\]' "$log" || tail -n 3 "$log"; } >>"$log.failures"
        fi
    done
}

# row NAME PORT: a line of the table, and what failed below it.
row() {
    : >"$log.failures"
    printf '%-36s' "$1"
    try_all "$2"
    printf '\n'
    cat "$log.failures"
    rm "$log.failures"
}

printf '%-36s' model
printf ' %-17s' "${files[@]}"
printf '\n'
if [[ -n $port ]]; then
    row "port $port" "$port"
    exit $((failed > 0))
fi

[[ -n $bin ]] || bin=$(models_folder "$root") || wrong_use "no build is there; --bin names one"
mapfile -t models < <(models_all "$bin" "${wanted[@]}")
((${#models[@]} > 0)) || wrong_use "no such model"
for line in "${models[@]}"; do
    read -r program model options <<<"$line"
    models_serves_many "$model" || continue
    [[ $options != - ]] || options=''
    # shellcheck disable=SC2086 # options are words
    server_start "$program" "$model" $options
    row "$model${options:+ ${options#--workers=8 }}" "$server_port"
    server_stop || {
        echo 'the server failed'
        failed=$((failed + 1))
    }
done
exit $((failed > 0))
