//! Rows of the database as an iterator: read page by page, so that a million of them take no memory.

use backends::database::DatabaseError;
use model::{GatheredFile, PlacedFile, StepError};

use super::super::Work;
use super::super::work::database;

/// Rows read at once.
const PAGE_ROWS: u32 = 2_000;

/// Rows, page by page. A page that cannot be read ends the rows; [`Paged::finish`] says why.
pub struct Paged<'a, T> {
    fetch: Box<dyn FnMut() -> Result<Vec<T>, DatabaseError> + Send + 'a>,
    page: std::vec::IntoIter<T>,
    failure: Option<StepError>,
    is_ended: bool,
}

impl<'a, T> Paged<'a, T> {
    fn new(fetch: impl FnMut() -> Result<Vec<T>, DatabaseError> + Send + 'a) -> Self {
        Self { fetch: Box::new(fetch), page: Vec::new().into_iter(), failure: None, is_ended: false }
    }

    /// Ends the rows for a fault that the caller found in one.
    pub fn fail(&mut self, error: StepError) {
        (self.failure, self.is_ended) = (Some(error), true);
    }

    /// Says whether the rows were read to their end.
    ///
    /// # Errors
    /// A page could not be read.
    pub fn finish(self) -> Result<(), StepError> {
        self.failure.map_or(Ok(()), Err)
    }
}

impl<T> Iterator for Paged<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        loop {
            if self.is_ended {
                return None;
            }
            if let Some(row) = self.page.next() {
                return Some(row);
            }
            match (self.fetch)() {
                Ok(page) if page.is_empty() => self.is_ended = true,
                Ok(page) => self.page = page.into_iter(),
                Err(error) => self.fail(database(error)),
            }
        }
    }
}

/// Returns where all members that belong to the object are, in the order of their paths. Call within
/// [`Work::blocking`]; the rows may then be read on any thread.
pub fn by_path(work: &Work) -> Paged<'_, PlacedFile> {
    if let Some(remembered) = work.remembered.get() {
        let mut from = 0;
        return Paged::new(move || {
            let page = remembered.placed(from, PAGE_ROWS as usize);
            from += page.len();
            Ok(page)
        });
    }
    let runtime = tokio::runtime::Handle::current();
    let mut after: Option<String> = None;
    Paged::new(move || {
        let query = work.context.database.placed_by_path(work.claim.item.id, after.as_deref(), PAGE_ROWS);
        let page = runtime.block_on(query)?;
        after = page.last().map(|last| last.path.clone());
        Ok(page)
    })
}

/// Returns the members that bring new bytes, in the order of the package. Call within [`Work::blocking`].
pub fn to_store(work: &Work) -> Paged<'_, GatheredFile> {
    let runtime = tokio::runtime::Handle::current();
    let mut from = 0;
    Paged::new(move || {
        let query = work.context.database.gathered_to_store(work.claim.item.id, from, PAGE_ROWS);
        let page = runtime.block_on(query)?;
        from = page.last().map_or(from, |last| last.place + 1);
        Ok(page)
    })
}
