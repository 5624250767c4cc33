//! Renders `dto.rs`: what clients send and get.

use super::{
    resource::Resource,
    template::{capital, fill, with_schemas},
};
use crate::{field::Field, project::Project};

pub(super) fn render(resource: &Resource, project: &Project) -> String {
    let names = &resource.names;
    let class = &names.class;
    let each =
        |render: &dyn Fn(&Field) -> String| resource.fields.iter().map(render).collect::<String>();
    let columns = resource.columns();
    let each_column =
        |render: &dyn Fn(&Field) -> String| columns.iter().map(render).collect::<String>();
    let functions: String = resource
        .fields
        .iter()
        .filter_map(|field| field.default_function(class))
        .map(|function| format!("\n{function}"))
        .collect();
    let text = fill(
        include_str!("templates/dto.txt"),
        &[
            ("imports", &imports(resource)),
            ("PostBody", &format!("{class}Body")),
            ("PostPatch", &format!("{class}Patch")),
            ("PostView", &format!("{class}View")),
            ("post", &names.singular),
            ("a_post", &names.a()),
            ("A_post", &capital(&names.a())),
            ("body_fields", &each(&|field| field.body_field(class))),
            ("patch_fields", &each(&|field| field.patch_field(class))),
            (
                "view_fields",
                &each_column(&|field| field.view_field(class)),
            ),
            ("body_to_row", &each(&Field::body_to_column)),
            ("patch_to_row", &each(&Field::patch_to_column)),
            (
                "row_to_view",
                &each_column(&|field| field.row_to_view(&names.singular)),
            ),
            ("default_functions", &functions),
        ],
    );
    with_schemas(format!("{}\n", text.trim_end()), project)
}

fn imports(resource: &Resource) -> String {
    let framework = if resource.fields.iter().any(Field::uses_rules) {
        "use fw::{dto::prelude::*, validation::rules};"
    } else {
        "use fw::dto::prelude::*;"
    };
    let mut own = vec!["ActiveModel".to_owned(), "Model".to_owned()];
    let enums = resource.fields.iter().filter(|field| field.is_enum());
    own.extend(enums.map(|field| field.enum_name(&resource.names.class)));
    own.sort();
    format!("{framework}\n\nuse super::model::{{{}}};", own.join(", "))
}
