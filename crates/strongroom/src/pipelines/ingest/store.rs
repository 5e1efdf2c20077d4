//! store: each new file is written to each store.
//!
//! Takes a planned version. Leaves in each store a draft with the new content, durable on its disk and visible to
//! nobody. Safe to repeat because a file of the right length is not written again, and verify proves every byte.

use backends::storage::{Draft, Source, Store};
use model::{Answer, ItemState, PlacedFile, StepError};
use ocfl::Plan;

use super::super::Work;
use super::super::context::storage;
use super::layout::Layout;
use super::{catch_up, members, object, paged, plan};

/// Threads that copy into one store. Small files wait for the file system, not for the processor.
const COPY_THREADS: usize = 2;

/// Writes the new content to every store of the storage option, all stores at once.
///
/// # Errors
/// The source, a store or the database cannot be reached, a disk is full, or the work is to stop.
pub async fn store(work: &Work) -> Result<Answer, StepError> {
    object::unless_gone(work, work.blocking(write).await).await
}

fn write(work: &Work) -> Result<Answer, StepError> {
    let planned = plan::planned(work)?;
    let stores = work.context.stores_of(&planned.storage_option)?;
    catch_up::bring(work, &stores)?;
    let plan = plan::make(work)?;
    let layout = Layout::open(work)?;
    let copies = stores.len() as u64;
    work.meter.expect(planned.new.files * copies, planned.new.size_bytes * copies);
    let writing = Writing { work, plan: &plan, layout: &layout };
    work.side_by_side(&stores, |store| work.part("copy", store, || writing.write_to(store)))?;
    work.signal.check()?;
    Ok(Answer::done(ItemState::clone(&work.state)))
}

/// Opens the draft of an item in a store.
///
/// # Errors
/// The store is not there.
pub fn draft(work: &Work, store: &Store) -> Result<Draft, StepError> {
    of_key(work, store, &work.draft_key(store)?)
}

/// Opens what an item that has ended has left in a store, to discard it.
///
/// # Errors
/// The store is not there.
pub fn left_draft(work: &Work, store: &Store) -> Result<Draft, StepError> {
    of_key(work, store, &work.left_draft_key(store)?)
}

fn of_key(work: &Work, store: &Store, key: &str) -> Result<Draft, StepError> {
    let planned = plan::planned(work)?;
    let object_path = plan::object_path(&work.claim.item.deposit.identifier)?;
    store.draft(key, &object_path, &format!("v{}", planned.number)).map_err(storage)
}

struct Writing<'a> {
    work: &'a Work,
    plan: &'a Plan,
    layout: &'a Layout,
}

impl Writing<'_> {
    fn write_to(&self, store: &Store) -> Result<(), StepError> {
        let number = plan::planned(self.work)?.number;
        let object_path = plan::object_path(&self.work.claim.item.deposit.identifier)?;
        if plan::is_committed(store, &object_path, number).map_err(storage)? {
            return Ok(());
        }
        let draft = draft(self.work, store)?;
        let mut rows = paged::by_path(self.work);
        // New content and rows are both in the order of paths, so each content's row is found by going on.
        let items = self.plan.new_content().take_while(|_| !self.work.signal.is_raised()).map_while(|content| {
            let row = rows.find(|row| row.path == content.logical_path)?;
            self.work.meter.add_files(1);
            self.work.meter.add_bytes(row.size_bytes);
            Some((content.content_path, self.source(&row)))
        });
        let put = draft.put_many(items, draft.puts_at_once(self.layout.copies_at_once(COPY_THREADS)));
        self.work.signal.check()?;
        rows.finish()?;
        put.map_err(storage)?;
        draft.make_durable().map_err(storage)
    }

    fn source(&self, row: &PlacedFile) -> Source<'_> {
        let member = members::placed(row);
        self.layout.bytes(&member, row.place as usize).source(row.size_bytes)
    }
}
