#!/usr/bin/env bash
# A laboratory of several hosts on this machine, for as long as a command runs in it. --help tells more.
set -euo pipefail

script=$(readlink -f "${BASH_SOURCE[0]}")
program=tests/lab.sh
skip_status=77

usage() {
    cat <<'TEXT'
Usage: tests/lab.sh [--clients N] [COMMAND ARG...]
Runs COMMAND (a shell) on a host of its own, beside hosts `server`, `client1`, `client2`, ... that
ssh reaches by these names. All are network namespaces of this machine, joined by a bridge.

  --clients N   So many client hosts (4), at most 32
  --help        This text

A host has its own processes, its own /tmp of 256 MiB, an empty home, its own name and port numbers, and a real
sshd. CPUs, memory and the rest of the file system they share. In COMMAND's environment LAB_SERVER
and LAB_CLIENTS hold the names; this changes a host in the middle of something:

  lab kill HOST     All its processes are gone, and its link, as if the power had failed
  lab cut HOST      Its link is down; its processes go on
  lab stop HOST     It hangs: its link is up, and none of its processes goes on
  lab go HOST       And they do again
  lab fill HOST     Its /tmp is full
  lab free HOST     And is no longer

Needs root (network namespaces), iproute2 and openssh-server. Keys are made for the run; no file of
yours or of the system is read or changed. Everything is gone when COMMAND ends, or is interrupted.
Exit status: that of COMMAND; 2 wrong use; 77 no lab can be made here.

Example
  tests/lab.sh bench/run.sh --server-host server --client-hosts client1,client2 --quick
TEXT
}

# decline WHY: there can be no lab here.
decline() {
    printf '%s: %s\n' "$program" "$1" >&2
    exit $skip_status
}

wrong_use() {
    printf '%s: %s; --help tells more\n' "$program" "$1" >&2
    exit 2
}

# ---- outside: a process whose end is the end of all that follows ----

# The kernel kills the whole process namespace with its first process, and with the last process its
# network and mount namespaces go: nothing can be left over, however this ends.
outside() {
    local clients=4
    while (($# > 0)); do
        case $1 in
        --help | -h)
            usage
            exit 0
            ;;
        --clients)
            (($# > 1)) || wrong_use '--clients needs a value'
            clients=$2
            shift
            ;;
        --) shift && break ;;
        -*) wrong_use "unknown option $1" ;;
        *) break ;;
        esac
        shift
    done
    [[ $clients =~ ^([1-9]|[12][0-9]|3[012])$ ]] ||
        wrong_use "--clients $clients: must be a whole number from 1 to 32"
    ((EUID == 0)) || decline 'needs root, to make network namespaces'
    local tool
    for tool in ip ssh ssh-keygen unshare nsenter setpriv pkill; do
        command -v "$tool" >/dev/null || decline "needs the program $tool"
    done
    [[ -x /usr/sbin/sshd ]] || decline 'needs sshd, of the package openssh-server'
    local made=(unshare --net --mount --uts --pid --fork --kill-child --mount-proc) status=0 head
    "${made[@]}" ip link add type bridge 2>/dev/null ||
        decline 'network namespaces with a bridge are not allowed here'
    setpriv --pdeathsig KILL "${made[@]}" -- "$BASH" "$script" --inside "$clients" "$@" <&0 &
    head=$!
    # Ctrl-C reaches COMMAND by itself; what is meant for this is passed on to it.
    trap : INT
    trap 'pkill -TERM -P "$head" || :' TERM HUP
    while kill -0 "$head" 2>/dev/null; do
        wait "$head" || :
    done
    # Once more, for a signal may have cut off the wait that would have told.
    wait "$head" && status=0 || status=$?
    exit "$status"
}

# ---- inside ----

lab=/run/lab

address_of() { # NUMBER: 0 is the one who commands, 1 the server, 2 and on the clients
    printf '10.77.0.%d' $(($1 + 1))
}

