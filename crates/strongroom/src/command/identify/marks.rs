//! How far a run has come, in a file, so that a killed one goes on where it was.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::fs::{FileType, FlockOperation};
use serde::{Deserialize, Serialize};

use super::location::{from_hex, hex, text};
use super::tally::Tally;
use super::walk::Reached;

/// How long rows may be written before the next mark: what a killed run does again.
const BETWEEN: Duration = Duration::from_millis(250);
/// Bytes of the first line, which names all paths of the call.
const CALL_BYTES_MAX: u64 = 16 << 20;
/// Bytes at the end of the file in which the last mark must stand.
const MARK_BYTES_MAX: u64 = 1 << 20;

/// How far a run has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The last path whose rows are all written; none at the begin.
    reached: Option<Place>,
    /// The output, where it is a file.
    output: Option<Output>,
    /// The numbers of rows.
    pub numbers: Numbers,
    /// What was counted.
    pub tally: Tally,
    /// Whether all is done.
    pub is_finished: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    argument: usize,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

/// A file that rows are written to, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Output {
    device: u64,
    inode: u64,
    size_bytes: u64,
}

/// The numbers of the rows that were written last, of the outermost folder first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// The last number.
    pub last: u64,
    /// The rows that the next one may be in.
    pub above: Vec<u64>,
}

impl Mark {
    /// Returns the last path whose rows are all written.
    #[must_use]
    pub fn reached(&self) -> Option<Reached> {
        let Place { argument, path, path_hex } = self.reached.as_ref()?;
        let path = match path_hex {
            Some(digits) => PathBuf::from(std::ffi::OsString::from_vec(from_hex(digits)?)),
            None => PathBuf::from(path),
        };
        Some(Reached { argument: *argument, path })
    }
}

/// The file of marks.
#[derive(Debug)]
pub struct Marks {
    file: File,
    path: PathBuf,
    last: Instant,
}

impl Marks {
    /// Opens the file of a call, and returns how far it has come; makes the file if there is none.
    ///
    /// # Errors
    /// The file cannot be read or written, is that of another call, or is in use.
    pub fn open(path: &Path, call: &str) -> anyhow::Result<(Self, Option<Mark>)> {
        let shown = path.display();
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut file = file.with_context(|| format!("cannot open {shown}"))?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("another run goes on with {shown}: wait for it, or name another file with --resume");
        }
        let size_bytes = file.metadata().with_context(|| format!("cannot look at {shown}"))?.len();
        let mark = read(&mut file, size_bytes, call).with_context(|| format!("cannot go on with {shown}"))?;
        let mut marks = Self { file, path: path.to_owned(), last: Instant::now() };
        if mark.is_none() {
            marks.file.set_len(0).with_context(|| format!("cannot write {shown}"))?;
            marks.write(call)?;
            marks.write(&json(&Mark { output: output(), ..Mark::default() }))?;
        }
        Ok((marks, mark))
    }

    /// Notes how far the run has come, unless it did so just before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note(&mut self, reached: &Reached, numbers: &Numbers, tally: &Tally) -> anyhow::Result<()> {
        if self.last.elapsed() < BETWEEN {
            return Ok(());
        }
        self.last = Instant::now();
        let bytes = reached.path.as_os_str().as_encoded_bytes();
        let (path, is_exact) = text(bytes);
        let (path, path_hex) = (path.into_owned(), (!is_exact).then(|| hex(bytes)));
        let reached = Some(Place { argument: reached.argument, path, path_hex });
        let (numbers, tally) = (numbers.clone(), *tally);
        self.write(&json(&Mark { reached, output: output(), numbers, tally, is_finished: false }))
    }

    /// Notes that all is done.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(&mut self, tally: &Tally) -> anyhow::Result<()> {
        self.write(&json(&Mark { tally: *tally, is_finished: true, ..Mark::default() }))
    }

    fn write(&mut self, line: &str) -> anyhow::Result<()> {
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// Reads the last whole mark; none when the run was killed before its first.
fn read(file: &mut File, size_bytes: u64, call: &str) -> anyhow::Result<Option<Mark>> {
    if size_bytes == 0 {
        return Ok(None);
    }
    let mut first = vec![0; usize::try_from(size_bytes.min(CALL_BYTES_MAX)).unwrap_or(0)];
    file.read_exact(&mut first)?;
    let first = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first != call.as_bytes() {
        if call.as_bytes().starts_with(first) {
            return Ok(None);
        }
        bail!(
            "it is of another call: other paths, options, signatures or another working directory. Repeat that call, \
             or name another file with --resume"
        );
    }
    let start = size_bytes.saturating_sub(MARK_BYTES_MAX);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.take(MARK_BYTES_MAX).read_to_end(&mut tail)?;
    // A line without its end was being written when the run was killed.
    let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    file.set_len(start + whole as u64)?;
    let mut lines = tail[..whole].rsplit(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let Some(last) = lines.next() else { bail!("it is damaged: remove it, and begin again") };
    if last == call.as_bytes() {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(last).context("it is damaged: remove it, and begin again")?))
}

/// Takes back from the output what was written after the mark; and only if it is the same file.
///
/// # Errors
/// The output is shorter than it was, or cannot be cut.
pub fn take_back(mark: &Mark) -> anyhow::Result<()> {
    let (Some(before), Some(now)) = (mark.output, output()) else { return Ok(()) };
    if (before.device, before.inode) != (now.device, now.inode) {
        return Ok(());
    }
    if now.size_bytes < before.size_bytes {
        bail!(
            "the output is shorter than what was written to it: add to it with >> and not with >. To begin again, \
             remove the file of --resume"
        );
    }
    let out = io::stdout();
    rustix::fs::ftruncate(&out, before.size_bytes).context("cannot take unfinished rows back from the output")?;
    rustix::fs::seek(&out, rustix::fs::SeekFrom::End(0)).context("cannot go to the end of the output")?;
    Ok(())
}

/// Returns the output, where it is a file.
fn output() -> Option<Output> {
    let stat = rustix::fs::fstat(io::stdout()).ok()?;
    let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let size_bytes = u64::try_from(stat.st_size).ok()?;
    is_file.then_some(Output { device: stat.st_dev, inode: stat.st_ino, size_bytes })
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data becomes JSON")
}
