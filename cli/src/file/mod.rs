//! Files on disk: texts that keep their byte order mark and line ends, and writes that happen as a whole or not at all.

mod replace;
mod text;

pub use self::text::Text;
pub(crate) use self::{
    replace::{behind_links, beside, replace},
    text::{read_optional, read_plain},
};
