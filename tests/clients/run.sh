#!/usr/bin/env bash
# Client libraries of other languages, with their default settings, against every model.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(dirname "$(dirname "$here")")
# shellcheck source-path=SCRIPTDIR source=models.sh
source "$here/models.sh"

usage() {
    cat <<'TEXT'
Usage: tests/clients/run.sh [OPTION...]
Tries node-redis, ioredis and redis-py against every model, in a table.

  --bin FOLDER       The programs to try; default: those of build/release, else build/debug
  --model NAME       Only this model, in all its variants (may be repeated)
  --redis-py FOLDER  The source folder of a redis-py, instead of the installed one
  --help             This text

node-redis and ioredis are installed with npm into a temporary folder, in the versions of
package.json; redis-py is Debian's python3-redis.
Exit status: 0 all passed, 1 something failed, 2 wrong use, 77 no client could be had.
TEXT
}

wrong_use() {
    printf 'tests/clients/run.sh: %s; --help tells more\n' "$1" >&2
    exit 2
}

bin='' redis_py='' wanted=()
while (($# > 0)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --bin | --model | --redis-py)
        (($# > 1)) || wrong_use "$1 needs a value"
        case $1 in
        --bin) bin=$2 ;;
        --model) wanted+=("$2") ;;
        --redis-py) redis_py=$2 ;;
        esac
        shift
        ;;
    *) wrong_use "unknown option $1" ;;
    esac
    shift
done
[[ -n $bin ]] || bin=$(models_folder "$root") || wrong_use "no build is there; --bin names one"
[[ -x $bin/server_threads ]] || wrong_use "no servers in $bin"
mapfile -t models < <(models_all "$bin" "${wanted[@]}")
((${#models[@]} > 0)) || wrong_use "no such model"
[[ -z $redis_py || -d $redis_py/redis ]] || wrong_use "no package redis in $redis_py"

folder=$(mktemp -d)
trap 'server_stop || true; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# What can be tried: a name and a command each, to which port and "many" or "one" are added.
names=() commands=()

# version_of PACKAGE: the version that npm installed.
version_of() {
    node -p 'require(process.argv[1]).version' "$folder/node_modules/$1/package.json"
}

find_javascript() {
    local program
    for program in node npm; do
        if ! command -v "$program" >/dev/null; then
            echo "skipped: node-redis and ioredis: $program is not installed"
            return
        fi
    done
    if (($(node -p 'parseInt(process.versions.node)') < 20)); then
        echo "skipped: node-redis and ioredis: they need node 20, this is $(node --version)"
        return
    fi
    cp "$here/package.json" "$here"/*.mjs "$folder"
    if ! npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund \
        >"$folder/npm.log" 2>&1; then
        echo "skipped: node-redis and ioredis: $(grep -m 1 error "$folder/npm.log")"
        return
    fi
    names+=("node-redis $(version_of redis)" "ioredis $(version_of ioredis)")
    commands+=("node $folder/node-redis.mjs" "node $folder/ioredis.mjs")
}

find_python() {
    local python=/usr/bin/python3 # Debian's, whose packages these are
    [[ -z $redis_py ]] || export PYTHONPATH=$redis_py
    local version
    if version=$("$python" -B -c 'import redis; print(redis.__version__)' 2>/dev/null); then
        names+=("redis-py $version")
        commands+=("$python -B $here/redis_py.py")
    else
        echo "skipped: redis-py: python3-redis is not installed"
    fi
}

find_javascript
find_python
((${#names[@]} > 0)) || exit 77
failed=0 tried=0
# try_all MODEL: every client against the server that runs; a cell of the table each.
try_all() {
    local i clients=one
    models_serves_many "$1" && clients=many
    for i in "${!names[@]}"; do
        tried=$((tried + 1))
        # shellcheck disable=SC2086 # a command is words
        if timeout 60 ${commands[i]} "$server_port" $clients >"$folder/log" 2>&1; then
            printf ' %-17s' passed
        else
            printf ' %-17s' FAILED
            failed=$((failed + 1))
            sed "s/^/${names[i]}: /" "$folder/log" >>"$folder/failures"
        fi
    done
}

printf '%-36s' model
printf ' %-17s' "${names[@]}"
printf '\n'
for line in "${models[@]}"; do
    read -r program model options <<<"$line"
    [[ $options != - ]] || options=''
    : >"$folder/failures"
    printf '%-36s' "$model${options:+ ${options#--workers=8 }}"
    # shellcheck disable=SC2086 # options are words
    server_start "$program" "$model" $options
    try_all "$model"
    if server_stop; then
        printf '\n'
    else
        printf ' the server failed\n'
        failed=$((failed + 1))
    fi
    cat "$folder/failures"
done
printf '%d passed, %d failed\n' $((tried - failed)) $failed
exit $((failed > 0))
