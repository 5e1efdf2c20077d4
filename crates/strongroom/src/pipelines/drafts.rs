//! The key of a draft, of an item or of a copy: it bears the fence of the claim, so that two that hold each other for dead
//! never write into one draft.

use backends::storage::{Store, fence_of, fenced};
use model::{ItemId, StepError};

use super::Work;
use super::context::storage;

impl Work {
    /// Returns the key of the item's drafts in a store, after taking over there what an earlier claim has begun.
    ///
    /// # Errors
    /// `LeaseLost` when a later claim is at it already. The store is not there, or cannot be written.
    pub fn draft_key(&self, store: &Store) -> Result<String, StepError> {
        let work = item_key(self.claim.item.id);
        own_key(store, &work, self.claim.fence, || self.assert_held())
    }

    /// Returns the key under which an item that has ended has left its draft, for its removal: nobody takes that over.
    ///
    /// # Errors
    /// The store is not there.
    pub fn left_draft_key(&self, store: &Store) -> Result<String, StepError> {
        let work = item_key(self.claim.item.id);
        let mut keys: Vec<_> = drafts(store, &work)?.into_iter().map(|(_, key)| key).collect();
        let Some(newest) = keys.pop() else { return Ok(fenced(&work, self.claim.fence)) };
        // A taking over that was killed half way leaves two.
        store.take_over_drafts(&keys, &newest).map_err(storage)?;
        Ok(newest)
    }
}

/// Returns the key of the drafts of some work in a store under a claim with this fence, after taking over there what an earlier
/// claim has begun; `assert_held` makes sure before that the claim still holds.
///
/// # Errors
/// `LeaseLost` when a later claim is at it already. The store is not there, or cannot be written.
pub fn own_key(
    store: &Store,
    work: &str,
    fence: i64,
    assert_held: impl FnOnce() -> Result<(), StepError>,
) -> Result<String, StepError> {
    let own = fenced(work, fence);
    let mut drafts = drafts(store, work)?;
    if drafts.last().is_some_and(|(newest, _)| *newest > fence) {
        return Err(StepError::LeaseLost);
    }
    drafts.retain(|(earlier, _)| *earlier < fence);
    if !drafts.is_empty() {
        assert_held()?;
        let keys: Vec<_> = drafts.into_iter().map(|(_, key)| key).collect();
        store.take_over_drafts(&keys, &own).map_err(storage)?;
    }
    Ok(own)
}

/// Returns the fences and keys of the drafts of some work, the newest last.
fn drafts(store: &Store, work: &str) -> Result<Vec<(i64, String)>, StepError> {
    let keys = store.drafts().map_err(storage)?;
    let mut drafts: Vec<_> = keys.into_iter().filter_map(|key| Some((fence_of(&key, work)?, key))).collect();
    drafts.sort();
    Ok(drafts)
}

fn item_key(item: ItemId) -> String {
    format!("item-{item}")
}
