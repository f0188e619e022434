#!/usr/bin/env bash
# hardening.sh [-fSWITCH...] PROGRAM...: whether programs of a Release build are hardened as
# CMakeLists.txt means them to be. The switches are what it has the compiler harden code with: gcc
# records in the debugging information with which it compiled. Prints each program that is not as it
# should be, and what it lacks.
#
# Exit status: 0 all are hardened, 1 something is lacking, 77 nothing is, but something cannot be
# checked, of which there is a line that begins with "skipped".
set -euo pipefail
faults=0 unchecked=0

# holds PROGRAM WHAT COMMAND...: the command must succeed.
holds() {
    local program=$1 what=$2
    shift 2
    "$@" && return
    printf '%s: %s\n' "${program##*/}" "$what"
    faults=$((faults + 1))
}

skipped() {
    printf 'skipped: %s: %s\n' "${1##*/}" "$2"
    unchecked=$((unchecked + 1))
}

contains() { grep -Eq -- "$2" <<<"$1"; }

# The records of gcc, one for each of our files; other compilers and stripped programs have none.
# What comes with the system, as its archives, has no debugging information. The program's own note
# (IBT, SHSTK) tells nothing: it is dropped where one archive or start-up file of the system lacks it,
# as Debian's do, and probes and endbr64 stand in these anyway.
records() { readelf --debug-dump=info "$1" 2>/dev/null | sed -n 's/.*DW_AT_producer.*: \(GNU C.*\)/\1 /p'; }

# compiled_with SWITCH RECORDS: it stands in each record, and nothing that takes it back.
compiled_with() {
    local name=${1#-f} others
    name=${name%%=*}
    others=$(tr ' ' '\n' <<<"$2" | grep -Ex -- "-f(no-)?${name%-strong}(=.*)?" | grep -Fvx -- "$1" || true)
    [[ -z $others ]] && ! grep -Fqv -- " $1 " <<<"$2"
}

# fortify_levels PROGRAM: the levels of _FORTIFY_SOURCE with which our files call the printf family, a
# line each. On x86-64: the headers of glibc hand the level over, less one, in a register.
fortify_levels() {
    local calls
    calls=$(objdump --disassemble --no-show-raw-insn "$1" |
        awk '/mov +[$]0x[0-9a-f],%e(di|si|dx)$/ { flag[substr($NF, 7)] = substr($NF, 4, 1) }
             /call.*<__printf_chk/ { print $1, flag["edi"] + 1 }
             /call.*<__fprintf_chk/ { print $1, flag["esi"] + 1 }
             /call.*<__snprintf_chk/ { print $1, flag["edx"] + 1 }')
    cut -d : -f 1 <<<"$calls" | addr2line -e "$1" | paste -d ' ' - <(cut -d ' ' -f 2 <<<"$calls") |
        sed '/:[?0] /d; s/.* //' | sort -u
}

switches=()
while [[ ${1:-} == -f* ]]; do
    switches+=("$1")
    shift
done

# By its mark as a program, be it with or without NOOPEN, glibc knows what is not to be loaded.
for program; do
    header=$(readelf --wide --file-header "$program")
    segments=$(readelf --wide --program-headers "$program")
    dynamic=$(readelf --wide --dynamic "$program")
    symbols=$(readelf --wide --dyn-syms "$program")
    holds "$program" 'is not position independent' contains "$header" 'Type: +DYN'
    holds "$program" 'has no RELRO segment' contains "$segments" 'GNU_RELRO'
    holds "$program" 'has an executable stack' contains "$segments" 'GNU_STACK +(0x[0-9a-f]+ +){5}RW +0x'
    holds "$program" 'binds symbols lazily' contains "$dynamic" 'BIND_NOW|FLAGS_1.*NOW'
    holds "$program" 'may be loaded by dlopen' contains "$dynamic" 'FLAGS_1.*(NOOPEN|PIE)'
    holds "$program" 'has no stack protector' contains "$symbols" '__stack_chk_fail'
    holds "$program" 'has no fortified functions' contains "$symbols" '__(mem|str|f|v|sn|p)[a-z]*_chk'
    records=$(records "$program")
    if [[ -z $records ]]; then
        skipped "$program" 'does not say how it was compiled (it is stripped, or not by gcc)'
        continue
    fi
    for switch in "${switches[@]}"; do
        holds "$program" "is not compiled with $switch" compiled_with "$switch" "$records"
    done
    if contains "$header" 'Machine: +.*X86-64'; then
        holds "$program" 'is not fortified with level 3' test "$(fortify_levels "$program")" = 3
    else
        skipped "$program" 'the level of _FORTIFY_SOURCE is read from code of x86-64 only'
    fi
done
((faults == 0)) || exit 1
((unchecked == 0)) || exit 77
