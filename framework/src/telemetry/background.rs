//! A background writer of the log file, a thread of its own, so that no request waits for the disk.

use std::{
    fmt::Display,
    io::{self, Write},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
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
#[derive(Clone, Debug)]
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
    /// True if the file has to be opened again.
    reopen: bool,
    /// True once no more lines are accepted.
    closed: bool,
    /// True once the thread has written everything.
    ended: bool,
}

/// Starts the thread of the background writer of `file`. `open` opens the file again, when [`Lines::reopen`] asks for it and after an error.
///
/// # Errors
///
/// Fails if the system cannot start a thread.
pub(super) fn start<W, E>(
    file: W,
    open: impl Fn() -> Result<W, E> + Send + 'static,
) -> io::Result<(Lines, Worker)>
where
    W: Write + Send + 'static,
    E: Display,
{
    let shared = Arc::new(Shared::default());
    let writer = Arc::clone(&shared);
    thread::Builder::new()
        .name("log-file".to_owned())
        .spawn(move || writer.write_to(file, open))?;
    Ok((Lines(Arc::clone(&shared)), Worker(shared)))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to<W: Write, E: Display>(&self, mut file: W, open: impl Fn() -> Result<W, E>) {
        let mut lines = Vec::new();
        let mut is_failing = false;
        let mut reported = 0;
        loop {
            let batch = self.take_batch(&mut lines);
            if batch.reopen || is_failing {
                match open() {
                    Ok(opened) => file = opened,
                    Err(error) if !is_failing => {
                        tracing::error!(%error, "the log file cannot be opened again");
                    }
                    Err(_) => {}
                }
            }
            if is_failing {
                // The file may end within a line.
                lines.insert(0, b'\n');
            }
            let written = write(&mut file, &lines);
            let mut waiting = self.lock();
            if written.is_err() {
                waiting.lost +=
                    lines.split_inclusive(|byte| *byte == b'\n').count() - usize::from(is_failing);
            }
            if batch.closed {
                waiting.ended = true;
                self.changed.notify_all();
                return;
            }
            let lost = waiting.lost - reported;
            drop(waiting);
            // Not under the lock: these events are lines of the log themselves.
            match written {
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::error!(%error, "the log file cannot be written: its lines are lost");
                }
                Ok(()) if lost > 0 => {
                    is_failing = false;
                    reported += lost;
                    tracing::warn!(lost, "lines of the log file were lost");
                }
                Ok(()) => is_failing = false,
                Err(_) => {}
            }
            lines.clear();
            lines.shrink_to(IDLE_CAPACITY);
        }
    }

    /// Waits for a batch of lines and takes it.
    fn take_batch(&self, lines: &mut Vec<u8>) -> Batch {
        let nothing =
            |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.closed && !waiting.reopen;
        let first = self.changed.wait_while(self.lock(), nothing);
        let first = first.unwrap_or_else(PoisonError::into_inner);
        let others = self
            .changed
            .wait_timeout_while(first, BATCH_DELAY, |waiting| !waiting.closed);
        let (mut waiting, _) = others.unwrap_or_else(PoisonError::into_inner);
        mem::swap(lines, &mut waiting.lines);
        Batch {
            reopen: mem::take(&mut waiting.reopen),
            closed: waiting.closed,
        }
    }
}

/// The state that came with a batch of lines.
struct Batch {
    /// True if the file has to be opened again before the lines are written.
    reopen: bool,
    /// True for the last batch.
    closed: bool,
}

/// Writes lines to the file. A panic in its rotation, such as when somebody else has renamed a file meanwhile, is an error as well.
fn write(file: &mut impl Write, lines: &[u8]) -> io::Result<()> {
    let written = AssertUnwindSafe(|| file.write_all(lines).and_then(|()| file.flush()));
    catch_unwind(written).unwrap_or_else(|_| Err(io::Error::other("the rotation panicked")))
}

impl Lines {
    /// Asks the writer to open the file again, before it writes the next lines.
    pub(super) fn reopen(&self) {
        self.0.lock().reopen = true;
        self.0.changed.notify_all();
    }

    /// The number of lines that were lost: they came faster than the disk could write them, or could not be written at all.
    pub(super) fn lost(&self) -> usize {
        self.0.lock().lost
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
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    /// A disk that is full until it is not.
    #[derive(Clone, Default)]
    struct Disk {
        has_room: Arc<AtomicBool>,
        written: Arc<Mutex<Vec<u8>>>,
        opened: Arc<AtomicUsize>,
    }

    impl Disk {
        fn open(&self) -> Self {
            self.opened.fetch_add(1, Ordering::Relaxed);
            self.clone()
        }

        fn start(&self) -> (Lines, Worker) {
            let disk = self.clone();
            start(self.clone(), move || io::Result::Ok(disk.open())).unwrap()
        }

        fn text(&self) -> String {
            String::from_utf8(self.written.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if !self.has_room.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn wait_until(condition: impl Fn() -> bool) {
        let start = std::time::Instant::now();
        while !condition() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "it does not happen"
            );
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn lines_come_whole_in_order_and_soon() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let (lines, worker) =
            start(file.reopen().unwrap(), move || std::fs::File::open(&path)).unwrap();
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
        assert_eq!(lines.lost(), 0);
        drop(worker);
        assert!(
            std::fs::read_to_string(file.path())
                .unwrap()
                .ends_with("\nlast\n")
        );
    }

    #[test]
    fn lost_lines_are_counted_until_writing_works_again() {
        let disk = Disk::default();
        let (mut lines, worker) = disk.start();
        lines.write_all(b"one\n").unwrap();
        lines.write_all(b"two\n").unwrap();
        wait_until(|| lines.lost() == 2);
        disk.has_room.store(true, Ordering::Relaxed);
        lines.write_all(b"three\n").unwrap();
        drop(worker);
        assert_eq!(
            disk.text(),
            "\nthree\n",
            "the file may have ended within a line"
        );
        assert_eq!(lines.lost(), 2);
        lines.write_all(b"too late\n").unwrap();
        assert_eq!(lines.lost(), 3);
    }

    #[test]
    fn the_file_is_opened_again_when_asked_for() {
        let disk = Disk::default();
        disk.has_room.store(true, Ordering::Relaxed);
        let (lines, _worker) = disk.start();
        lines.reopen();
        wait_until(|| disk.opened.load(Ordering::Relaxed) == 1);
    }
}
