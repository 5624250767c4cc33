//! The conversion of partial updates into columns that are set or left alone.

use sea_orm::{
    ActiveValue::{self, NotSet, Set},
    Value,
    prelude::Json,
};

use crate::validation::{Base64, JsonDocument, Patch};

impl<T: Into<Value>> From<Patch<T>> for ActiveValue<T> {
    fn from(patch: Patch<T>) -> Self {
        match patch {
            Patch::Absent => NotSet,
            Patch::Value(value) => Set(value),
        }
    }
}

/// Implements the conversion for a request type that is stored as another type.
macro_rules! stored_as {
    ($(<const $limit:ident: $number:ty> $sent:ty => $stored:ty;)*) => {
        $(
            impl<const $limit: $number> From<Patch<$sent>> for ActiveValue<$stored> {
                fn from(patch: Patch<$sent>) -> Self {
                    patch.map(<$stored>::from).into()
                }
            }

            impl<const $limit: $number> From<Patch<Option<$sent>>> for ActiveValue<Option<$stored>> {
                fn from(patch: Patch<Option<$sent>>) -> Self {
                    patch.map(|value| value.map(<$stored>::from)).into()
                }
            }
        )*
    };
}

stored_as! {
    <const MAX: usize> Base64<MAX> => Vec<u8>;
    <const MAX: usize> JsonDocument<MAX> => Json;
}
