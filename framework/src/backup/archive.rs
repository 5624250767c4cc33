//! The compressed file of a backup: written, read and hashed as a stream.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{BackupError, files, job::Job, manifest::Archive};

use crate::count::counted;

/// The compression level: close to the speed of a disk, at about a third of the size.
const LEVEL: i32 = 3;
const CHUNK: usize = 256 * 1024;

/// Compresses everything that is read from `from` into a new file, which is synced to the disk when this returns.
pub(super) fn compress(mut from: impl Read, to: &Path, job: &Job) -> Result<Archive, BackupError> {
    let file = Hashing {
        inner: files::create_private(to)?,
        sha256: Sha256::new(),
        size: 0,
    };
    let failed = || BackupError::file(to);
    let mut encoder = zstd::Encoder::new(file, LEVEL).map_err(failed())?;
    encoder.include_checksum(true).map_err(failed())?;
    copy(&mut from, &mut encoder, to, job)?;
    let file = encoder.finish().map_err(failed())?;
    file.inner.sync_all().map_err(failed())?;
    Ok(Archive {
        size: file.size,
        sha256: hex(file.sha256),
    })
}

/// Writes the decompressed contents of an archive to `to`; `target` is the name of `to` in errors.
///
/// A reader that stops early (`BrokenPipe`) is an error like any other.
pub(super) fn decompress(
    from: &Path,
    mut to: impl Write,
    target: &Path,
    job: &Job,
) -> Result<(), BackupError> {
    let file = File::open(from).map_err(BackupError::file(from))?;
    let mut decoder = zstd::Decoder::new(file).map_err(BackupError::file(from))?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = decoder
            .read(&mut chunk)
            .map_err(|error| BackupError::Damaged {
                path: from.to_owned(),
                reason: error.to_string(),
            })?;
        if length == 0 {
            return to.flush().map_err(BackupError::file(target));
        }
        to.write_all(&chunk[..length])
            .map_err(BackupError::file(target))?;
        job.advance(length as u64)?;
    }
}

/// Reads an archive and checks it against its size and checksum in the manifest, `expected`.
pub(super) fn check(path: &Path, expected: &Archive, job: &Job) -> Result<(), BackupError> {
    let damaged = |reason: String| BackupError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(BackupError::file(path))?;
    let size = file.metadata().map_err(BackupError::file(path))?.len();
    if size != expected.size {
        return Err(damaged(format!(
            "it has {}, and its manifest says {}",
            counted(size, "byte", "bytes"),
            expected.size
        )));
    }
    let mut hashing = Hashing {
        inner: io::sink(),
        sha256: Sha256::new(),
        size: 0,
    };
    copy(&mut BufReader::new(file), &mut hashing, path, job)?;
    let sha256 = hex(hashing.sha256);
    if sha256 != expected.sha256 {
        return Err(damaged(format!(
            "its SHA-256 is {sha256}, and its manifest says {}",
            expected.sha256
        )));
    }
    Ok(())
}

fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    path: &Path,
    job: &Job,
) -> Result<(), BackupError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                to.write_all(&chunk[..length])
                    .map_err(BackupError::file(path))?;
                job.advance(length as u64)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(BackupError::File {
                    path: path.to_owned(),
                    source,
                });
            }
        }
    }
}

struct Hashing<W> {
    inner: W,
    sha256: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.sha256.update(&bytes[..length]);
        self.size += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hex(sha256: Sha256) -> String {
    sha256
        .finalize()
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
