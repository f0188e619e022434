# shellcheck shell=bash disable=SC2154
# How the bench reaches its hosts; for sourcing. $state, which whoever sources this sets, is the
# folder that a run over several hosts keeps here; it holds, among others:
#
#     server, clients      names of hosts, one a line
#     address              of the server, as the clients know it
#     bin/                 the programs that were copied
#     asked/HOST           is there while the host may have a temporary folder
#     at/HOST              the temporary folder on that host
#     ssh/HOST             the socket of the connection that all that goes there shares

# What a clock must be known to before anything is started by it.
# shellcheck disable=SC2034 # used by those that source this
CLOCK_BOUND_US=10000

# How long a shared connection stays when nobody uses it, should what began it not end it.
SHARED_S=120

# remote HOST COMMAND [OPTION...]: runs a line of shell there, with more options for ssh. Nobody is
# asked for a password or whether to trust a key; a host that does not answer is given up. The
# connection is the shared one, or one of its own where there is none. Status 255: the host was not
# reached, or lost.
remote() {
    # shellcheck disable=SC2029 # the line is composed here
    ssh "${@:3}" -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5 -o LogLevel=ERROR \
        -o ServerAliveInterval=2 -o ServerAliveCountMax=2 -o ForwardAgent=no -o ForwardX11=no \
        -o RequestTTY=no -o ControlMaster=no -o ControlPath="$(shared "$1")" -- "$1" "$2"
}

# shared HOST: prints where the socket of its connection is; "none" if the name of a socket would be
# too long, with the 17 characters that ssh adds to it for a moment.
shared() {
    local socket=$state/ssh/$1
    if ((${#socket} <= 107 - 17)); then
        printf '%s' "${socket//%/%%}"
    else
        printf 'none'
    fi
}

# share HOST COMMAND: as remote, and the connection stays for all that follows, until `unshare`.
share() {
    remote "$1" "$2" -o ControlMaster=yes -o ControlPersist=$SHARED_S
}

unshare() { # HOST
    [[ ! -S $state/ssh/$1 ]] || ssh -o ControlPath="$(shared "$1")" -O exit -- "$1" >/dev/null 2>&1 || true
}

# folder_there HOST: a word of shell for the temporary folder there; known before it is there, so that
# it can be removed whatever was cut off.
folder_there() {
    # shellcheck disable=SC2016 # the other host's TMPDIR
    printf '"${TMPDIR:-/tmp}"/%q' "${state##*/}.$1"
}

# each COMMAND ARG... ::: HOST...: runs the command for all hosts at once, the host as its last word.
# The status is the number of hosts for which it failed.
each() {
    PARALLEL_HOME=$state/parallel PARALLEL='' parallel --will-cite --no-notice --jobs 0 --group \
        --termseq TERM,500,KILL,25 "$@" </dev/null
}

# quoted WORD...: as a line of shell that gives the same words.
quoted() {
    local word
    for word; do
        printf '%q ' "$word"
    done
}

# last_line FILE: its last line with something on it; "" if there is none.
last_line() {
    grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -n 1 || true
}

# clock HOST: prints "OFFSET_US BOUND_US": how far the host's clock goes before ours, and how far off
# that may be. Of several round trips the fastest tells most: its answer was given somewhere within
# it, so that the middle is wrong by half of it at most.
clock() {
    trap '' PIPE # whom it asks may be gone
    local LC_ALL=C patience=20 begin there end trip best='' offset=0 round asked answered pid
    coproc remote "$1" "exec bash -c 'LC_ALL=C; while read -r _; do printf \"%s\\n\" \"\$EPOCHREALTIME\"; done'" 2>/dev/null
    # Copies: bash takes its own away when the process ends.
    exec {answered}<&"${COPROC[0]}" {asked}>&"${COPROC[1]}"
    pid=$COPROC_PID
    eval "exec ${COPROC[1]}>&-"
    # A busy host is asked again, until it once is not.
    for ((round = 0; round < 10 || (round < 200 && best / 2 >= CLOCK_BOUND_US); round++)); do
        begin=${EPOCHREALTIME/./}
        printf 'now\n' 1>&"$asked" || break
        read -r -t $patience there <&"$answered" || break
        patience=2
        end=${EPOCHREALTIME/./}
        [[ $there =~ ^[0-9]+\.[0-9]{6}$ ]] || break
        trip=$((end - begin))
        if [[ -z $best ]] || ((trip < best)); then
            best=$trip
            offset=$((${there/./} - (begin + end) / 2))
        fi
    done
    exec {asked}>&- {answered}<&-
    trap - PIPE
    wait "$pid" 2>/dev/null || true
    [[ -n $best ]] || return 1
    printf '%d %d\n' "$offset" $((best / 2 + 1))
}

