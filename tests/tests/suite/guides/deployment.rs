//! The files that the guide of deployment sets a machine up with, as the programs see them that read them. Its roles of PostgreSQL are in
//! `postgres_operation::rights`.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use fw_tests::{app::succeed, authority::Authority};

use super::{blocks, file, guide, title};

const PAGE: &str = "deployment.md";

/// The units in a folder, whose program is there.
fn units(folder: &Path) -> Vec<PathBuf> {
    let program = folder.join("blog");
    fs::write(&program, "#!/bin/sh\n").expect("it can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it can be run");
    let blocks = blocks(&guide(PAGE));
    let paths = blocks
        .iter()
        .filter_map(|block| title(&block.language)?.strip_prefix("/etc/systemd/system/"));
    paths
        .map(|name| {
            let unit = file(PAGE, &format!("/etc/systemd/system/{name}"));
            let unit = unit.replace("/opt/blog", &folder.display().to_string());
            let path = folder.join(name);
            fs::write(&path, unit).expect("it can be written");
            path
        })
        .collect()
}

#[test]
fn systemd_understands_the_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let units = units(folder.path());
    assert_eq!(units.len(), 5, "the units are found");
    if !is_there("systemd-analyze") {
        return;
    }
    let mut verify = Command::new("systemd-analyze");
    let output = verify
        .args(["verify", "--man=no"])
        .args(&units)
        .output()
        .expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    // Units of the machine itself may have faults, too.
    let faults: Vec<_> = said.lines().filter(|line| line.contains("blog")).collect();
    assert!(faults.is_empty(), "{said}");
}

#[test]
fn nginx_understands_the_configuration() {
    let configuration = file(PAGE, "/etc/nginx/conf.d/blog.conf");
    if !is_there("nginx") {
        return;
    }
    let authority = Authority::new();
    authority.issue("blog.example.com");
    let certificates = authority.path("");
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = configuration.replace("/etc/ssl/", &format!("{}/", certificates.display()));
    fs::write(folder.path().join("blog.conf"), configuration).expect("it can be written");
    let around = "error_log stderr;\npid nginx.pid;\nevents {}\nhttp {\n    access_log off;\n    include blog.conf;\n}\n";
    let whole = folder.path().join("nginx.conf");
    fs::write(&whole, around).expect("it can be written");
    succeed(
        Command::new("nginx")
            .arg("-t")
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(whole),
    );
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--help").output().is_ok()
}
