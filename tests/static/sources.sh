# shellcheck shell=bash
# The files of the project that match git patterns, those not yet added included; for sourcing from a
# script whose current folder is the top of the project.
sources() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r file; do
            if [ -f "$file" ]; then printf '%s\n' "$file"; fi
        done
    else # unpacked from an archive, or a machine without git
        local pattern
        for pattern in "$@"; do
            find . \( -path ./build -o -path ./bench/results -o -path ./.git \) -prune -o \
                -type f -path "./$pattern" -print | sed 's|^\./||'
        done
    fi | sort -u
}
