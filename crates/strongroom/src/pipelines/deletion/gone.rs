//! The files that go of an object, in memory: which paths with which bytes.

use std::collections::BTreeSet;

use digests::{Algorithm, Digest};
use model::{DeletedFile, DeletionTarget, StepError};

use super::super::Work;

/// Rows read at once.
const PAGE_ROWS: u32 = 5_000;

/// The files that go: a path with other bytes stays, and so do the same bytes under another path.
pub struct GoneFiles {
    files: BTreeSet<(String, String)>,
}

impl GoneFiles {
    /// Reads which files go. Call within [`Work::blocking`].
    pub fn read(work: &Work, target: &DeletionTarget) -> Result<Self, StepError> {
        let mut files = BTreeSet::new();
        each(work, target, |file| {
            files.insert((file.path, file.sha256));
            Ok(())
        })?;
        Ok(Self { files })
    }

    /// Says whether a file goes.
    pub fn has(&self, path: &str, digest: Digest) -> bool {
        self.files.contains(&(path.to_owned(), digest.to_hex()))
    }

    /// Says whether a file goes, by its digest in hexadecimal.
    pub fn has_line(&self, path: &str, sha256: &str) -> bool {
        self.files.contains(&(path.to_owned(), sha256.to_owned()))
    }

    /// Says whether bytes with this digest go under any path.
    pub fn has_bytes(&self, sha256: &[u8]) -> bool {
        let digest = Digest::from_bytes(Algorithm::Sha256, sha256).map(|digest| digest.to_hex());
        digest.is_some_and(|digest| self.files.iter().any(|(_, sha256)| *sha256 == digest))
    }
}

/// Hands over each file that goes, in the order of paths and versions. Call within [`Work::blocking`].
pub fn each(
    work: &Work,
    target: &DeletionTarget,
    mut function: impl FnMut(DeletedFile) -> Result<(), StepError>,
) -> Result<(), StepError> {
    let mut after: Option<(String, u32)> = None;
    loop {
        work.signal.check()?;
        let from = after.as_ref().map(|(path, version)| (path.as_str(), *version));
        let page = work.ask(work.context.database.deleted_files(target.deletion, target.object, from, PAGE_ROWS))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some((last.path.clone(), last.version));
        page.into_iter().try_for_each(&mut function)?;
    }
}
