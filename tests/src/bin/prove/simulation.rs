//! The simulation of the engine, which is a unit test of the framework, with many seeds.

use std::{
    io::Read,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fw_tests::app::{clean, repository, target_folder};

/// The test.
const TEST: &str = "jobs::engine::simulation";

/// Runs one seed alone, or as many as are asked for, until `deadline`.
pub(crate) fn run(alone: Option<u64>, seeds: u64, deadline: Instant) -> Result<String, String> {
    println!("building the simulation");
    let build = cargo(&["--no-run"]).status();
    if !build.is_ok_and(|status| status.success()) {
        return Err("the simulation cannot be built".to_owned());
    }
    let begin = Instant::now();
    let mut command = cargo(&["--", TEST]);
    match alone {
        Some(seed) => command.env("FW_SIMULATION_SEED", seed.to_string()),
        None => command.env("FW_SIMULATION_SEEDS", seeds.to_string()),
    };
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    let mut output = child.stdout.take().ok_or("it has no output")?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        // A part of it is better than nothing.
        let _ = output.read_to_string(&mut text);
        text
    });
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(100)),
            _ => {
                // It is a child of cargo that works: the group of both.
                let _ = child.kill();
                return Err("the time is over before the simulation has ended".to_owned());
            }
        }
    };
    let text = reader.join().unwrap_or_default();
    if !status.success() {
        return Err(format!(
            "the simulation, whose seed is in what it says:\n{text}"
        ));
    }
    let what = alone.map_or(format!("{seeds} seeds"), |seed| format!("the seed {seed}"));
    Ok(format!("{what} in {} s", begin.elapsed().as_secs()))
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    clean(&mut command);
    command
        .args([
            "test",
            "--package",
            "framewright",
            "--lib",
            "--quiet",
            "--profile",
            "simulation",
        ])
        .args(arguments)
        .current_dir(repository())
        .env("CARGO_TARGET_DIR", target_folder())
        .stdin(Stdio::null());
    command
}
