# shellcheck shell=bash
# The Debian packages this project needs, and how to see to them. For sourcing by the two doors,
# bench/run.sh and tests/run.sh; runs nothing by itself.

# To build the servers, the client and the bench.
# shellcheck disable=SC2034 # used by those that source this file
PACKAGES_BUILD=(
    gcc
    libc6-dev
    cmake
    ninja-build
    pkg-config
    libjansson-dev
    libinih-dev
    libgsl-dev
    zlib1g-dev
    liblmdb-dev
    libseccomp-dev
)

# To run the bench over several hosts besides.
# shellcheck disable=SC2034
PACKAGES_HOSTS=(openssh-client parallel)

# To make hosts out of this machine, in which that is tested.
# shellcheck disable=SC2034
PACKAGES_LAB=("${PACKAGES_HOSTS[@]}" openssh-server iproute2 procps)
# To make the report of a suite.
# shellcheck disable=SC2034
PACKAGES_REPORT=(gnuplot-nox)

# To build and run the tests besides.
# shellcheck disable=SC2034
PACKAGES_TEST=(
    libcriterion-dev
    libhiredis-dev
    clang
    libclang-rt-dev
    clang-format
    shellcheck
    redis-tools
    redis-server
    netcat-openbsd
    strace
    libfaketime
    systemd
    libhdrhistogram-java
    default-jre-headless
)

# For the slow tests besides: a browser, to open the report in.
# shellcheck disable=SC2034
PACKAGES_SLOW=(chromium)

# To try client libraries of other languages besides; node and npm are needed as well, in a version
# that Debian may not have.
# shellcheck disable=SC2034
PACKAGES_ECOSYSTEM=(python3-redis)

# packages_missing NAME...: prints those that are not installed, one a line.
packages_missing() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
            printf '%s\n' "$name"
    done
}

# packages_command NAME...: prints the command that installs them.
packages_command() {
    local sudo=''
    ((EUID == 0)) || sudo='sudo '
    printf '%s\n' "${sudo}apt-get install --no-install-recommends $*"
}

# packages_require NAME...: exits with status 2 and one line on standard error if any is missing.
packages_require() {
    local missing
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]} == 0)) && return
    printf 'missing packages; install them with: %s\n' "$(packages_command "${missing[@]}")" >&2
    exit 2
}

# packages_install NAME...: installs those that are missing, with sudo unless run by root. The exit
# status is that of apt-get.
packages_install() {
    local missing apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
    mapfile -t missing < <(packages_missing "$@")
    ((${#missing[@]} == 0)) && return
    ((EUID == 0)) || apt=(sudo "${apt[@]}")
    printf 'installing %s\n' "${missing[*]}"
    "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"
}
