//! A new bag in a folder.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::sink::BagSink;

/// Writes files below a folder that nobody else uses yet.
pub(super) struct FolderSink {
    base: PathBuf,
    current: Option<(File, i64)>,
}

impl FolderSink {
    pub(super) fn create(base: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(base.join("data"))?;
        Ok(Self { base: base.to_owned(), current: None })
    }
}

impl Write for FolderSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.current {
            Some((file, _)) => file.write(bytes),
            None => Err(io::Error::other("no file was begun")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BagSink for FolderSink {
    fn begin(&mut self, path: &str, _size_bytes: u64, modified_at: i64) -> io::Result<()> {
        let path = self.base.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        self.current = Some((File::create_new(path)?, modified_at));
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        match self.current.take() {
            Some((file, modified_at)) => file.set_modified(time_of(modified_at)),
            None => Ok(()),
        }
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        // One call for the file system: an fsync for each of many small files takes far longer than writing them.
        Ok(rustix::fs::syncfs(File::open(&self.base)?)?)
    }
}

fn time_of(unix_seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(unix_seconds.unsigned_abs());
    let time = if unix_seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
