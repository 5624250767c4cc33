//! A background writer of the log file, a thread of its own, so that no request waits for the disk.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// The time that a line waits for others to be written with. Waking the thread for every single line costs a request more than the
/// rest of its logging.
const BATCH_DELAY: Duration = Duration::from_millis(20);

/// The maximum size of the lines that wait for a slow disk, in bytes. Further lines are lost.
const MAX_WAITING: usize = 16 * 1024 * 1024;

/// The capacity that empty buffers keep, in bytes.
const IDLE_CAPACITY: usize = 64 * 1024;

/// The time that the shutdown waits for the disk.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The sender of lines to the background writer, one line for each `write`.
#[derive(Clone)]
pub(super) struct Lines(Arc<Shared>);

/// The background writer. Dropping it writes the lines that still wait.
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
    /// True once no more lines are accepted.
    closed: bool,
    /// True once the thread has written everything.
    ended: bool,
}

/// Starts the thread of the background writer.
///
/// # Errors
///
/// Fails if the system cannot start a thread.
pub(super) fn start(file: impl Write + Send + 'static) -> io::Result<(Lines, Worker)> {
    let shared = Arc::new(Shared::default());
    let writer = Arc::clone(&shared);
    thread::Builder::new()
        .name("log-file".to_owned())
        .spawn(move || writer.write_to(file))?;
    Ok((Lines(Arc::clone(&shared)), Worker(shared)))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut file: impl Write) {
        let mut lines = Vec::new();
        loop {
            let closed = self.take_batch(&mut lines);
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
            lines.shrink_to(IDLE_CAPACITY);
        }
    }

    /// Waits for a batch of lines and takes it. Returns true if it is the last one.
    fn take_batch(&self, lines: &mut Vec<u8>) -> bool {
        let nothing = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.closed;
        let first = self.changed.wait_while(self.lock(), nothing);
        let first = first.unwrap_or_else(PoisonError::into_inner);
        let others = self
            .changed
            .wait_timeout_while(first, BATCH_DELAY, |waiting| !waiting.closed);
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
    /// The number of lines that were lost: they came faster than the disk could write them, or could not be written at all.
    pub(super) fn lost_lines(&self) -> usize {
        self.0.lock().lost
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        self.0.changed.notify_all();
        // A disk that hangs does not block the shutdown.
        let _ = self
            .0
            .changed
            .wait_timeout_while(waiting, CLOSE_TIMEOUT, |waiting| !waiting.ended);
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
        thread::sleep(BATCH_DELAY * 10);
        let then = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(
            then.lines().count(),
            4000,
            "the lines are written before the shutdown"
        );
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
    fn lost_lines_are_counted() {
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
