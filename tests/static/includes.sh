#!/usr/bin/env bash
# Who may include whom. Includes between parts point only downward:
#
#     server_*  client  bench  tests/system
#        |        |       |
#     service     |       |        session, command, stats, stop, serve, server, ...
#        |        |       |
#       net     resp    net        diag, option, net; buf, resp; clock
#
# Prints each offending line.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/static/sources.sh

resp=" buf.h resp.h resp_common.h resp_encode.h resp_line.h resp_reply.h resp_request.h "
net=" clock.h diag.h option.h net.h "
faults=0

# own FOLDER HEADER: a header that stands beside the file, or above it, is the part's own.
own() {
    [ "$1" != common ] && { [ -f "$1/$2" ] || { [[ "$1" == */* ]] && [ -f "$1/../$2" ]; }; }
}

# only FILE ALLOWED: includes in quotes are the file's own part's, or of that list.
only() {
    local file=$1 allowed=$2 line header
    while IFS= read -r line; do
        header=${line#*\"}
        header=${header%%\"*}
        if ! own "$(dirname "$file")" "$header" && [[ "$allowed" != *" $header "* ]]; then
            echo "$file:$line: not for this part"
            faults=1
        fi
    done < <(grep -n '^ *# *include *"' "$file" || true)
}

service=" "
for header in common/*.h; do
    header=$(basename "$header")
    [[ "$resp$net" == *" $header "* ]] || service+="$header "
done
# What a model has no business with: it moves bytes, it does not understand them.
model=" "
for header in $resp$net$service; do
    case $header in
    resp*.h | command*.h | store*.h) ;;
    *) model+="$header " ;;
    esac
done

while IFS= read -r file; do
    case $file in
    common/buf.* | common/resp*) only "$file" "$resp" ;;
    common/clock.* | common/diag.* | common/option.* | common/net.*) only "$file" "$net" ;;
    common/*) only "$file" "$resp$net$service" ;;
    server_*/main.c) only "$file" "$net$service" ;;
    server_*) only "$file" "$model" ;;
    client/main.c) only "$file" "$resp$net self_test.h " ;;
    client/*) only "$file" "$resp$net" ;;
    bench/*) only "$file" "$net workload.h kernel.h " ;; # the client's own: files that both read
    tests/soak/*) only "$file" " clock.h peer.h process_state.h server.h " ;;
    tests/system/*) only "$file" " clock.h net.h theory.h " ;; # pure functions, constants; not under test
    esac
done < <(sources '*.c' '*.h')
exit "$faults"
