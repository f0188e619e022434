#!/usr/bin/env bash
# Whether the programs named on the command line, of a Release build, are hardened as CMakeLists.txt
# means them to be. Prints each that is not, and what it lacks.
set -euo pipefail
faults=0

# holds PROGRAM WHAT COMMAND...: the command must succeed.
holds() {
    local program=$1 what=$2
    shift 2
    "$@" && return
    printf '%s: %s\n' "${program##*/}" "$what"
    faults=$((faults + 1))
}

contains() { grep -Eq -- "$2" <<<"$1"; }
# shellcheck disable=SC2317 # holds calls it
lacks() { ! contains "$@"; }

# By its mark as a program, be it with or without NOOPEN, glibc knows what is not to be loaded.
for program; do
    header=$(readelf --wide --file-header "$program")
    segments=$(readelf --wide --program-headers "$program")
    dynamic=$(readelf --wide --dynamic "$program")
    symbols=$(readelf --wide --dyn-syms "$program")
    code=$(objdump --disassemble --no-show-raw-insn "$program")
    holds "$program" 'is not position independent' contains "$header" 'Type: +DYN'
    holds "$program" 'has no RELRO segment' contains "$segments" 'GNU_RELRO'
    holds "$program" 'has an executable stack' lacks "$segments" 'GNU_STACK.* RWE'
    holds "$program" 'binds symbols lazily' contains "$dynamic" 'BIND_NOW|FLAGS_1.*NOW'
    holds "$program" 'may be loaded by dlopen' contains "$dynamic" 'FLAGS_1.*(NOOPEN|PIE)'
    holds "$program" 'has no stack protector' contains "$symbols" '__stack_chk_fail'
    holds "$program" 'has no fortified functions' contains "$symbols" '__(mem|str|f|v|sn|p)[a-z]*_chk'
    if contains "$header" 'Machine: +.*X86-64'; then
        holds "$program" 'has no indirect branch tracking' contains "$code" 'endbr64'
        holds "$program" 'does not probe its stack' contains "$code" '(or|mov)q +[$]0x0,[^,]*\(%rsp\)'
    fi
done
exit $((faults > 0))
