
# `cargo fw …` completes as `cargo-fw …` does.
function __fish_cargo_fw_is_meant
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = fw
end

function __fish_cargo_fw_through_cargo
    set -l words (commandline -opc)
    complete -C "cargo-fw $(string join ' ' -- (string escape -- $words[3..])) $(commandline -ct)"
end

complete -c cargo -f -n __fish_cargo_fw_is_meant -a "(__fish_cargo_fw_through_cargo)"
