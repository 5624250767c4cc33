//! Renders `tests.rs` of a model without HTTP.

use super::{
    resource::Resource,
    template::{capital, fill},
};
use crate::field::Field;

pub(super) fn render(resource: &Resource) -> String {
    let names = &resource.names;
    let class = &names.class;
    let fields = &resource.fields;
    let is_self = |field: &Field| field.target() == Some(&names.plural);
    let parents: String = fields
        .iter()
        .filter_map(|field| Some((field, field.target()?)))
        .filter(|(field, _)| !is_self(field))
        .map(|(field, table)| {
            format!(
                "    let {} = crate::{table}::tests::create(app).await;\n",
                field.column()
            )
        })
        .collect();
    let n = if fields.iter().any(Field::sample_is_numbered) {
        "n"
    } else {
        "_n"
    };
    let (asynchrony, parameters, arguments) = if parents.is_empty() {
        (
            "",
            format!("{n}: u8"),
            ["n", "1", "2"].map(|n| format!("row({n})")),
        )
    } else {
        let call = |app: &str, n: &str| format!("row({app}, {n}).await");
        let calls = [call("app", "n"), call("&app", "1"), call("&app", "2")];
        ("async ", format!("app: &TestApp, {n}: u8"), calls)
    };
    let values: String = fields
        .iter()
        .map(|field| {
            let value = if is_self(field) {
                "None".to_owned()
            } else {
                field.entity_sample(class)
            };
            format!("        {}: Set({value}),\n", field.column())
        })
        .collect();
    let mut imports = vec!["ActiveModel".to_owned(), "Entity".to_owned()];
    imports.extend(
        fields
            .iter()
            .filter(|field| field.is_enum())
            .map(|field| field.enum_name(class)),
    );
    imports.sort();
    let [row_n, row_1, row_2] = &arguments;
    let unique: String = fields
        .iter()
        .filter(|field| field.unique && !is_self(field))
        .map(|field| unique_test(&field.column(), row_1, row_2))
        .collect();
    let text = fill(
        include_str!("templates/model_tests.txt"),
        &[
            ("posts", &names.plural),
            ("a_post", &names.a()),
            ("A_post", &capital(&names.a())),
            ("human_posts", &names.humans),
            ("model_imports", &imports.join(", ")),
            ("asynchrony", asynchrony),
            ("row_parameters", &parameters),
            ("row_n", row_n),
            ("row_2", row_2),
            ("parents", &parents),
            ("row_fields", &values),
            (
                "unique_tests",
                &format!("{}{unique}", lock_test(resource, row_2)),
            ),
        ],
    );
    format!("{}\n", text.trim_end())
}

/// Nobody overwrites the change of another.
fn lock_test(resource: &Resource, changed: &str) -> String {
    if resource.version.is_none() {
        return String::new();
    }
    format!(
        "\n#[tokio::test]\nasync fn changes_only_the_version_that_was_seen() {{\n\
         let app = boot::<App>().await;\n\
         let id = create(&app).await;\n\
         let mut row = {changed};\n\
         row.id = sea_orm::ActiveValue::Unchanged(id);\n\
         let changed = row.clone().update_at(1, &app.ctx.db).await.expect(\"it is at version 1\");\n\
         assert_eq!(changed.lock_version, 2);\n\
         let error = row.update_at(1, &app.ctx.db).await.expect_err(\"it is at version 2\");\n\
         assert_eq!(error.code(), \"precondition_failed\");\n\
         let error = Entity::delete_at(id, 1, &app.ctx.db).await.expect_err(\"it is at version 2\");\n\
         assert_eq!(error.code(), \"precondition_failed\");\n\
         Entity::delete_at(id, 2, &app.ctx.db).await.expect(\"it is at version 2\");\n}}\n"
    )
}

fn unique_test(column: &str, first: &str, second: &str) -> String {
    format!(
        "\n#[tokio::test]\nasync fn keeps_each_{column}_once() {{\n\
         let app = boot::<App>().await;\n\
         let first = {first}.insert(&app.ctx.db).await.expect(\"the row is saved\");\n\
         let mut second = {second};\n\
         second.{column} = Set(first.{column});\n\
         assert!(second.insert(&app.ctx.db).await.is_err());\n}}\n"
    )
}
