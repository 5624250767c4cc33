//! Renders `tests.rs` of a scaffold: a request test for each route, each validation and each kind of failure.

use super::resource::{Reference, Resource};
use crate::field::{Field, Kind};

pub(super) fn render(resource: &Resource) -> String {
    let file = TestFile::new(resource);
    let tests = [
        Some(file.head()),
        Some(file.helpers()),
        Some(file.create()),
        file.create_minimal(),
        Some(file.repeat()),
        Some(file.show_and_delete()),
        Some(file.list()),
        file.sort(),
        file.filter(),
        Some(TestFile::fields_of_list()),
        file.include(),
        Some(TestFile::bad_queries()),
        Some(file.replace()),
        file.update(),
        file.lock(),
        Some(file.unknown_id()),
        Some(TestFile::malformed()),
        Some(file.unknown_fields()),
        file.missing_fields(),
        file.bad_values(),
        file.conflict(),
        file.missing_reference(),
    ];
    tests.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

pub(super) struct TestFile<'a> {
    resource: &'a Resource,
    pub(super) references: Vec<Reference<'a>>,
    /// `body(1)`, or with the app where parents must be made: `body(&app, 1).await`.
    takes_app: bool,
}

impl<'a> TestFile<'a> {
    fn new(resource: &'a Resource) -> Self {
        let references = resource.references();
        let takes_app = references.iter().any(|reference| !reference.is_self);
        Self {
            resource,
            references,
            takes_app,
        }
    }

    pub(super) fn fields(&self) -> &[Field] {
        &self.resource.fields
    }

    pub(super) fn is_locked(&self) -> bool {
        self.resource.version.is_some()
    }

    pub(super) fn body(&self, n: &str) -> String {
        if self.takes_app {
            format!("body(&app, {n}).await")
        } else {
            format!("body({n})")
        }
    }

    pub(super) fn is_self(&self, field: &Field) -> bool {
        self.references
            .iter()
            .any(|reference| reference.is_self && reference.field.name == field.name)
    }

    fn head(&self) -> String {
        format!(
            "//! Requests to `/api/v1/{table}`, each test on a database of its own.\n\n\
             use fw::testing::prelude::*;\nuse sea_orm::PaginatorTrait;\n\n\
             use super::model::Entity;\nuse crate::app::App;\n\n\
             const PATH: &str = \"/api/v1/{table}\";\n",
            table = self.resource.names.plural
        )
    }

    /// The body that is accepted, the row for other resources' tests, and the comparison of bodies and answers.
    fn helpers(&self) -> String {
        let names = &self.resource.names;
        let n = if self.fields().iter().any(Field::sample_is_numbered) {
            "n"
        } else {
            "_n"
        };
        let (signature, parents, call) = if self.takes_app {
            let parents: String = self
                .references
                .iter()
                .filter(|reference| !reference.is_self)
                .map(|reference| {
                    let column = reference.field.column();
                    format!(
                        "    let {column} = crate::{}::tests::create(app).await;\n",
                        reference.parent.plural
                    )
                })
                .collect();
            (
                format!("async fn body(app: &TestApp, {n}: u8)"),
                parents,
                "body(app, n).await",
            )
        } else {
            (format!("fn body({n}: u8)"), String::new(), "body(n)")
        };
        let values: String = self
            .fields()
            .iter()
            .map(|field| {
                let value = if self.is_self(field) {
                    "null".to_owned()
                } else {
                    field.sample()
                };
                format!("        \"{}\": {value},\n", field.column())
            })
            .collect();
        format!(
            "/// A body that is accepted, different for each `n`.\n{signature} -> Value {{\n{parents}    json!({{\n{values}    }})\n}}\n\n\
             /// Creates {a} and gives its id, for tests of what refers to {humans} too.\n\
             pub(crate) async fn create(app: &TestApp) -> i64 {{\n\
             \x20   let present = Entity::find().count(&app.ctx.db).await.expect(\"the rows are counted\");\n\
             \x20   let n = u8::try_from(present).expect(\"a few rows\") + 1;\n\
             \x20   let response = app.post(PATH).json(&{call}).await;\n\
             \x20   response.assert_status(201);\n\
             \x20   response.json()[\"id\"].as_i64().expect(\"an id\")\n}}\n\n\
             /// Everything that was sent is in the answer.\n\
             fn assert_contains(answer: &Value, body: &Value) {{\n\
             \x20   for (name, value) in body.as_object().expect(\"an object\") {{\n\
             \x20       assert_eq!(&answer[name], value, \"{{name}}\");\n    }}\n}}\n",
            a = names.a(),
            humans = names.humans,
        )
    }

    fn create(&self) -> String {
        test(
            &format!("creates_{}", self.one()),
            &format!(
                "let body = {};\n\
                 let response = app.post(PATH).json(&body).await;\n\
                 response.assert_status(201);\n\
                 let created = response.json();\n\
                 assert_contains(&created, &body);\n\
                 let location = response.header(\"location\");\n\
                 assert_eq!(location, format!(\"{{PATH}}/{{}}\", created[\"id\"]));\n\
                 assert_eq!(app.get(location).await.json(), created);\n",
                self.body("1")
            ),
        )
    }

