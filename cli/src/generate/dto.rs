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
    let row = if resource.includes().is_empty() {
        "Model"
    } else {
        "ModelEx"
    };
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
            ("view_includes", &view_includes(resource)),
            ("includes_to_view", &includes_to_view(resource)),
            ("Row", row),
            ("from_model", &from_model(resource)),
        ],
    );
    with_schemas(format!("{}\n", text.trim_end()), project)
}

fn imports(resource: &Resource) -> String {
    let framework = "use fw::dto::prelude::*;";
    let includes = resource.includes();
    let mut own = vec!["ActiveModel".to_owned(), "Model".to_owned()];
    if !includes.is_empty() {
        own.push("ModelEx".to_owned());
    }
    let enums = resource.fields.iter().filter(|field| field.is_enum());
    own.extend(enums.map(|field| field.enum_name(&resource.names.class)));
    own.sort();
    let mut views: Vec<String> = includes
        .iter()
        .map(|include| {
            format!(
                "use crate::{}::dto::{};",
                include.parent.plural,
                include.view()
            )
        })
        .collect();
    views.sort();
    views.dedup();
    format!(
        "{framework}\n\nuse super::model::{{{}}};\n{}",
        own.join(", "),
        views.join("\n")
    )
}

/// The fields of the view that are there when clients ask for them.
fn view_includes(resource: &Resource) -> String {
    let fields = resource.includes().into_iter().map(|include| {
        format!(
            "    #[serde(skip_serializing_if = \"Option::is_none\")]\n    pub {}: Option<{}>,\n",
            include.field.name,
            include.view()
        )
    });
    fields.collect()
}

fn includes_to_view(resource: &Resource) -> String {
    let post = &resource.names.singular;
    let fields = resource.includes().into_iter().map(|include| {
        let name = &include.field.name;
        format!("{name}: included({post}.{name}),\n")
    });
    fields.collect()
}

/// The view of a row alone, where the other is that of a row with what it includes.
fn from_model(resource: &Resource) -> String {
    if resource.includes().is_empty() {
        return String::new();
    }
    let (class, post) = (&resource.names.class, &resource.names.singular);
    format!(
        "\nimpl From<Model> for {class}View {{\n    fn from({post}: Model) -> Self {{\n        {post}.into_ex().into()\n    }}\n}}\n"
    )
}
