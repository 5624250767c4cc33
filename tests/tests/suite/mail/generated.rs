//! A mail that the generator has made: it compiles without a warning, and its tests pass.

use std::fs;

use fw_tests::app::{App, succeed};

#[test]
fn a_generated_mail_is_clean_and_tested() {
    let app = App::new("letters", &["--template", "web"]);
    let manifest = app.root.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("readable");
    let with_mails = text.replace(r#""views"]"#, r#""views", "mailer"]"#);
    assert_ne!(text, with_mails);
    fs::write(&manifest, with_mails).expect("writable");
    let commands: [&[&str]; 2] = [
        &[
            "welcome",
            "name:string",
            "link:string?",
            "visits:int",
            "ratio:double?",
            "is_new:bool",
        ],
        &["mailer"],
    ];
    for command in commands {
        succeed(&mut app.fw(&[&["generate", "mailer"], command].concat()));
    }
    succeed(&mut app.cargo(&["clippy", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    succeed(&mut app.cargo(&["fmt", "--check"]));
    let tests = succeed(&mut app.cargo(&["test", "--quiet"]));
    assert!(tests.contains("test result: ok"), "{tests}");
}
