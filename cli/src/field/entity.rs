//! The field of a SeaORM entity.

use heck::ToUpperCamelCase;

use super::{Field, Kind, column::enum_length};

/// Names that an entity's module holds already: an enum of that name would break what the ORM generates.
const TAKEN: [&str; 118] = [
    "ActiveBelongsTo",
    "ActiveEnum",
    "ActiveHasMany",
    "ActiveHasOne",
    "ActiveModel",
    "ActiveModelBehavior",
    "ActiveModelEx",
    "ActiveModelTrait",
    "Arc",
    "AsMut",
    "AsRef",
    "Base64",
    "BelongsTo",
    "Box",
    "Clone",
    "Column",
    "ColumnDef",
    "ColumnTrait",
    "ColumnType",
    "ColumnTypeTrait",
    "ConnectionTrait",
    "Copy",
    "CursorTrait",
    "DatabaseConnection",
    "Date",
    "DateTime",
    "DateTimeUtc",
    "DbConn",
    "DbErr",
    "Debug",
    "Decimal",
    "Default",
    "Deserialize",
    "DoubleEndedIterator",
    "Drop",
    "DynIden",
    "Entity",
    "EntityLoader",
    "EntityLoaderNest",
    "EntityLoaderWith",
    "EntityLoaderWithParam",
    "EntityName",
    "EntityTrait",
    "EnumIter",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Expr",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "ForeignKeyAction",
    "From",
    "FromIterator",
    "HasMany",
    "HasOne",
    "Hash",
    "Iden",
    "IdenStatic",
    "Into",
    "IntoIterator",
    "Iterator",
    "Json",
    "JsonValue",
    "Linked",
    "ListColumns",
    "Listing",
    "LoaderTrait",
    "Model",
    "ModelEx",
    "ModelTrait",
    "None",
    "Numeric",
    "Ok",
    "Option",
    "Ord",
    "PaginatorTrait",
    "PartialEq",
    "PartialOrd",
    "Patch",
    "PrimaryKey",
    "PrimaryKeyArity",
    "PrimaryKeyToColumn",
    "PrimaryKeyTrait",
    "QueryFilter",
    "QueryResult",
    "RcOrArc",
    "Related",
    "RelatedEntity",
    "RelatedSelfVia",
    "Relation",
    "RelationDef",
    "RelationTrait",
    "Result",
    "SeaRc",
    "Select",
    "SelectExt",
    "Send",
    "Serialize",
    "Set",
    "Sized",
    "Some",
    "String",
    "StringLen",
    "Sync",
    "Time",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "TypedColumn",
    "Unpin",
    "Uuid",
    "Validate",
    "Value",
    "Vec",
    "Versioned",
];

impl Field {
    /// The Rust type of the value in the entity, without `Option`.
    pub fn entity_type(&self, class: &str) -> String {
        match &self.kind {
            Kind::String { .. } | Kind::Text => "String".to_owned(),
            Kind::SmallInt => "i16".to_owned(),
            Kind::Int => "i32".to_owned(),
            Kind::BigInt | Kind::References { .. } => "i64".to_owned(),
            Kind::Float => "f32".to_owned(),
            Kind::Double => "f64".to_owned(),
            Kind::Decimal { precision, scale } => format!("Numeric<{precision}, {scale}>"),
            Kind::Bool => "bool".to_owned(),
            Kind::Date => "Date".to_owned(),
            Kind::Time => "Time".to_owned(),
            Kind::DateTime => "DateTimeUtc".to_owned(),
            Kind::Uuid => "Uuid".to_owned(),
            Kind::Json => "Json".to_owned(),
            Kind::Blob => "Vec<u8>".to_owned(),
            Kind::Enum { .. } => self.enum_name(class),
        }
    }

    /// The name of the enum of a field: `PostStatus`, which is also what clients know it as; `PostStatusKind` where that is
    /// taken.
    pub fn enum_name(&self, class: &str) -> String {
        let name = format!("{class}{}", self.name.to_upper_camel_case());
        // For `PostStatus` the ORM generates `PostStatusEnum` and `PostStatusVariant`.
        let derived = name.ends_with("Enum") || name.ends_with("Variant");
        let body = ["body", "patch", "view"].contains(&self.name.as_str());
        if derived || body || TAKEN.contains(&name.as_str()) {
            format!("{name}Kind")
        } else {
            name
        }
    }

    /// The lines of the field in the entity.
    pub fn entity_field(&self, class: &str) -> String {
        let mut attributes = Vec::new();
        if let Some(column_type) = self.column_type() {
            attributes.push(format!("column_type = \"{column_type}\""));
        }
        if self.unique {
            attributes.push("unique".to_owned());
        }
        let mut lines = String::new();
        if !attributes.is_empty() {
            lines += &format!("    #[sea_orm({})]\n", attributes.join(", "));
        }
        lines += &format!(
            "    pub {}: {},\n",
            self.column(),
            self.optional(&self.entity_type(class))
        );
        lines
    }

    /// `T`, or `Option<T>` for a field that may be empty.
    pub(super) fn optional(&self, rust_type: &str) -> String {
        if self.required {
            rust_type.to_owned()
        } else {
            format!("Option<{rust_type}>")
        }
    }

    /// The declaration of the enum of a field; `None` for other types.
    pub fn enum_declaration(&self, class: &str, of: &str) -> Option<String> {
        let Kind::Enum { values } = &self.kind else {
            return None;
        };
        let default = self
            .default
            .as_ref()
            .map(super::DefaultValue::column_literal);
        let derive_default = if default.is_some() { "Default, " } else { "" };
        let names_match = values.iter().all(|value| survives_renaming(value));
        let rename = if names_match {
            ", rename_all = \"snake_case\""
        } else {
            ""
        };
        let mut text = format!(
            "/// The possible values of `{}` of {of}.\n\
             #[derive(Clone, Copy, Debug, {derive_default}PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize, JsonSchema, Serialize)]\n\
             #[sea_orm(rs_type = \"String\", db_type = \"String(StringLen::N({}))\"{rename})]\n",
            self.name,
            enum_length(values),
        );
        if names_match {
            text += "#[serde(rename_all = \"snake_case\")]\n";
        }
        text += &format!("pub enum {} {{\n", self.enum_name(class));
        for value in values {
            if default.as_deref() == Some(&format!("{value:?}")) {
                text += "    #[default]\n";
            }
            if !names_match {
                text += &format!(
                    "    #[sea_orm(string_value = \"{value}\")]\n    #[serde(rename = \"{value}\")]\n"
                );
            }
            text += &format!("    {},\n", value.to_upper_camel_case());
        }
        text += "}\n";
        Some(text)
    }

    /// The column type, where the Rust type alone does not tell it.
    fn column_type(&self) -> Option<String> {
        match &self.kind {
            Kind::Text => Some("Text".to_owned()),
            Kind::Json => Some("JsonBinary".to_owned()),
            Kind::Blob => Some("Blob".to_owned()),
            _ => None,
        }
    }
}

/// Whether both serde and SeaORM get a value back from its variant: not so for `level_1` (`Level1`).
fn survives_renaming(value: &str) -> bool {
    let variant = value.to_upper_camel_case();
    let mut by_serde = String::new();
    for (index, c) in variant.char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            by_serde.push('_');
        }
        by_serde.push(c.to_ascii_lowercase());
    }
    by_serde == value && heck::ToSnakeCase::to_snake_case(variant.as_str()) == value
}
