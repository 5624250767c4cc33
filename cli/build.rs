//! Packs the starters into the binary and finds out where new apps get the framework from.
//!
//! In a checkout the starters lie beside this crate, in `../starters`. A registry package holds only files below this
//! crate, and cargo leaves out every folder that has a `Cargo.toml` of its own, symbolic links included. So each build in a
//! checkout also writes `starters.pack` here: ignored by git, but named in `package.include`, it travels in the package.
//!
//! The pack is text: for each file a line `<bytes> <path>`, then its content and a line feed.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// Files and folders that running a starter in place makes; they are no part of it.
const LEFT_OUT: [&str; 6] = ["Cargo.lock", "target", "data", "log", "backups", ".env"];

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let packed = here.join("starters.pack");
    let pack = if let Some(root) = checkout(&here) {
        let framework = root.join("framework");
        println!("cargo::rustc-env=FW_FRAMEWORK_PATH={}", framework.display());
        let pack = pack(&root)?;
        // A read-only checkout builds as well; it only cannot be packaged.
        if fs::read(&packed).ok().as_deref() != Some(pack.as_slice()) {
            let _ = fs::write(&packed, &pack);
        }
        pack
    } else {
        println!("cargo::rerun-if-changed={}", packed.display());
        fs::read(&packed)?
    };
    println!("cargo::rerun-if-changed=build.rs");
    fs::write(out.join("starters.pack"), pack)
}

/// The root of the checkout that this crate lies in; `None` for a package from a registry.
fn checkout(here: &Path) -> Option<PathBuf> {
    let root = here.parent()?;
    let framework = fs::read_to_string(root.join("framework/Cargo.toml")).ok()?;
    let ours = framework.contains("name = \"framewright\"") && root.join("starters").is_dir();
    ours.then(|| root.to_path_buf())
}

/// Every file of every starter, and the lock file whose versions they were tested with.
fn pack(root: &Path) -> io::Result<Vec<u8>> {
    let starters = root.join("starters");
    let mut files = Vec::new();
    collect(&starters, &mut files)?;
    files.sort();
    let mut pack = Vec::new();
    for file in files {
        let name = file.strip_prefix(&starters).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        append(&mut pack, &name, &fs::read(&file)?);
    }
    let lock = root.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    if let Ok(content) = fs::read(&lock) {
        append(&mut pack, "Cargo.lock", &content);
    }
    Ok(pack)
}

fn append(pack: &mut Vec<u8>, name: &str, content: &[u8]) {
    pack.extend_from_slice(format!("{} {name}\n", content.len()).as_bytes());
    pack.extend_from_slice(content);
    pack.push(b'\n');
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    // A folder counts as changed when anything is added to it or removed from it.
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if LEFT_OUT.contains(&name.as_ref()) || name.ends_with(".local.toml") {
            continue;
        }
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    Ok(())
}
