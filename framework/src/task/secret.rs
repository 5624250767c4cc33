//! Secrets that a person enters for a task.

use std::io::{self, IsTerminal};

use console::Term;

use crate::error::{Error, OrInternal, Result};

/// Asks for a secret, such as a password, on the terminal, which does not show it. Without a terminal it is the first line of the standard
/// input, as in `printf '%s\n' "$PASSWORD" | ./blog task accounts:create ada@example.com`.
///
/// A secret is never an argument of a task: the arguments of a process can be seen by others, and are kept in the history of the shell.
///
/// ```
/// use clap::Parser;
/// use fw::{prelude::*, task};
///
/// /// Stores the key of the payment provider
/// #[derive(Parser)]
/// struct StoreKey {}
///
/// impl Task for StoreKey {
///     const NAME: &'static str = "payments:store-key";
///
///     async fn run(self, _: &AppContext) -> Result<()> {
///         let key = task::ask_secret("Key").await?;
///         println!("a key of {} characters", key.chars().count());
///         Ok(())
///     }
/// }
/// ```
///
/// # Errors
///
/// When nothing is entered.
pub async fn ask_secret(prompt: &str) -> Result<String> {
    let label = prompt.to_owned();
    let entered = tokio::task::spawn_blocking(move || read(&label)).await;
    let entered = entered.or_internal()?.or_internal()?;
    if entered.is_empty() {
        return Err(Error::internal(format!(
            "the {} is missing\nhint: enter it on a terminal, or give it on the standard input: `printf '%s\\n' … | {} …`",
            prompt.to_lowercase(),
            crate::env::command("task")
        )));
    }
    Ok(entered)
}

fn read(prompt: &str) -> io::Result<String> {
    if io::stdin().is_terminal() {
        let terminal = Term::stderr();
        terminal.write_str(&format!("{prompt}: "))?;
        return terminal.read_secure_line();
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
