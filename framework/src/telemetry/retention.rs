//! The names and the retention of rotated log files.

use std::{
    cmp::Reverse,
    fmt, fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use chrono::{DateTime, Days, Local, NaiveDateTime};
use file_rotate::suffix::{Representation, SuffixScheme};

/// The retention rules of rotated log files. Their names have the local time of their last event,
/// `app.log.2026-11-20T235958`; they are removed when there are too many of them or when they are too old. The schemes of
/// `file_rotate` support one or the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retention {
    /// The number of rotated files to keep.
    pub(super) keep: usize,
    /// The number of days to keep them for.
    pub(super) keep_days: u32,
}

/// The suffix of a rotated file: the time of its last event, and a number for files of the same second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    at: NaiveDateTime,
    number: u32,
}

const FORMAT: &str = "%Y-%m-%dT%H%M%S";

impl Retention {
    /// Removes files that are too old, and those that an interrupted compression has left. Rotation does the former as well, but an
    /// app that logs little may not rotate for a long time.
    pub(super) fn sweep(self, log: &Path) -> io::Result<()> {
        for (number, file) in self.scan_suffixes(log).into_iter().enumerate() {
            let plain = file.suffix.to_path(log);
            let compressed = compressed(&plain);
            if plain.exists() && compressed.exists() {
                fs::remove_file(&compressed)?;
            }
            if self.too_old(&file.suffix, number) {
                fs::remove_file(if plain.exists() { plain } else { compressed })?;
            }
        }
        Ok(())
    }
}

impl SuffixScheme for Retention {
    type Repr = Stamp;

    fn rotate_file(
        &mut self,
        log: &Path,
        newest: Option<&Stamp>,
        rotated: &Option<Stamp>,
    ) -> io::Result<Stamp> {
        if let Some(stamp) = rotated {
            let taken = stamp.to_path(log).display().to_string();
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, taken));
        }
        let modified = fs::metadata(log)?
            .modified()
            .unwrap_or_else(|_| SystemTime::now());
        let text = DateTime::<Local>::from(modified).format(FORMAT).to_string();
        let at = NaiveDateTime::parse_from_str(&text, FORMAT).map_err(io::Error::other)?;
        let first = newest
            .filter(|newest| newest.at == at)
            .map_or(0, |newest| newest.number + 1);
        let free = |stamp: &Stamp| {
            let path = stamp.to_path(log);
            !path.exists() && !compressed(&path).exists()
        };
        (first..u32::MAX)
            .map(|number| Stamp { at, number })
            .find(free)
            .ok_or_else(|| io::ErrorKind::AlreadyExists.into())
    }

    fn parse(&self, suffix: &str) -> Option<Stamp> {
        let (at, number) = suffix.split_once('.').unwrap_or((suffix, "0"));
        let at = NaiveDateTime::parse_from_str(at, FORMAT).ok()?;
        Some(Stamp {
            at,
            number: number.parse().ok()?,
        })
    }

    fn too_old(&self, stamp: &Stamp, number: usize) -> bool {
        let oldest = Local::now()
            .naive_local()
            .checked_sub_days(Days::new(self.keep_days.into()));
        number >= self.keep || oldest.is_some_and(|oldest| stamp.at < oldest)
    }
}

impl Representation for Stamp {}

/// Orders the latest first, as `file_rotate` requires.
impl Ord for Stamp {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        Reverse((self.at, self.number)).cmp(&Reverse((other.at, other.number)))
    }
}

impl PartialOrd for Stamp {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at.format(FORMAT))?;
        if self.number > 0 {
            write!(f, ".{}", self.number)
        } else {
            Ok(())
        }
    }
}

fn compressed(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    name.into()
}
