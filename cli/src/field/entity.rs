//! The field of a SeaORM entity.

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde::Serialize;

use super::{DefaultValue, Field, Kind, column::ENUM_LENGTH};

/// A field in the entity.
#[derive(Clone, Debug, Serialize)]
pub struct EntityView {
    /// The Rust type, with `Option` where it may be empty.
    pub rust_type: String,
    /// The attributes in `#[sea_orm(…)]`.
    pub attributes: Vec<String>,
    /// The enum to declare for it.
    pub enumeration: Option<EnumView>,
}

/// The enum of a field.
#[derive(Clone, Debug, Serialize)]
pub struct EnumView {
    /// Its name.
    pub name: String,
    /// The length of its column.
    pub length: usize,
    /// True if one of its values is the default.
    pub has_default: bool,
    /// True if each value needs its text said, because no rule makes it from the variant.
    pub names_each: bool,
    /// Its values.
    pub values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Clone, Debug, Serialize)]
pub struct EnumValue {
    /// As clients and the database know it: `in_review`.
    pub text: String,
    /// As Rust knows it: `InReview`.
    pub variant: String,
    /// True if a row gets it when nothing is given.
    pub is_default: bool,
}

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
    pub(super) fn entity_type(&self, class: &str) -> String {
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

    /// The field in the entity.
    pub(super) fn entity_view(&self, class: &str) -> EntityView {
        let column_type = self
            .column_type()
            .map(|column_type| format!("column_type = \"{column_type}\""));
        let unique = self.unique.then(|| "unique".to_owned());
        EntityView {
            rust_type: self.optional(&self.entity_type(class)),
            attributes: column_type.into_iter().chain(unique).collect(),
            enumeration: self.enum_view(class),
        }
    }

    /// `T`, or `Option<T>` for a field that may be empty.
    pub(super) fn optional(&self, rust_type: &str) -> String {
        if self.required {
            rust_type.to_owned()
        } else {
            format!("Option<{rust_type}>")
        }
    }

    fn enum_view(&self, class: &str) -> Option<EnumView> {
        let Kind::Enum { values: texts } = &self.kind else {
            return None;
        };
        let is_default = |value: &str| matches!(&self.default, Some(DefaultValue::EnumValue(default)) if default == value);
        let values: Vec<EnumValue> = texts
            .iter()
            .map(|value| EnumValue {
                text: value.clone(),
                variant: value.to_upper_camel_case(),
                is_default: is_default(value),
            })
            .collect();
        Some(EnumView {
            name: self.enum_name(class),
            length: ENUM_LENGTH,
            has_default: self.default.is_some(),
            names_each: !values.iter().all(EnumValue::survives_renaming),
            values,
        })
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

impl EnumValue {
    /// Returns whether both serde and SeaORM get the value back from its variant: not so for `level_1` (`Level1`).
    fn survives_renaming(&self) -> bool {
        let mut by_serde = String::new();
        for (index, c) in self.variant.char_indices() {
            if index > 0 && c.is_ascii_uppercase() {
                by_serde.push('_');
            }
            by_serde.push(c.to_ascii_lowercase());
        }
        by_serde == self.text && self.variant.to_snake_case() == self.text
    }
}
