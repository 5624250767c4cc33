//! The others: small programs in a workspace of their own, so that their features do not leak into the framework's build.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use fw_tests::{
    app::{clean, repository},
    redis,
};
use serde_json::Value;

use super::{BATCH, Name, Options, Rates, Store, WORKERS};
use crate::{
    database::Database,
    say,
    workplace::{cargo, copy_changed, folder, run},
};

/// Measures one of the others, if it has such a store.
pub(super) fn measure(name: Name, store: Store, options: &Options) -> Option<Rates> {
    if store == Store::Memory || name == Name::Framewright {
        return None;
    }
    let program = program(name, options);
    let redis = (store == Store::Redis).then(redis::Server::private);
    let database = Database::empty(store.kind(), &folder("jobs/databases"));
    let url = redis
        .as_ref()
        .map_or_else(|| database.url().to_owned(), redis::Server::url);
    let mut command = Command::new(program);
    clean(&mut command);
    let output = command
        .args([store.word(), &url, &options.jobs.to_string()])
        .args([&BATCH.to_string(), WORKERS])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{command:?} ended with {}\n{text}",
        output.status
    );
    let figures: Value = serde_json::from_str(text.trim())
        .unwrap_or_else(|error| panic!("{command:?} prints no figures: {error}\n{text}"));
    let figure = |name: &str| figures[name].as_f64();
    Some(Rates {
        one_by_one: figure("one_by_one"),
        in_batches: figure("in_batches"),
        run: figure("run"),
        start: figure("start_ms"),
    })
}

/// The program of a contender, built if need be.
fn program(name: Name, options: &Options) -> PathBuf {
    let root = folder(&format!("jobs/{}", name.word()));
    let target = folder("jobs/target");
    let program = target.join("release").join(format!("{}-jobs", name.word()));
    if !options.build.no_build {
        let fixture = format!("tests/fixtures/{}-jobs", name.word());
        copy_changed(&repository().join(fixture), &root);
        say(&format!(
            "building the jobs of {} (some minutes the first time)",
            name.word()
        ));
        run(cargo(&root, &target).args(["build", "--release", "--quiet"]));
    }
    assert!(
        fs::exists(&program).unwrap_or_default(),
        "`{}` was not built yet: run this without `--no-build`",
        program.display()
    );
    program
}
