//! The application whose jobs are put to the proof.

use std::{fs, path::Path};

use fw_tests::app::{App, Binary, repository};

/// Makes and builds it.
pub(crate) fn build() -> Binary {
    println!("building the application");
    let app = App::new("proof", &[]);
    let fixture = repository().join("tests/fixtures/lab_proof.rs");
    fs::copy(fixture, app.root.join("src/proof.rs")).expect("the fixture can be copied");
    let edit = |file: &str, from: &str, to: &str| edit(&app.root.join(file), from, to);
    edit(
        "src/lib.rs",
        "pub mod home;",
        "pub mod home;\npub mod proof;",
    );
    edit(
        "src/app.rs",
        "    fn tasks() -> Tasks {\n        Tasks::new()",
        "    fn jobs() -> fw::jobs::Jobs {\n        crate::proof::jobs(fw::jobs::Jobs::new())\n    }\n\n    \
         fn tasks() -> Tasks {\n        crate::proof::tasks(Tasks::new())",
    );
    edit(
        "Cargo.toml",
        r#"features = ["openapi", "sqlite""#,
        r#"features = ["openapi", "sqlite", "postgres-tls", "redis""#,
    );
    edit(
        "Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\ntokio = { version = \"1\", features = [\"time\"] }\n",
    );
    app.build()
}

fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("`{}` cannot be read: {error}", file.display()));
    assert!(
        text.contains(from),
        "`{from}` is not in `{}`:\n{text}",
        file.display()
    );
    fs::write(file, text.replacen(from, to, 1)).expect("the file can be written");
}
