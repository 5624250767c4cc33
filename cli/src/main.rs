//! The program behind `cargo fw`.

fn main() -> std::process::ExitCode {
    cargo_fw::main()
}
