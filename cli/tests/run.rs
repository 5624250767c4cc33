//! Tests of running an app's own binary: it finds what it would find when cargo ran it.

use std::{fs, process::Command};

#[test]
fn the_app_is_built_and_run_as_cargo_would() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let below = root.join("src/posts");
    for folder in [&below, &root.join("framewright/src"), &root.join(".cargo")] {
        fs::create_dir_all(folder).unwrap();
    }
    let package = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
    };
    let main = r#"fn main() {
        let variable = |name| std::env::var(name).unwrap_or_default();
        println!("{} {} {}", variable("DATABASE_URL"), variable("DATA"), !variable("CARGO").is_empty());
    }"#;
    for (path, text) in [
        (
            "Cargo.toml",
            package("blog")
                + "\n[dependencies]\nframewright = { path = \"framewright\" }\n\n[workspace]\n",
        ),
        ("src/main.rs", main.to_owned()),
        ("src/app.rs", "impl Hooks for App {}".to_owned()),
        ("framewright/Cargo.toml", package("framewright")),
        ("framewright/src/lib.rs", String::new()),
        (
            ".cargo/config.toml",
            "[env]\nDATABASE_URL = \"sqlite://of-cargo.db\"\nDATA = { value = \"data\", relative = true }\n"
                .to_owned(),
        ),
    ] {
        fs::write(root.join(path), text).unwrap();
    }
    let config = |url: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-fw"));
        command
            .args(["fw", "config"])
            .current_dir(&below)
            .env("CARGO_TARGET_DIR", "built")
            .env_remove("DATABASE_URL")
            .env_remove("CARGO");
        let output = command
            .envs(url.map(|url| ("DATABASE_URL", url)))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        String::from_utf8(output.stdout).unwrap()
    };
    let data = root.join("data").display().to_string();
    assert_eq!(config(None), format!("sqlite://of-cargo.db {data} true\n"));
    // What the process has is not replaced.
    assert_eq!(
        config(Some("sqlite://mine.db")),
        format!("sqlite://mine.db {data} true\n")
    );
    // A relative folder is relative to where the command is typed.
    assert!(below.join("built/debug").exists());
}
