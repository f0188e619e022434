#!/usr/bin/env bash
# run.sh --bin FOLDER --server-host HOST --client-hosts HOST,... [OPTION...]: runs the suite with its
# server and its clients on other hosts, and leaves nothing there. FOLDER holds the programs. The
# options are those of the suite and, besides,
#
#     --hosts-file FILE       the client hosts, one a line as in a file for GNU parallel's --sshloginfile
#     --server-address NAME   where the clients find the server (what ssh calls its host)
#
# The suite is told that server and client are programs of a folder with stand-ins: server.sh and
# client.sh, which reach the hosts by ssh; GNU parallel looks after many at a time.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
servers=(server_iterative server_threads server_fork)

wrong_use() {
    printf 'bench/run.sh: %s\n' "$1" >&2
    exit 2
}

bin='' server='' list='' file='' address='' options=()
while (($# > 0)); do
    case $1 in
    --bin | --server-host | --client-hosts | --hosts-file | --server-address)
        (($# > 1)) || wrong_use "$1: needs a value"
        set -- "$1=$2" "${@:3}"
        ;;
    esac
    case $1 in
    --bin=*) bin=${1#*=} ;;
    --server-host=*) server=${1#*=} ;;
    --client-hosts=*) list=${1#*=} ;;
    --hosts-file=*) file=${1#*=} ;;
    --server-address=*) address=${1#*=} ;;
    *) options+=("$1") ;;
    esac
    shift
done

# ---- who ----

# A line of a file for parallel is [CPUS/]DESTINATION; other forms of it are not for us.
clients=()
if [[ -n $file ]]; then
    [[ -r $file ]] || wrong_use "--hosts-file=$file: cannot be read"
    mapfile -t clients < <(sed 's/#.*//; s|^[[:space:]]*\([0-9]*/\)\{0,1\}||; s/[[:space:]]*$//; /^$/d' "$file")
elif [[ -n $list ]]; then
    IFS=, read -r -a clients <<<"$list"
fi
[[ -n $server ]] || wrong_use '--server-host: is needed with --client-hosts or --hosts-file'
((${#clients[@]} > 0)) || wrong_use '--client-hosts: is needed with --server-host, or --hosts-file'
for host in "$server" "${clients[@]}"; do
    [[ $host =~ ^[A-Za-z0-9_][A-Za-z0-9_.@:-]*$ ]] ||
        wrong_use "'$host': must be a destination for ssh, as in user@host"
done
[[ $(printf '%s\n' "${clients[@]}" | sort | uniq -d) == '' ]] || wrong_use 'a client host is named twice'
for option in "${options[@]}"; do
    case $option in
    --server-cpus* | --client-cpus*) wrong_use "${option%%=*}: has no meaning with --server-host" ;;
    esac
done
[[ -n $address ]] || address=$(ssh -G -- "$server" 2>/dev/null | sed -n 's/^hostname //p')

# Wrong use is told before any host is asked, and what there is to choose from without asking any.
for option in "${options[@]}"; do
    [[ $option != --list ]] || exec "$bin/suite" --bin "$bin" --hosts "${clients[*]}" "${options[@]}"
done
"$bin/suite" --check --hosts "${clients[*]}" "${options[@]}" >/dev/null || exit

# ---- the state of this run, and its end ----

export BENCH_STATE LC_ALL=C
BENCH_STATE=$(mktemp -d "${TMPDIR:-/tmp}/server-models.XXXXXX")
state=$BENCH_STATE
# shellcheck source-path=SCRIPTDIR source=remote.sh
source "$here/remote.sh"
mapfile -t hosts < <(printf '%s\n' "$server" "${clients[@]}" | sort -u)

# shellcheck disable=SC2317 # the trap calls it
tidy() {
    trap '' INT TERM HUP
    local status=0
    each "$here/tidy.sh" "$state" ::: "${hosts[@]}" >&2 || status=1
    rm -rf "$state"
    return "$status"
}
suite=''
trap 'status=$?; tidy || { ((status != 0)) || status=1; }; exit $status' EXIT
# Ctrl-C reaches the suite as well, which ends in its own way; other signals are passed on.
interrupted=false
trap 'interrupted=true; [[ -z $suite ]] || kill -TERM "$suite" 2>/dev/null' INT TERM HUP

mkdir "$state/asked" "$state/at" "$state/bin" "$state/ssh" "$state/stand-ins" "$state/parallel"
printf '%s\n' "$server" >"$state/server"
printf '%s\n' "${clients[@]}" >"$state/clients"
printf '%s\n' "$address" >"$state/address"
cp -- "${servers[@]/#/$bin/}" "$bin/client" "$bin/attend" "$bin/join_results" "$state/bin/"
for program in "${servers[@]}"; do
    ln -s "$here/server.sh" "$state/stand-ins/$program"
done
ln -s "$here/client.sh" "$state/stand-ins/client"

# What there is to know of the hosts: a line on who does what, then one for each.
describe() {
    local names host
    names=$(printf ', %s' "${clients[@]}")
    printf 'server on %s, clients on %s' "$server" "${names:2}"
    for host in "${hosts[@]}"; do
        printf '\n%s: %s' "$host" "$(<"$state/facts-$host")"
    done
}

# ---- the work ----

all_ready=true
each "$here/prepare.sh" "$state" ::: "${hosts[@]}" >&2 || all_ready=false
! $interrupted || {
    printf 'bench/run.sh: interrupted: nothing was started\n' >&2
    exit 130
}
$all_ready || {
    printf 'bench/run.sh: not all hosts can take part: nothing was started\n' >&2
    exit 1
}
"$bin/suite" --bin "$state/stand-ins" \
    --hosts "$(describe)" "${options[@]}" <&0 &
suite=$!
while kill -0 "$suite" 2>/dev/null; do
    wait "$suite" || :
done
# Once more, for a signal may have cut off the wait that would have told.
wait "$suite" && status=0 || status=$?
exit "$status"
