//! Unit tests of `file`.

use std::{
    fs::File,
    io::Write,
    time::{Duration, SystemTime},
};

use chrono::{Days, Local};
use tempfile::TempDir;

use super::*;

fn config(dir: &TempDir) -> LogFileConfig {
    LogFileConfig {
        path: dir.path().join("log/app.log"),
        ..LogFileConfig::default()
    }
}

/// The files beside the log, sorted by name.
fn rotated(config: &LogFileConfig) -> Vec<String> {
    let entries = fs::read_dir(config.path.parent().unwrap()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name != "app.log");
    names.sort();
    names
}

fn leave(config: &LogFileConfig, days_ago: u64, ending: &str) {
    let day = Local::now().checked_sub_days(Days::new(days_ago)).unwrap();
    let name = format!("app.log.{}{ending}", day.format("%Y-%m-%dT%H%M%S"));
    fs::write(config.path.with_file_name(name), "old\n").unwrap();
}

#[test]
fn rotates_by_size_keeps_so_many_and_compresses() {
    let dir = TempDir::new().unwrap();
    let config = LogFileConfig {
        rotation: Rotation::Size,
        max_bytes: 1024,
        keep: 3,
        ..config(&dir)
    };
    let mut file = open(&config).unwrap();
    for number in 0..100 {
        writeln!(file, "{number:0>99}").unwrap();
    }
    drop(file);
    let names = rotated(&config);
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|name| name.contains(".gz")), "{names:?}");
    let now = fs::read_to_string(&config.path).unwrap();
    assert!(
        now.ends_with("99\n") && now.len() <= 1200,
        "the last lines are in the log itself"
    );
}

#[test]
fn rotates_when_the_day_is_another() {
    let dir = TempDir::new().unwrap();
    let config = LogFileConfig {
        compress: false,
        ..config(&dir)
    };
    writeln!(open(&config).unwrap(), "yesterday").unwrap();
    let yesterday = SystemTime::now() - Duration::from_hours(24);
    let log = File::options().append(true).open(&config.path).unwrap();
    log.set_modified(yesterday).unwrap();

    writeln!(open(&config).unwrap(), "today").unwrap();
    let names = rotated(&config);
    let day = chrono::DateTime::<Local>::from(yesterday).format("app.log.%Y-%m-%dT");
    assert!(
        names.len() == 1 && names[0].starts_with(&day.to_string()),
        "{names:?}"
    );
    assert_eq!(fs::read_to_string(&config.path).unwrap(), "today\n");

    writeln!(open(&config).unwrap(), "later").unwrap();
    assert_eq!(
        rotated(&config),
        names,
        "the same day does not rotate again"
    );
    assert_eq!(fs::read_to_string(&config.path).unwrap(), "today\nlater\n");
}

#[test]
fn removes_files_that_are_too_old_even_if_they_are_few() {
    let dir = TempDir::new().unwrap();
    let config = LogFileConfig {
        keep: 10,
        keep_days: 5,
        ..config(&dir)
    };
    drop(open(&config).unwrap());
    for days_ago in [1, 3, 6, 40] {
        leave(&config, days_ago, ".gz");
    }
    fs::write(config.path.with_file_name("app.log.notes"), "not ours").unwrap();
    drop(open(&config).unwrap());
    let names = rotated(&config);
    assert_eq!(names.len(), 3, "two young ones and a stranger: {names:?}");
    assert!(names.contains(&"app.log.notes".to_owned()));
}

#[test]
fn an_interrupted_compression_is_begun_again() {
    let dir = TempDir::new().unwrap();
    let config = config(&dir);
    drop(open(&config).unwrap());
    leave(&config, 1, "");
    leave(&config, 1, ".gz");
    drop(open(&config).unwrap());
    let names = rotated(&config);
    assert!(names.len() == 1 && !names[0].contains(".gz"), "{names:?}");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let dir = TempDir::new().unwrap();
    let config = LogFileConfig {
        path: dir.path().to_owned(),
        ..config(&dir)
    };
    let error = open(&config).unwrap_err().to_string();
    assert!(error.contains(&dir.path().display().to_string()), "{error}");
}
