//! Errors in the command line, in our own format.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::CliError;

/// The error of clap with a hint; `None` for help and versions, which are no errors. `command` is the one that was used wrongly, such as
/// `cargo fw new`.
pub(crate) fn refusal(error: &clap::Error, command: &str) -> Option<CliError> {
    let refused = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::InvalidSubcommand => {
            let name = text(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            CliError::usage(format!("there is no command `{name}`"))
        }
        ErrorKind::UnknownArgument => {
            let name = text(error, ContextKind::InvalidArg).unwrap_or_default();
            CliError::usage(if name.starts_with('-') {
                format!("there is no option `{name}`")
            } else {
                format!("`{name}` is one argument too many")
            })
        }
        _ => CliError::usage(first_paragraph(&error.render().to_string())),
    };
    Some(match proposal(error) {
        Some(proposal) => refused.hint(format!("did you mean `{proposal}`?")),
        None => refused.hint(format!("`{command} --help` shows what there is")),
    })
}

/// The suggestion of clap. Of the few values of an option it suggests one in any case: `sqlite` for `mysql`.
fn proposal(error: &clap::Error) -> Option<String> {
    let value = text(error, ContextKind::SuggestedValue).filter(|value| {
        let given = text(error, ContextKind::InvalidValue).unwrap_or_default();
        strsim::damerau_levenshtein(value, &given) <= (value.len() / 4).max(1)
    });
    [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| text(error, kind))
        .or(value)
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        // Best last; an alias of one letter helps nobody.
        ContextValue::Strings(texts) => texts.iter().rfind(|text| text.len() > 1).cloned(),
        _ => None,
    }
}

/// The message without the label, the tips and the usage that follow.
fn first_paragraph(rendered: &str) -> String {
    let paragraph = rendered.split("\n\n").next().unwrap_or_default();
    let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
    lines
        .join(" ")
        .trim_start_matches("error: ")
        .replace('\'', "`")
}
