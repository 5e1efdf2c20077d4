//! What an earlier, killed gather of the same package has digested already.

use std::sync::{Mutex, PoisonError};

use bagit::{Member, MemberIndex};
use digests::Digests;
use model::{GatheredFile, StepError};
use tokio::runtime::Handle;

use super::super::Work;
use super::super::work::database;
use super::members;

/// Rows read at once.
const PAGE_ROWS: u32 = 2_000;

/// The rows of the killed gather, a page at a time: members are asked for in the order of their places.
pub struct Known<'a> {
    work: &'a Work,
    runtime: Handle,
    page: Mutex<Page>,
}

/// Rows in the order of their places; all that there are from place `from` to that of the last row.
#[derive(Default)]
struct Page {
    from: u32,
    rows: Vec<GatheredFile>,
    is_last: bool,
    failure: Option<StepError>,
    /// What was found last.
    found: Option<(u32, Digests)>,
}

impl<'a> Known<'a> {
    /// Begins with nothing known of a package of which no place can be read by itself: it is gathered anew.
    pub fn nothing(work: &'a Work) -> Self {
        let page = Page { is_last: true, ..Page::default() };
        Self { work, runtime: Handle::current(), page: Mutex::new(page) }
    }

    /// Begins to look through the rows of the item. Call within [`Work::blocking`]; it may be asked on any thread.
    pub fn rows(work: &'a Work) -> Self {
        Self { work, runtime: Handle::current(), page: Mutex::default() }
    }

    /// Returns the digests of a member, if the killed gather has read the very same.
    pub fn find(&self, index: MemberIndex, member: &Member<'_>) -> Option<Digests> {
        let place = u32::try_from(index.get()).ok()?;
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if !page.covers(place) {
            self.turn(&mut page, place);
        }
        let row = page.row(place)?;
        let is_same = row.path == member.path
            && row.size_bytes == member.size_bytes
            && row.offset_bytes == member.offset_bytes
            && row.modified_at == member.modified_at;
        let digests = is_same.then(|| members::digests(row))?;
        page.found = Some((place, digests.clone()));
        Some(digests)
    }

    /// Says whether these digests are what was found of a member just now: then its row is there, format and all.
    pub fn has_row(&self, index: MemberIndex, digests: &Digests) -> bool {
        let page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        page.found.as_ref().is_some_and(|(place, found)| *place as usize == index.get() && found == digests)
    }

    fn turn(&self, page: &mut Page, from: u32) {
        let query = self.work.context.database.gathered(self.work.claim.item.id, from, PAGE_ROWS);
        match self.runtime.block_on(query) {
            Ok(rows) => *page = Page { from, is_last: rows.is_empty(), rows, ..Page::default() },
            Err(error) => *page = Page { is_last: true, failure: Some(database(error)), ..Page::default() },
        }
    }

    /// Says whether all rows that were asked for could be read.
    ///
    /// # Errors
    /// The database could not be read.
    pub fn finish(self) -> Result<(), StepError> {
        self.page.into_inner().unwrap_or_else(PoisonError::into_inner).failure.map_or(Ok(()), Err)
    }
}

impl Page {
    fn covers(&self, place: u32) -> bool {
        let is_before_the_end = self.is_last || self.rows.last().is_some_and(|last| place <= last.place);
        place >= self.from && is_before_the_end
    }

    fn row(&self, place: u32) -> Option<&GatheredFile> {
        let at = self.rows.binary_search_by_key(&place, |row| row.place).ok()?;
        self.rows.get(at)
    }
}
