//! Translation of the arguments `key:value` and `key=value` of a task to `--key=value`.

use clap::{Arg, Command};

/// Translates every argument `key:value` and `key=value` whose key is a long option of the command to `--key=value`.
///
/// Everything else stays as it is: a path, a positional `a:b`, the value of an option, and all that follows `--`.
pub(super) fn translate(command: &Command, arguments: &[String]) -> Vec<String> {
    let mut translated = Vec::with_capacity(arguments.len());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            translated.push(argument.clone());
            translated.extend(rest.cloned());
            break;
        }
        if argument.starts_with('-') {
            translated.push(argument.clone());
            if takes_next(command, argument) {
                translated.extend(rest.next().cloned());
            }
            continue;
        }
        match pair(command, argument) {
            Some((option, value)) => translated.extend(format_option(option, value)),
            None => translated.push(argument.clone()),
        }
    }
    translated
}

/// Returns true if the next argument is the value of this option.
fn takes_next(command: &Command, argument: &str) -> bool {
    let option = if let Some(name) = argument.strip_prefix("--") {
        // `--key=value` has its value already, and is the name of no option.
        find(command, name)
    } else {
        let mut letters = argument.chars().skip(1);
        match (letters.next(), letters.next()) {
            (Some(letter), None) => command
                .get_arguments()
                .find(|option| option.get_short() == Some(letter)),
            _ => None,
        }
    };
    option.is_some_and(takes_value)
}

fn pair<'a>(command: &'a Command, argument: &'a str) -> Option<(&'a Arg, &'a str)> {
    let (key, value) = argument.split_once([':', '='])?;
    let option = find(command, key).or_else(|| find(command, &key.replace('_', "-")))?;
    Some((option, value))
}

fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|option| {
        option.get_long() == Some(name)
            || option
                .get_all_aliases()
                .is_some_and(|aliases| aliases.contains(&name))
    })
}

/// The option in clap's syntax; `None` for a flag that is `false`.
fn format_option(option: &Arg, value: &str) -> Option<String> {
    let name = option.get_long().unwrap_or_default();
    match value {
        "true" if !takes_value(option) => Some(format!("--{name}")),
        "false" if !takes_value(option) => None,
        _ => Some(format!("--{name}={value}")),
    }
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, Command, arg};

    use super::translate;

    fn translated(arguments: &[&str]) -> Vec<String> {
        let command = Command::new("test")
            .arg(arg!(-t --to <DIR>))
            .arg(arg!(--"keep-days" <N>))
            .arg(arg!(--yes).action(ArgAction::SetTrue))
            .arg(arg!([file]));
        let arguments: Vec<String> = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
        translate(&command, &arguments)
    }

    #[test]
    fn pairs_with_a_known_key_become_options() {
        assert_eq!(translated(&["to:a:b"]), ["--to=a:b"]);
        assert_eq!(translated(&["to=-x"]), ["--to=-x"]);
        assert_eq!(
            translated(&["keep_days:3", "keep-days=4"]),
            ["--keep-days=3", "--keep-days=4"]
        );
        assert_eq!(translated(&["yes:true", "yes:false"]), ["--yes"]);
    }

    #[test]
    fn everything_else_survives() {
        for arguments in [
            &["a:b"][..],
            &["C:\\to:x"],
            &["/some/path=1"],
            &["--to", "to:x"],
            &["-t", "yes:true"],
            &["--", "to:x"],
            &["file:x"],
            &["--to=to:x", "a"],
        ] {
            assert_eq!(translated(arguments), arguments);
        }
    }
}
