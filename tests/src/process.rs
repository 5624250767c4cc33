//! What a process has taken from the system, as `/proc` on Linux says.

use std::{fs, path::PathBuf, time::Duration};

/// Ticks of the clock in which Linux counts the time of a processor.
const TICKS_PER_SECOND: u64 = 100;

/// A process that runs.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

impl Process {
    /// The memory that it has now, in bytes.
    pub fn memory(self) -> usize {
        self.status("VmRSS:")
    }

    /// The most memory that it has had, in bytes.
    pub fn peak_memory(self) -> usize {
        self.status("VmHWM:")
    }

    /// Forgets the peak: it begins anew with the memory of now.
    pub fn forget_peak(self) {
        fs::write(self.file("clear_refs"), "5").expect("the process is ours");
    }

    /// How many files and sockets it has open.
    pub fn open_files(self) -> usize {
        let files = fs::read_dir(self.file("fd")).expect("the process runs");
        files.count()
    }

    /// How many files it may open.
    pub fn open_files_limit(self) -> usize {
        let limits = fs::read_to_string(self.file("limits")).expect("the process runs");
        limits
            .lines()
            .find_map(|line| {
                line.strip_prefix("Max open files")?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .expect("Linux names the limit")
    }

    /// The time of processors that it has used.
    pub fn processor_time(self) -> Duration {
        self.ticks(11)
    }

    /// The time of processors that its children have used, and theirs, as far as they have ended.
    pub fn processor_time_of_children(self) -> Duration {
        self.ticks(13)
    }

    /// The sum of two fields of the statistics, of which the first has this number after the name: time of the program, and of the system for it.
    fn ticks(self, first: usize) -> Duration {
        let stat = fs::read_to_string(self.file("stat")).expect("the process runs");
        // The name of the program, in parentheses, may hold spaces.
        let (_, fields) = stat.rsplit_once(')').expect("Linux writes it so");
        let ticks: u64 = fields
            .split_whitespace()
            .skip(first)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
    }

    fn status(self, name: &str) -> usize {
        let status = fs::read_to_string(self.file("status")).expect("the process runs");
        let kilobytes: usize = status
            .lines()
            .find_map(|line| {
                line.strip_prefix(name)?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse()
                    .ok()
            })
            .expect("Linux names the memory");
        kilobytes * 1024
    }

    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }
}
