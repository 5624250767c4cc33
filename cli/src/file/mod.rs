//! Files on disk: texts that keep their byte order mark and line ends, and atomic writes.

mod replace;
mod text;

pub use self::text::Text;
pub(crate) use self::{
    replace::{hidden_sibling, replace, resolve_links},
    text::{read_optional, read_plain},
};
