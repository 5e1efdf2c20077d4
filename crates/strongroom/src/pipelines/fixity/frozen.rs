//! Content that is not read at once: what a provider says of it is looked at, and the grade says that it is no more.

use std::sync::Mutex;

use backends::storage::ObjectReader;
use digests::Digest;
use model::{Damage, Evidence, StepError};

use super::super::Signal;
use super::super::context::storage;
use super::super::reading_back::Wrong;

/// Files that are asked about between two notes of how far the check has come.
pub const PAGE_FILES: usize = 1_000;
/// Questions that are under way at once.
const QUESTIONS_AT_ONCE: usize = 8;

/// What was seen of some files.
#[derive(Debug, Default)]
pub struct Looked {
    /// Files that are not there, or whose stored checksum is another.
    pub wrong: Vec<Wrong>,
    /// Files that can be read, and must be.
    pub readable: Vec<(String, Digest)>,
    /// Whether one of the others has no stored checksum of the whole, so that only its being there is known.
    pub has_unknown: bool,
}

impl Looked {
    /// Returns the grade of what was seen, if all that is readable is read.
    #[must_use]
    pub fn evidence(&self, files: usize) -> Evidence {
        match self.readable.len() == files {
            true => Evidence::A,
            false if self.has_unknown => Evidence::D,
            false => Evidence::C,
        }
    }
}

/// Asks how each file is kept; reads none.
///
/// # Errors
/// The store does not answer, or the work is to stop.
pub fn look(object: &ObjectReader, files: &[(String, Digest)], signal: &Signal) -> Result<Looked, StepError> {
    let looked = Mutex::new(Looked::default());
    let work = |part: &[(String, Digest)]| -> Result<(), StepError> {
        for (path, expected) in part {
            signal.check()?;
            let kept = object.kept(path).map_err(storage)?;
            let wrong = |damage, seen: String| Wrong { path: path.clone(), expected: *expected, damage, seen };
            let mut looked = looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match kept {
                None => looked.wrong.push(wrong(Damage::Missing, "nothing is there".to_owned())),
                Some(kept) if kept.is_readable() => looked.readable.push((path.clone(), *expected)),
                Some(kept) => match kept.has_sha256(expected.as_bytes()) {
                    Some(true) => {}
                    None => looked.has_unknown = true,
                    Some(false) => {
                        let seen = "the sha256 that the bucket keeps of it is another".to_owned();
                        looked.wrong.push(wrong(Damage::Mismatch, seen));
                    }
                },
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let size = files.len().div_ceil(QUESTIONS_AT_ONCE).max(1);
        let threads: Vec<_> = files.chunks(size).map(|part| scope.spawn(move || work(part))).collect();
        let ended =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        ended.collect::<Vec<_>>().into_iter().collect::<Result<(), _>>()
    })?;
    Ok(looked.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}