    fn create_minimal(&self) -> Option<String> {
        let optional: Vec<&Field> = self
            .fields()
            .iter()
            .filter(|field| !field.required || field.default.is_some())
            .collect();
        if optional.is_empty() {
            return None;
        }
        let pairs: Vec<String> = optional
            .iter()
            .map(|field| format!("(\"{}\", json!({}))", field.column(), field.default_json()))
            .collect();
        Some(test(
            "fills_in_what_may_be_left_out",
            &format!(
                "let defaults = [{}];\n\
                 let mut body = {};\n\
                 for (name, _) in &defaults {{\n\
                 body.as_object_mut().expect(\"an object\").remove(*name);\n}}\n\
                 let response = app.post(PATH).json(&body).await;\n\
                 response.assert_status(201);\n\
                 let created = response.json();\n\
                 for (name, value) in defaults {{\nassert_eq!(created[name], value, \"{{name}}\");\n}}\n",
                pairs.join(", "),
                self.body("1")
            ),
        ))
    }

    fn repeat(&self) -> String {
        test(
            "repeats_are_answered_once",
            &format!(
                "let body = {};\n\
                 let request = || app.post(PATH).header(\"idempotency-key\", \"8e03978e-40d5-43e8-bc93-6894a57f9324\").json(&body);\n\
                 let first = request().await;\n\
                 first.assert_status(201);\n\
                 let repeat = request().await;\n\
                 assert_eq!(repeat.header(\"idempotency-replayed\"), \"true\");\n\
                 assert_eq!(repeat.json(), first.json());\n\
                 assert_eq!(Entity::find().count(&app.ctx.db).await, Ok(1));\n",
                self.body("1")
            ),
        )
    }

    fn show_and_delete(&self) -> String {
        test(
            &format!("shows_and_deletes_{}", self.one()),
            &format!(
                "let path = format!(\"{{PATH}}/{{}}\", create(&app).await);\n\
                 app.get(&path).await.assert_status(200);\n\
                 app.delete(&path){}.await.assert_status(204);\n\
                 app.get(&path).await.assert_problem(404, \"not_found\");\n",
                self.any_version()
            ),
        )
    }

    fn list(&self) -> String {
        test(
            &format!("lists_{}_page_by_page", self.resource.names.plural),
            "let mut ids = [create(&app).await, create(&app).await, create(&app).await];\n\
             let mut found = Vec::new();\n\
             let mut path = format!(\"{PATH}?limit=2\");\n\
             loop {\n\
             let page = app.get(&path).await.json();\n\
             let data = page[\"data\"].as_array().expect(\"a list\");\n\
             found.extend(data.iter().filter_map(|row| row[\"id\"].as_i64()));\n\
             let Some(cursor) = page[\"pagination\"][\"next_cursor\"].as_str() else {\n\
             assert_eq!(page[\"pagination\"][\"has_more\"], false);\nbreak;\n};\n\
             path = format!(\"{PATH}?limit=2&cursor={cursor}\");\n}\n\
             found.sort_unstable();\n\
             ids.sort_unstable();\n\
             assert_eq!(found, ids);\n\
             let page = app.get(&format!(\"{PATH}?page=2&limit=2\")).await.json();\n\
             assert_eq!(page[\"pagination\"][\"total\"], 3);\n\
             assert_eq!(page[\"data\"].as_array().map(Vec::len), Some(1));\n",
        )
    }

    fn sort(&self) -> Option<String> {
        let field = self
            .fields()
            .iter()
            .find(|field| field.sortable() && field.samples_differ())?;
        let column = field.column();
        Some(test(
            &format!("sorts_{}", self.resource.names.plural),
            &format!(
                "let (first, second) = (create(&app).await, create(&app).await);\n\
                 for (sort, ids) in [(\"{column}\", [first, second]), (\"-{column}\", [second, first])] {{\n\
                 let page = app.get(&format!(\"{{PATH}}?sort={{sort}}\")).await.json();\n\
                 assert_eq!(json!([page[\"data\"][0][\"id\"], page[\"data\"][1][\"id\"]]), json!(ids), \"{{sort}}\");\n}}\n"
            ),
        ))
    }

    fn filter(&self) -> Option<String> {
        let cases: Vec<String> = self
            .fields()
            .iter()
            .filter(|field| field.filterable())
            .flat_map(filters)
            .collect();
        if cases.is_empty() {
            return None;
        }
        Some(test(
            &format!("filters_{}", self.resource.names.plural),
            &format!(
                "create(&app).await;\ncreate(&app).await;\n{}",
                each(
                    "(filter, count)",
                    &cases,
                    "let page = app.get(&format!(\"{PATH}?{filter}\")).await.json();\n\
                     assert_eq!(page[\"data\"].as_array().map(Vec::len), Some(count), \"{filter}\");\n"
                )
            ),
        ))
    }

