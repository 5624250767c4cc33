//! The sources of an application, as checks read them.

use std::{fs, path::Path};

use syn::Item;

/// Gives every item of the sources to a check, those of inline modules too, with its file relative to the application. Files that are no Rust are
/// left to the compiler.
pub(super) fn for_each_item(root: &Path, check: &mut impl FnMut(&Path, &Item)) {
    read_folder(root, &root.join("src"), check);
}

fn read_folder(root: &Path, folder: &Path, check: &mut impl FnMut(&Path, &Item)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read_folder(root, &path, check);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Ok(text) = fs::read_to_string(&path)
            && let Ok(file) = syn::parse_file(&text)
        {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            read_items(relative, &file.items, check);
        }
    }
}

fn read_items(file: &Path, items: &[Item], check: &mut impl FnMut(&Path, &Item)) {
    for item in items {
        check(file, item);
        if let Item::Mod(module) = item
            && let Some((_, items)) = &module.content
        {
            read_items(file, items, check);
        }
    }
}
