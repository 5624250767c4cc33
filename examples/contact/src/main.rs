//! The app's own command line: `start`, `db`, `routes`, `task` and the rest.

fn main() -> std::process::ExitCode {
    fw::command::main::<contact::App>()
}