# Files that would be the system's: in a mount namespace of our own they are nobody's.
lay_files() {
    mount -t tmpfs -o mode=755 lab /run
    mkdir -p /run/sshd "$lab/bin" "$lab/keys" "$lab/pids"
    chmod 700 "$lab/keys"
    ssh-keygen -q -t ed25519 -N '' -f "$lab/keys/user"
    cp "$lab/keys/user.pub" "$lab/authorized_keys"
    : >"$lab/known_hosts"
    printf '127.0.0.1 localhost\n' >"$lab/hosts"
    local number
    for ((number = 1; number < ${#names[@]}; number++)); do
        ssh-keygen -q -t ed25519 -N '' -f "$lab/keys/${names[number]}"
        printf '%s %s\n' "${names[number]}" "$(cut -d' ' -f1,2 "$lab/keys/${names[number]}.pub")" \
            >>"$lab/known_hosts"
        printf '%s %s\n' "$(address_of "$number")" "${names[number]}" >>"$lab/hosts"
    done
    mount --bind "$lab/hosts" /etc/hosts
    cat >"$lab/ssh_config" <<TEXT
IdentityFile $lab/keys/user
IdentitiesOnly yes
UserKnownHostsFile $lab/known_hosts
GlobalKnownHostsFile none
TEXT
    cat >"$lab/sshd_config" <<TEXT
AuthorizedKeysFile $lab/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
PidFile none
LogLevel ERROR
TEXT
}

# What COMMAND finds first in PATH: an ssh that knows the lab's keys, and the words to do harm.
lay_commands() {
    printf '#!/bin/sh\nexec %q -F %q "$@"\n' "$(command -v ssh)" "$lab/ssh_config" >"$lab/bin/ssh"
    cat >"$lab/bin/lab" <<TEXT
#!/bin/sh
pid=\$(cat "$lab/pids/\$2") || exit 2
case \$1 in
kill) ip link set "to-\$2" down && kill -KILL "\$pid" ;;
cut) ip link set "to-\$2" down ;;
stop) kill -STOP "\$pid" && nsenter --pid --mount --target "\$pid" sh -c 'kill -STOP -1 || :' ;;
go) kill -CONT "\$pid" && nsenter --pid --mount --target "\$pid" sh -c 'kill -CONT -1 || :' ;;
fill) nsenter --mount --target "\$pid" dd if=/dev/zero of=/tmp/full bs=1M status=none 2>/dev/null || : ;;
free) nsenter --mount --target "\$pid" rm -f /tmp/full ;;
*) exit 2 ;;
esac
TEXT
    chmod +x "$lab/bin/ssh" "$lab/bin/lab"
}

# As real machines that are to load a server are set up: many ports, used again soon.
set_network() {
    ip link set lo up
    printf '1024 65535\n' >/proc/sys/net/ipv4/ip_local_port_range
    printf '1\n' >/proc/sys/net/ipv4/tcp_tw_reuse
    printf '65535\n' >/proc/sys/net/core/somaxconn
    printf '65535\n' >/proc/sys/net/ipv4/tcp_max_syn_backlog
}

# A host, seen from inside it: NAME ADDRESS. Becomes its sshd.
become_host() {
    hostname "$1"
    mount -t tmpfs -o size=256m,mode=1777 host /tmp
    # What somebody's shell does at its start is not for these hosts.
    mount -t tmpfs -o size=1m,mode=700 host "$(getent passwd 0 | cut -d: -f6)"
    set_network
    printf '%s\n' ready >"$lab/pids/$1.ready"
    # It waits for its link, which is made outside.
    local _
    read -r _ <"$lab/pids/$1.link"
    ip address add "$2/24" dev eth0
    ip link set eth0 up
    exec /usr/sbin/sshd -D -e -f "$lab/sshd_config" -h "$lab/keys/$1" \
        -o "ListenAddress $2" 2>"$lab/$1.log"
}

# start_host NUMBER: starts it and gives it a link to the bridge.
start_host() {
    local name=${names[$1]} address init
    address=$(address_of "$1")
    mkfifo "$lab/pids/$name.ready" "$lab/pids/$name.link"
    unshare --net --mount --uts --pid --fork --kill-child --mount-proc -- \
        "$BASH" "$script" --host "$name" "$address" </dev/null &
    read -r _ <"$lab/pids/$name.ready"
    read -r init _ <"/proc/$!/task/$!/children" || [[ -n $init ]]
    printf '%d\n' "$init" >"$lab/pids/$name"
    ip link add "to-$name" type veth peer name eth0 netns "$init"
    ip link set "to-$name" master lab0 up
    printf '%s\n' linked >"$lab/pids/$name.link"
}

await_hosts() {
    local name tries
    for name in "${names[@]:1}"; do
        for ((tries = 0; tries < 200; tries++)); do
            (: </dev/tcp/"$name"/22) 2>/dev/null && continue 2
            sleep 0.02
        done
        printf '%s: the host %s does not answer: %s\n' "$program" "$name" \
            "$(cat "$lab/$name.log")" >&2
        exit 1
    done
}

inside() {
    local clients=$1 number
    shift
    names=(control server)
    for ((number = 1; number <= clients; number++)); do
        names+=("client$number")
    done
    # Of root's own making: so many connections as a test may want.
    ulimit -n 1000000 2>/dev/null || ulimit -n "$(ulimit -Hn)"
    lay_files
    lay_commands
    set_network
    hostname control
    ip link add lab0 type bridge
    ip address add "$(address_of 0)/24" dev lab0
    ip link set lab0 up
    for ((number = 1; number < ${#names[@]}; number++)); do
        start_host "$number"
    done
    await_hosts
    local list="${names[*]:2}"
    export LAB_SERVER=server LAB_CLIENTS=${list// /,} PATH="$lab/bin:$PATH"
    (($# > 0)) || set -- "${SHELL:-/bin/sh}"
    # A signal is for COMMAND, which then ends in its own way; at the end all the rest is killed.
    local status=0 command
    trap : INT
    env --default-signal=INT,QUIT -- "$@" <&0 &
    command=$!
    trap 'kill -TERM "$command" 2>/dev/null || :' TERM HUP
    while kill -0 "$command" 2>/dev/null; do
        wait "$command" || :
    done
    wait "$command" && status=0 || status=$?
    exit "$status"
}

case ${1:-} in
--inside) inside "${@:2}" ;;
--host) become_host "$2" "$3" ;;
*) outside "$@" ;;
esac
