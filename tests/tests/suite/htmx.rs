//! Pages that change in parts, with htmx, in a browser; and the same pages without JavaScript.

use std::fs;

use fw_tests::{
    app::{App, fail, succeed},
    tools,
};
use serde_json::json;

const INDEX: &str = r##"{% extends "layouts/app.html" %}
{% block main %}
<h1>Notes</h1>
<form id="add" method="post" action="{{ path(to="notes.create") }}" hx-post="{{ path(to="notes.create") }}" hx-target="#add" hx-swap="outerHTML" novalidate>
  <label>Title <input name="title"></label>
  {{ <button label={t(key="save")} /> }}
</form>
<p>
  <a href="{{ path(to="notes.index", sort="title") }}" hx-get="{{ path(to="notes.index", sort="title") }}" hx-target="#list">By title</a>
  <a href="/nope" hx-get="/nope" hx-target="#list">Gone</a>
</p>
<ul id="list">
  {% block rows %}
  {% for note in notes.rows %}
  <li>{{ note.title }}</li>
  {% endfor %}
  {% endblock %}
</ul>
{% endblock %}
"##;

const NEW: &str = r##"{% extends "layouts/app.html" %}
{% block main %}
<h1>New note</h1>
{% block form %}
<form id="add" method="post" action="{{ path(to="notes.create") }}" hx-post="{{ path(to="notes.create") }}" hx-target="#add" hx-swap="outerHTML" novalidate>
  {{ <field of={form.title} label={t(key="notes.title")} /> }}
  {{ <button label={t(key="save")} /> }}
</form>
{% endblock %}
{% endblock %}
"##;

#[test]
fn pages_change_in_parts_with_htmx_and_work_without() {
    let app = App::new("htmx", &["--template", "web"]);
    succeed(&mut app.fw(&["generate", "scaffold", "note", "title:string(40)!"]));
    let layout = app.root.join("src/layouts/app.html");
    let before = fs::read_to_string(&layout).expect("readable");
    succeed(&mut app.fw(&["generate", "htmx"]));
    let after = fs::read_to_string(&layout).expect("readable");
    let line = "  <script src=\"{{ asset(name=\"htmx.min.js\") }}\" defer></script>\n</head>";
    assert_eq!(after, before.replacen("</head>", line, 1));
    let script = app.root.join("src/assets/htmx.min.js");
    let made = fs::read_to_string(&script).expect("readable");
    assert!(made.starts_with("/*! htmx 4.0.1, "), "{}", &made[..80]);
    // Again it changes nothing, and an older version is replaced.
    fs::write(&script, "/*! htmx 4.0.0 */").expect("writable");
    succeed(&mut app.fw(&["generate", "htmx"]));
    assert_eq!(fs::read_to_string(&script).expect("readable"), made);
    assert_eq!(fs::read_to_string(&layout).expect("readable"), after);

    let folder = app.root.join("src/notes");
    fs::write(folder.join("pages/index.html"), INDEX).expect("writable");
    fs::write(folder.join("pages/new.html"), NEW).expect("writable");
    let mut pages = fs::read_to_string(folder.join("pages.rs")).expect("readable");
    for (name, block) in [("index", "rows"), ("new", "form")] {
        let template = format!("\"notes/pages/{name}.html\"");
        assert!(pages.contains(&template), "{pages}");
        pages = pages.replace(&template, &format!("{template} [\"{block}\"]"));
    }
    fs::write(folder.join("pages.rs"), pages).expect("writable");
    succeed(app.fw(&["db", "migrate"]).env("FW_ENV", "development"));
    let binary = app.build();
    for scripts in ["on", "off"] {
        let has_scripts = scripts == "on";
        let server = binary.start(&[]);
        let url = format!("http://{}", server.address);
        let found = tools::browse("htmx_pages.cjs", &[&url, scripts]);
        let step = |name: &str, path: &str, heading: &str, rows: &[&str], said: &[&str]| json!({ "step": name, "path": path, "headings": [heading], "rows": rows, "said": said });
        let empty = "must not be empty";
        let expected = if has_scripts {
            json!([
                step("wrong", "/notes", "Notes", &[], &[empty]),
                step(
                    "created",
                    "/notes/1",
                    "Beta",
                    &[],
                    &["The note was created"]
                ),
                step("back", "/notes", "Notes", &["Beta"], &[]),
                step("sorted", "/notes", "Notes", &["Alpha", "Beta"], &[]),
                step("error", "/notes", "There is no such page", &[], &[]),
            ])
        } else {
            json!([
                step("wrong", "/notes", "New note", &[], &[empty]),
                step(
                    "created",
                    "/notes/3",
                    "Beta",
                    &[],
                    &["The note was created"]
                ),
            ])
        };
        assert_eq!(found["steps"], expected, "{found:#}");
        // Nothing was loaded anew but what htmx has put into the page, which listens to live reload once.
        if has_scripts {
            assert_eq!(found["isFirst"], json!(true));
            assert_eq!(found["listens"], json!(1), "{found:#}");
        }
        for nothing in ["outside", "errors"] {
            assert_eq!(
                found[nothing],
                json!([]),
                "{nothing}, with scripts {scripts}"
            );
        }
    }
}

#[test]
fn htmx_is_refused_where_there_are_no_pages() {
    let api = App::new("htmx-refused", &[]);
    let (_, output) = fail(&mut api.fw(&["generate", "htmx"]));
    assert!(output.contains("need the feature `views`"), "{output}");
    let (_, output) = fail(&mut api.fw(&["destroy", "htmx", "x"]));
    assert!(output.contains("htmx"), "{output}");
}
