//! A scaffold without fields: what it gets, and what is said about it.

use std::fs;

use fw_tests::app::{App, fail, succeed};

#[test]
fn a_scaffold_without_fields_tells_what_it_has() {
    let app = App::new("defaults", &[]);
    let note = "note: no fields were given, so it got `name:string!`";
    let generate = |words: &[&str]| {
        let words = [&["generate"], words].concat();
        succeed(&mut app.fw(&words))
    };
    let said = generate(&["scaffold", "tag"]);
    assert!(said.contains(note), "{said}");
    let model = app.root.join("src/tags/model.rs");
    let text = fs::read_to_string(&model).expect("a model");
    assert!(text.contains("pub name: String,"), "{text}");
    let said = generate(&["scaffold", "tag"]);
    assert!(
        said.contains("nothing to do") && !said.contains(note),
        "{said}"
    );
    // A table that was dropped gets the fields that it had, as its files have them.
    generate(&["scaffold", "post", "title:string!"]);
    generate(&["migration", "drop_table_posts"]);
    let said = generate(&["scaffold", "post"]);
    assert!(
        said.contains(
            "it is made again with the fields of `cargo fw generate scaffold post title:string!`"
        ),
        "{said}"
    );
    let said = generate(&["scaffold", "post"]);
    assert!(said.contains("nothing to do"), "{said}");
    // Beside other folders, what is missing is said.
    let (_, said) = fail(&mut app.fw(&["destroy", "scaffold", "thing"]));
    assert!(
        said.contains("there is no scaffold `thing`") && said.contains("`tags`"),
        "{said}"
    );
}
