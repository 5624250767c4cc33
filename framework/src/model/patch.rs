//! Turns the fields of a partial update into columns that are set or left alone.

use sea_orm::{
    ActiveValue::{self, NotSet, Set},
    Value,
};

use crate::validation::{Base64, Patch};

impl<T: Into<Value>> From<Patch<T>> for ActiveValue<T> {
    fn from(patch: Patch<T>) -> Self {
        match patch {
            Patch::Absent => NotSet,
            Patch::Value(value) => Set(value),
        }
    }
}

impl From<Patch<Base64>> for ActiveValue<Vec<u8>> {
    fn from(patch: Patch<Base64>) -> Self {
        patch.map(Vec::from).into()
    }
}

impl From<Patch<Option<Base64>>> for ActiveValue<Option<Vec<u8>>> {
    fn from(patch: Patch<Option<Base64>>) -> Self {
        patch.map(|bytes| bytes.map(Vec::from)).into()
    }
}
