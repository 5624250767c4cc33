//! Command lines of `cargo fw` as people type them: in messages, and in the documentation of generated files.

/// The command `cargo fw generate` with arguments, such that it can be typed again.
pub(crate) fn generate(args: &[String]) -> String {
    let quoted: Vec<String> = args.iter().map(|arg| quoted(arg)).collect();
    format!("cargo fw generate {}", quoted.join(" "))
}

/// An argument for a shell, quoted where the shell would split or change it.
pub(crate) fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-:=.,+^?/".contains(c);
    // Bash takes `!` for its history only before a letter; a field ends with it.
    let bang_at_end = arg.strip_suffix('!').unwrap_or(arg);
    if bang_at_end.chars().all(plain) {
        arg.to_owned()
    } else {
        format!("'{}'", arg.replace('\'', "'\\''"))
    }
}