    fn fields_of_list() -> String {
        test(
            "answers_with_the_fields_that_are_asked_for",
            "let id = create(&app).await;\n\
             let row = app.get(&format!(\"{PATH}/{id}\")).await.json();\n\
             let page = app.get(&format!(\"{PATH}?fields=created_at\")).await.json();\n\
             assert_eq!(page[\"data\"][0], json!({ \"id\": id, \"created_at\": row[\"created_at\"] }));\n",
        )
    }

    fn include(&self) -> Option<String> {
        let names: Vec<String> = self
            .resource
            .includes()
            .iter()
            .map(|include| {
                format!(
                    "(\"{}\", \"{}\")",
                    include.field.name,
                    include.field.column()
                )
            })
            .collect();
        if names.is_empty() {
            return None;
        }
        Some(test(
            "includes_what_is_asked_for",
            &format!(
                "let path = format!(\"{{PATH}}/{{}}\", create(&app).await);\n{}",
                each(
                    "(name, column)",
                    &names,
                    "let row = app.get(&format!(\"{path}?include={name}\")).await.json();\n\
                     assert_eq!(row[name][\"id\"], row[column]);\n\
                     let page = app.get(&format!(\"{PATH}?include={name}\")).await.json();\n\
                     assert_eq!(page[\"data\"][0], row);\n"
                )
            ),
        ))
    }

    fn replace(&self) -> String {
        test(
            &format!("replaces_{}_with_all_its_fields", self.one()),
            &format!(
                "let path = format!(\"{{PATH}}/{{}}\", create(&app).await);\n\
                 let body = {};\n\
                 let response = app.put(&path){any}.json(&body).await;\n\
                 response.assert_status(200);\n\
                 assert_contains(&response.json(), &body);\n\
                 for name in body.as_object().expect(\"an object\").keys() {{\n\
                 let mut partial = body.clone();\n\
                 partial.as_object_mut().expect(\"an object\").remove(name);\n\
                 let response = app.put(&path){any}.json(&partial).await;\n\
                 response.assert_problem(422, \"validation_failed\");\n\
                 response.assert_field(&format!(\"/{{name}}\"), \"required\");\n}}\n",
                self.body("2"),
                any = self.any_version()
            ),
        )
    }

    fn update(&self) -> Option<String> {
        let field = self.patchable()?;
        let version = self.resource.version.iter().map(Field::column);
        let changed: Vec<String> = [field.column(), "updated_at".to_owned()]
            .into_iter()
            .chain(version)
            .map(|name| format!("{name:?}"))
            .collect();
        let changed = changed.join(", ");
        Some(test(
            "changes_only_what_is_given",
            &format!(
                "let path = format!(\"{{PATH}}/{{}}\", create(&app).await);\n\
                 let mut expected = app.get(&path).await.json();\n\
                 let patch = {};\n\
                 let response = app.patch(&path){any}.json(&patch).await;\n\
                 response.assert_status(200);\n\
                 let changed = response.json();\n\
                 assert_contains(&changed, &patch);\n\
                 for name in [{changed}] {{\nexpected[name] = changed[name].clone();\n}}\n\
                 assert_eq!(changed, expected);\n",
                patch(field),
                any = self.any_version(),
            ),
        ))
    }

    /// A field that a test can change without making another row first, preferably to another value.
    pub(super) fn patchable(&self) -> Option<&Field> {
        let own = || {
            self.fields()
                .iter()
                .filter(|field| field.target().is_none())
        };
        own()
            .find(|field| field.samples_differ())
            .or_else(|| own().next())
    }

    /// `a_post`
    fn one(&self) -> String {
        format!(
            "{}_{}",
            self.resource.names.article, self.resource.names.singular
        )
    }
}

pub(super) fn patch(field: &Field) -> String {
    format!(
        "json!({{ \"{}\": {} }})",
        field.column(),
        field.sample_literal(2)
    )
}

/// Filters with the number of rows, of samples 1 and 2, that each lets through.
fn filters(field: &Field) -> Vec<String> {
    let case = |operator: &str, value: &str, count: usize| {
        let value = value.trim_matches('"').replace(' ', "%20");
        format!("(\"{}{operator}={value}\", {count})", field.column())
    };
    match &field.kind {
        Kind::References { .. } => vec![case("", "999999", 0)],
        Kind::Enum { values } => {
            let mut cases = vec![case("", &values[0], 2)];
            cases.extend(values.get(1).map(|other| case("", other, 0)));
            cases
        }
        kind => {
            let mut cases = vec![case("", &field.sample_literal(2), 1)];
            if kind.ordered() {
                cases.push(case("[gt]", &field.sample_literal(1), 1));
            }
            cases
        }
    }
}

/// A test of an app that is booted already.
pub(super) fn test(name: &str, body: &str) -> String {
    format!("#[tokio::test]\nasync fn {name}() {{\nlet app = boot::<App>().await;\n{body}}}\n")
}

/// Statements for each of the items; a loop, unless there is one item only.
pub(super) fn each(pattern: &str, items: &[String], body: &str) -> String {
    match items {
        [item] => format!("let {pattern} = {item};\n{body}"),
        _ => format!("for {pattern} in [{}] {{\n{body}}}\n", items.join(", ")),
    }
}
