//! Files of a folder read back from their disk, many at once.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use digests::{Algorithm, Control, Digest, Digests, Job, Limits, Watch, hash_many};
use rustix::fs::{Advice, OFlags};

use super::RestorationError;
use super::replica::SHA256;
use crate::pipelines::Signal;

/// Bytes of all buffers of one call.
const BUFFER_BYTES: usize = 16 << 20;

/// A file, and what the disk should hold of it.
pub struct Expected {
    /// Where it is.
    pub path: PathBuf,
    /// Its digest.
    pub digest: Digest,
    /// Its length.
    pub size_bytes: u64,
}

/// Reads files back, which were made durable before, and returns for each whether it is what it should be; an error where it
/// cannot be read.
///
/// # Errors
/// The work is to stop.
pub fn read_back_all(files: &[Expected], signal: &Signal) -> Result<Vec<io::Result<bool>>, RestorationError> {
    let told = files.iter().map(|_| Ok(false)).collect();
    let watching = Watching { files, signal, told: Mutex::new(told) };
    let jobs = files.iter().enumerate().map(|(key, file)| Job {
        key,
        reader: Back { path: &file.path, file: None },
        size_hint: file.size_bytes,
    });
    hash_many(SHA256, jobs, Limits { buffer_bytes: BUFFER_BYTES, ..Limits::default() }, &watching);
    if signal.is_raised() {
        return Err(RestorationError::Interrupted);
    }
    Ok(watching.told.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// A file that is opened by the thread that reads it.
struct Back<'a> {
    path: &'a Path,
    file: Option<File>,
}

impl Read for Back<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(open_back(self.path)?),
        };
        file.read(buffer)
    }
}

/// Opens a file to read what the disk holds of it. A link is not followed.
fn open_back(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    rustix::fs::fadvise(&file, 0, None, Advice::DontNeed)?;
    Ok(file)
}

struct Watching<'a> {
    files: &'a [Expected],
    signal: &'a Signal,
    told: Mutex<Vec<io::Result<bool>>>,
}

impl Watch<usize> for Watching<'_> {
    fn block(&self, _key: &usize, _offset_bytes: u64, _bytes: &[u8]) -> Control {
        if self.signal.is_raised() { Control::Stop } else { Control::Continue }
    }

    fn ended(&self, key: usize, result: io::Result<(Digests, u64)>) -> Control {
        let is_right = |digests: Digests| digests.get(Algorithm::Sha256) == Some(self.files[key].digest);
        let told = result.map(|(digests, _)| is_right(digests));
        self.told.lock().unwrap_or_else(PoisonError::into_inner)[key] = told;
        Control::Continue
    }
}
