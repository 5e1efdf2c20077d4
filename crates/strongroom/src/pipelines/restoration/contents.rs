//! What is given back: the files of one version of an object, as the registry has them.

use backends::database::{Database, DatabaseError, FileFilter};
use digests::{Algorithm, Digest, Digests};
use model::{FileVersion, Object};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::super::Signal;
use super::RestorationError;

/// Rows read at once.
const PAGE_ROWS: u32 = 2_000;

/// One version of an object. Its rows are read page by page, so that a million of them take no memory. They do not
/// change: a later version ends a row, and leaves what it says of this version as it is.
pub struct Contents<'a> {
    /// The registry.
    pub database: &'a Database,
    /// The object.
    pub object: &'a Object,
    /// Which version of it.
    pub version: u32,
    /// What may tell us to stop.
    pub signal: &'a Signal,
}

impl Contents<'_> {
    /// Waits for the database. Call on a thread that may block.
    ///
    /// # Errors
    /// Those of the query.
    pub fn ask<T>(&self, query: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, RestorationError> {
        Ok(Handle::current().block_on(query)?)
    }

    /// Hands over each file of the version, in the order of their paths.
    ///
    /// # Errors
    /// The database cannot be read, or the function fails.
    pub fn each(
        &self,
        mut function: impl FnMut(FileVersion) -> Result<(), RestorationError>,
    ) -> Result<(), RestorationError> {
        self.each_page(|page| page.into_iter().try_for_each(&mut function))
    }

    /// Hands over the files of the version page by page, in the order of their paths.
    ///
    /// # Errors
    /// The database cannot be read, or the function fails.
    pub fn each_page(
        &self,
        mut function: impl FnMut(Vec<FileVersion>) -> Result<(), RestorationError>,
    ) -> Result<(), RestorationError> {
        let mut coming = self.begin_page(None);
        loop {
            self.check_signal()?;
            let page = Handle::current()
                .block_on(coming)
                .map_err(|error| RestorationError::Registry(format!("a page of files was not read: {error}")))??;
            let Some(last) = page.last() else { return Ok(()) };
            coming = self.begin_page(Some(last.path.clone()));
            function(page)?;
        }
    }

    /// Has the next page read while the one before is worked on.
    fn begin_page(&self, after: Option<String>) -> JoinHandle<Result<Vec<FileVersion>, DatabaseError>> {
        let filter = FileFilter { version: Some(self.version), most: PAGE_ROWS, after, ..FileFilter::default() };
        let (database, object) = (self.database.clone(), self.object.id);
        Handle::current().spawn(async move { database.files(object, &filter).await })
    }

    fn check_signal(&self) -> Result<(), RestorationError> {
        if self.signal.is_raised() { Err(RestorationError::Interrupted) } else { Ok(()) }
    }

    /// Returns a file of the version, if it has it.
    ///
    /// # Errors
    /// The database cannot be read.
    fn find(&self, path: &str) -> Result<Option<FileVersion>, RestorationError> {
        let history = self.ask(self.database.file_history(self.object.id, path))?;
        let is_of = |file: &FileVersion| {
            file.version <= self.version && file.ended_by.is_none_or(|ended_by| ended_by > self.version)
        };
        Ok(history.into_iter().find(is_of))
    }

    /// Returns whether the version has a file of this path, or files below it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn takes(&self, path: &str) -> Result<bool, RestorationError> {
        let below = FileFilter {
            version: Some(self.version),
            path_starts_with: Some(format!("{path}/")),
            most: 1,
            ..FileFilter::default()
        };
        let is_folder = !self.ask(self.database.files(self.object.id, &below))?.is_empty();
        Ok(is_folder || self.find(path)?.is_some())
    }
}

/// Returns the digests that the registry has of a file.
pub fn digests(file: &FileVersion) -> Digests {
    let parse = |(name, hex): &(String, String)| Digest::parse(name.parse().ok()?, hex).ok();
    file.digests.iter().filter_map(parse).collect()
}

/// Returns the digest that every byte of a file is held against on its way out.
///
/// # Errors
/// The registry has none, which no version of this program has written.
pub fn sha256(file: &FileVersion) -> Result<Digest, RestorationError> {
    let lacking = || RestorationError::Registry(format!("it has no sha256 of {}", file.path.escape_debug()));
    digests(file).get(Algorithm::Sha256).ok_or_else(lacking)
}
