
# `cargo fw …`: the completion of cargo asks for a function `_cargo-fw`; where it is not installed, this one does.
if (( $+functions[compdef] )) && (( ! $+_comps[cargo] )); then
    _cargo_fw_through_cargo() {
        if (( CURRENT > 2 )) && [[ $words[2] == fw ]]; then
            words=(cargo-fw "${(@)words[3,-1]}")
            (( CURRENT -= 1 ))
            _cargo-fw "$@"
        elif (( CURRENT == 2 )); then
            compadd -- ${${(f)"$(cargo --list 2>/dev/null)"}[2,-1]/(#b) #([^ ]##)*/$match[1]}
        else
            _default
        fi
    }
    compdef _cargo_fw_through_cargo cargo
fi
