//! Tests of the completions of shells.

use std::process::Command;

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-fw"))
            .args(["fw", "completions", shell])
            .output()
            .unwrap();
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            script.contains("cargo-fw") && script.contains("scaffold"),
            "{shell}"
        );
    }
}

/// The candidates of a real bash for a command line whose last word is being typed.
fn bash_completes(setup: &str, words: &[&str]) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_cargo-fw");
    let script = format!(
        r#"{setup}
        source <("{program}" completions bash)
        COMP_WORDS=("$@")
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        read -ra spec <<<"$(complete -p "$1")"
        for ((at = 1; at < ${{#spec[@]}}; at++)); do
            [[ ${{spec[at - 1]}} == -F ]] && function=${{spec[at]}}
        done
        "$function" "$1" "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
        printf '%s\n' "${{COMPREPLY[@]}}""#
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &script, "bash"])
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The script was for `cargo-fw` alone, and completed nothing after its subcommands.
#[test]
fn bash_completes_what_is_typed_through_cargo() {
    for program in [&["cargo", "fw"][..], &["cargo-fw"]] {
        let complete = |words: &[&str]| bash_completes("", &[program, words].concat());
        assert_eq!(complete(&["gen"]), ["generate"]);
        assert_eq!(complete(&["generate", "sca"]), ["scaffold"]);
        assert_eq!(
            complete(&["generate", "scaffold", "post", "--dr"]),
            ["--dry-run"]
        );
        assert_eq!(complete(&["new", "--template", "m"]), ["minimal"]);
        assert_eq!(complete(&["destroy", "mig"]), ["migration"]);
    }
    // The other commands of cargo complete as before.
    let cargo = "_of_cargo() { COMPREPLY=(\"$1 $2 $3\"); }; complete -F _of_cargo cargo";
    assert_eq!(bash_completes(cargo, &["cargo", "ru"]), ["cargo ru cargo"]);
    assert_eq!(
        bash_completes(cargo, &["cargo", "build", "--re"]),
        ["cargo --re build"]
    );
    assert_eq!(bash_completes(cargo, &["cargo", "fw", "gen"]), ["generate"]);
    assert_eq!(bash_completes("", &["cargo", "metad"]), ["metadata"]);
    // bash-completion reads the completion of cargo only when it is needed.
    let lazy = format!("_comp_load() {{ {cargo}; }}");
    assert_eq!(bash_completes(&lazy, &["cargo", "ru"]), ["cargo ru cargo"]);
}
