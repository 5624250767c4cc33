
# `cargo fw …` completes as `cargo-fw …` does, and every other command of cargo as before.
_cargo_fw_through_cargo() {
    if [[ ${COMP_CWORD} -gt 1 && ${COMP_WORDS[1]} == fw ]]; then
        COMP_WORDS=(cargo-fw "${COMP_WORDS[@]:2}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _cargo_fw cargo-fw "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        return
    fi
    if [[ -z ${_cargo_fw_of_cargo} ]]; then
        # bash-completion loads the completion of a command when it is first asked for.
        complete -r cargo
        if declare -F _comp_load >/dev/null; then
            _comp_load -- cargo
        elif declare -F __load_completion >/dev/null; then
            __load_completion cargo
        fi
        _cargo_fw_follow
    fi
    if [[ -n ${_cargo_fw_of_cargo} ]]; then
        "${_cargo_fw_of_cargo}" "$@"
    elif [[ ${COMP_CWORD} -eq 1 ]]; then
        COMPREPLY=($(compgen -W "$(command cargo --list 2>/dev/null | sed -n 's/^ *\([^ ]*\).*/\1/p')" -- "$2"))
    fi
}

# Takes the place of the completion of cargo, and keeps it for the other commands.
_cargo_fw_follow() {
    local words
    read -ra words <<<"$(complete -p cargo 2>/dev/null)"
    local at
    for ((at = 1; at < ${#words[@]}; at++)); do
        if [[ ${words[at - 1]} == -F && ${words[at]} != _cargo_fw_through_cargo ]]; then
            _cargo_fw_of_cargo=${words[at]}
        fi
    done
    complete -F _cargo_fw_through_cargo -o bashdefault -o default cargo
}

_cargo_fw_of_cargo=
_cargo_fw_follow
