//! How far an item has come: numbers that a step adds to and a progress bar reads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Stage;

/// The numbers of one item's present stage. Reading and adding never wait for each other.
#[derive(Debug, Default)]
pub struct Meter {
    stage: Mutex<Option<Stage>>,
    bytes: AtomicU64,
    bytes_all: AtomicU64,
    files: AtomicU64,
    files_all: AtomicU64,
}

/// What a meter shows at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The stage, once one has begun.
    pub stage: Option<Stage>,
    /// Bytes done.
    pub bytes: u64,
    /// Bytes that the stage will have done, 0 when unknown.
    pub bytes_all: u64,
    /// Files done.
    pub files: u64,
    /// Files that the stage will have done, 0 when unknown.
    pub files_all: u64,
}

impl Meter {
    /// A stage begins: all numbers are zero.
    pub fn begin(&self, stage: Stage) {
        if let Ok(mut current) = self.stage.lock() {
            *current = Some(stage);
        }
        for number in [&self.bytes, &self.bytes_all, &self.files, &self.files_all] {
            number.store(0, Ordering::Relaxed);
        }
    }

    /// Says how much the stage will do.
    pub fn expect(&self, files: u64, bytes: u64) {
        self.files_all.store(files, Ordering::Relaxed);
        self.bytes_all.store(bytes, Ordering::Relaxed);
    }

    /// So many more bytes are done.
    pub fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many more files are done.
    pub fn add_files(&self, files: u64) {
        self.files.fetch_add(files, Ordering::Relaxed);
    }

    /// Returns what the meter shows now.
    #[must_use]
    pub fn read(&self) -> Reading {
        let load = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Reading {
            stage: self.stage.lock().ok().and_then(|stage| *stage),
            bytes: load(&self.bytes),
            bytes_all: load(&self.bytes_all),
            files: load(&self.files),
            files_all: load(&self.files_all),
        }
    }
}
