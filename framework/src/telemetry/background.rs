//! Writes the log file from a thread of its own, so that no request waits for the disk.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How long a line may wait for others to be written with. To wake the thread for every single line costs a request more than all
/// the rest of its line.
const GATHER: Duration = Duration::from_millis(20);

/// What may wait for a disk that is slow, in bytes. Further lines are lost.
const MAX_WAITING: usize = 16 * 1024 * 1024;

/// What the buffers keep when they are empty, in bytes.
const KEPT: usize = 64 * 1024;

/// How long the end waits for the disk.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Takes lines, one for each `write`.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

/// Dropping it writes what still waits.
#[derive(Debug)]
pub(super) struct Worker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    lost: usize,
    /// No more lines are taken.
    closed: bool,
    /// The thread has written everything.
    ended: bool,
}

/// Starts the thread.
///
/// # Errors
///
/// The system has no thread left.
pub(super) fn start(file: impl Write + Send + 'static) -> io::Result<(Lines, Worker)> {
    let shared = Arc::new(Shared::default());
    let kept = Arc::clone(&shared);
    thread::Builder::new()
        .name("log-file".to_owned())
        .spawn(move || kept.write_to(file))?;
    Ok((Lines(Arc::clone(&shared)), Worker(shared)))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut file: impl Write) {
        let mut lines = Vec::new();
        loop {
            let closed = self.gather(&mut lines);
            let written = file.write_all(&lines).and_then(|()| file.flush());
            let mut waiting = self.lock();
            if written.is_err() {
                waiting.lost += lines.split_inclusive(|byte| *byte == b'\n').count();
            }
            if closed {
                waiting.ended = true;
                self.changed.notify_all();
                return;
            }
            drop(waiting);
            lines.clear();
            lines.shrink_to(KEPT);
        }
    }

    /// Waits for lines and takes them; says whether they are the last ones.
    fn gather(&self, lines: &mut Vec<u8>) -> bool {
        let nothing = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.closed;
        let first = self.changed.wait_while(self.lock(), nothing);
        let first = first.unwrap_or_else(PoisonError::into_inner);
        let others = self
            .changed
            .wait_timeout_while(first, GATHER, |waiting| !waiting.closed);
        let (mut waiting, _) = others.unwrap_or_else(PoisonError::into_inner);
        mem::swap(lines, &mut waiting.lines);
        waiting.closed
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.closed || waiting.lines.len() + line.len() > MAX_WAITING {
            waiting.lost += 1;
            return Ok(line.len());
        }
        let is_first = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if is_first {
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Worker {
    /// How many lines came faster than the disk could take them, or could not be written at all.
    pub(super) fn lost_lines(&self) -> usize {
        self.0.lock().lost
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        self.0.changed.notify_all();
        // A disk that hangs does not hold the end up.
        let _ = self
            .0
            .changed
            .wait_timeout_while(waiting, LAST_LINES, |waiting| !waiting.ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that refuses everything.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_whole_in_order_and_soon() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (lines, worker) = start(file.reopen().unwrap()).unwrap();
        let write = |from: usize| {
            let mut lines = lines.clone();
            thread::spawn(move || {
                for number in 0..1000 {
                    lines
                        .write_all(format!("{from} {number}\n").as_bytes())
                        .unwrap();
                }
            })
        };
        let writers: Vec<_> = (0..4).map(write).collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let first = std::fs::read_to_string(file.path()).unwrap();
        thread::sleep(GATHER * 10);
        let then = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(then.lines().count(), 4000, "nobody has to wait for the end");
        assert!(then.starts_with(&first));
        for from in 0..4 {
            let own = then
                .lines()
                .filter_map(|line| line.strip_prefix(&format!("{from} ")));
            assert!(own.eq((0..1000).map(|number| number.to_string())));
        }
        lines.clone().write_all(b"last\n").unwrap();
        assert_eq!(worker.lost_lines(), 0);
        drop(worker);
        assert!(
            std::fs::read_to_string(file.path())
                .unwrap()
                .ends_with("\nlast\n")
        );
    }

    #[test]
    fn what_cannot_be_written_is_counted() {
        let (mut lines, worker) = start(Full).unwrap();
        lines.write_all(b"one\n").unwrap();
        lines.write_all(b"two\n").unwrap();
        let shared = Arc::clone(&worker.0);
        drop(worker);
        assert_eq!(shared.lock().lost, 2);
        lines.write_all(b"too late\n").unwrap();
        assert_eq!(shared.lock().lost, 3);
    }
}
