//! The rotated log file.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, absolute},
};

use file_rotate::{ContentLimit, FileRotate, TimeFrequency, compression::Compression};

use super::{TelemetryError, retention::Retention};
use crate::config::{LogFileConfig, Rotation};

/// Opens the log file, for appending, after removing rotated files that are too old.
pub(super) fn open(config: &LogFileConfig) -> Result<FileRotate<Retention>, TelemetryError> {
    let retention = Retention {
        keep: config.keep,
        keep_days: config.keep_days,
    };
    let failed = |source| TelemetryError::File {
        path: config.path.clone(),
        source,
    };
    let path = absolute(&config.path).map_err(failed)?;
    // `FileRotate` panics without the folder, and says nothing if it cannot open the file.
    prepare(&path)
        .and_then(|()| retention.sweep(&path))
        .map_err(failed)?;

    let limit = match config.rotation {
        Rotation::Daily => ContentLimit::Time(TimeFrequency::Daily),
        Rotation::Size => {
            let bytes = usize::try_from(config.max_bytes)
                .unwrap_or(usize::MAX)
                .max(1);
            ContentLimit::BytesSurpassed(bytes)
        }
    };
    let compression = if config.compress {
        Compression::OnRotate(0)
    } else {
        Compression::None
    };
    Ok(FileRotate::new(path, retention, limit, compression, None))
}

fn prepare(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map(drop)
}

#[cfg(test)]
mod tests;
