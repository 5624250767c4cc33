//! A field as templates see it: every fragment that depends on its type is decided here, so that no template asks for one.

use serde::Serialize;

use super::{Field, dto::DtoView, entity::EntityView, sample::SampleView};

/// A field as templates see it.
#[derive(Clone, Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition of a template"
)]
pub struct FieldView {
    /// The word before the colon: `author` in `author:references`.
    pub name: String,
    /// The column: `author_id`.
    pub column: String,
    /// The variant of SeaORM's `Column`: `AuthorId`.
    pub variant: String,
    /// True if no two rows may share a value.
    pub is_unique: bool,
    /// True if it refers to a row of its own table.
    pub is_self: bool,
    /// True if a list can be ordered by it.
    pub is_sortable: bool,
    /// True if a list can be filtered by it.
    pub is_filterable: bool,
    /// True if a body must have it.
    pub must_be_sent: bool,
    /// True if a test can change it without making another row first.
    pub is_changeable: bool,
    /// In the entity.
    pub entity: EntityView,
    /// In the bodies that clients send and get.
    pub dto: DtoView,
    /// In generated tests.
    pub sample: SampleView,
}

impl Field {
    /// The field of the resource whose type is `class` and whose table is `table`.
    pub fn view(&self, class: &str, table: &str) -> FieldView {
        let is_self = self.target() == Some(table);
        FieldView {
            name: self.name.clone(),
            column: self.column(),
            variant: self.variant(),
            is_unique: self.unique,
            is_self,
            is_sortable: self.sortable(),
            is_filterable: self.filterable(),
            must_be_sent: self.required && self.default.is_none(),
            is_changeable: self.target().is_none(),
            entity: self.entity_view(class),
            dto: self.dto_view(class),
            sample: self.sample_view(class, is_self),
        }
    }
}
