# shellcheck shell=bash
# The servers of a build and their models, for the scripts of this folder. For sourcing; runs
# nothing by itself.

# models_folder: prints the folder of the programs of a build that is there.
models_folder() {
    local preset
    for preset in release debug; do
        if [[ -x $1/build/$preset/bin/server_threads ]]; then
            printf '%s\n' "$1/build/$preset/bin"
            return
        fi
    done
    return 1
}

# models_all FOLDER [MODEL...]: a line for each model, or for each of these, in each of its variants,
# with blanks between: program, model, its options ("-" for none).
models_all() {
    local folder=$1
    shift
    local server model options option workers variants variant
    for server in "$folder"/server_*; do
        while IFS=$'\t' read -r model _ options; do
            (($# == 0)) || [[ " $* " == *" $model "* ]] || continue
            workers='' variants=()
            for option in $options; do
                case $option in
                --workers) workers=--workers=8 ;;
                *=*)
                    IFS='|' read -ra variants <<<"${option#*=}"
                    variants=("${variants[@]/#/${option%%=*}=}")
                    ;;
                esac
            done
            for variant in "${variants[@]:-}"; do
                option="$workers $variant"
                [[ $option != ' ' ]] || option=-
                printf '%s %s %s\n' "$server" "$model" "$option"
            done
        done < <("$server" --list-models)
    done
}

# models_serves_many MODEL: false for the one that serves one client after another.
models_serves_many() {
    [[ $1 != one-at-a-time ]]
}

# server_start PROGRAM MODEL OPTION...: awaits the ready line; sets server_pid and server_port.
server_start() {
    local program=$1 model=$2 line
    shift 2
    exec {server_out}< <(exec "$program" --port=0 --model="$model" "$@")
    server_pid=$!
    if read -r -t 20 line <&"$server_out" && [[ $line =~ ^ready\ .*\ port=([0-9]+)\  ]]; then
        # shellcheck disable=SC2034 # for those that source this file
        server_port=${BASH_REMATCH[1]}
    else
        printf '%s --model=%s does not start\n' "$program" "$model" >&2
        return 1
    fi
}

# server_stop: ends it; the status is the server's. Nothing to do if none runs.
server_stop() {
    local status=0
    [[ -n ${server_pid:-} ]] || return 0
    kill -TERM "$server_pid"
    wait "$server_pid" || status=$?
    exec {server_out}<&-
    server_pid=''
    return $status
}
