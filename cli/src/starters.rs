//! The files of the starters, which `build.rs` packs into this program.

/// The files of all starters, in the format that `build.rs` describes.
const PACK: &str = include_str!(concat!(env!("OUT_DIR"), "/starters.pack"));

/// One file of a starter, its path with `/` relative to the starter's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) content: &'static str,
}

/// The files in the folder of a starter.
pub(crate) fn in_folder(folder: &str) -> impl Iterator<Item = File> {
    packed(PACK).filter_map(move |file| {
        let path = file.path.strip_prefix(folder)?.strip_prefix('/')?;
        Some(File { path, ..file })
    })
}

/// The lock file with the versions that the starters were tested with; `None` if it was not packed.
pub(crate) fn lock_file() -> Option<&'static str> {
    packed(PACK)
        .find(|file| file.path == "Cargo.lock")
        .map(|file| file.content)
}

/// Reads a pack, file by file, up to the first line that is not part of one.
fn packed(pack: &'static str) -> impl Iterator<Item = File> {
    let mut rest = pack;
    std::iter::from_fn(move || {
        let (head, tail) = rest.split_once('\n')?;
        let (length, path) = head.split_once(' ')?;
        let (content, tail) = tail.split_at_checked(length.parse().ok()?)?;
        rest = tail.strip_prefix('\n')?;
        Some(File { path, content })
    })
}

#[cfg(test)]
mod tests {
    use super::{File, packed};

    #[test]
    fn a_pack_is_read_back_file_by_file() {
        let files: Vec<File> = packed("3 a/b.rs\nx\ny\n0 empty\n\n2 c\nz\n\n").collect();
        let expected = [("a/b.rs", "x\ny"), ("empty", ""), ("c", "z\n")];
        assert_eq!(
            files,
            expected.map(|(path, content)| File { path, content })
        );
    }
}
