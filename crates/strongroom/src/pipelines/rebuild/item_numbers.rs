//! The numbers of work items that were given before, as far as anything still bears them.

use std::fs;
use std::path::Path;

use model::ItemId;

use super::super::StorePlaces;

/// Returns the highest number of a work item that staging or a store's workspace bears; 0 when none does.
///
/// A new item must not take up the draft of an old one, which is of another deposit.
#[must_use]
pub fn last_item(stores: &StorePlaces, staging: &Path) -> i64 {
    let in_stores = stores.0.iter().filter_map(|(id, _)| stores.open(id).ok()).filter_map(|store| store.drafts().ok());
    let staged = fs::read_dir(staging).into_iter().flatten().flatten();
    let staged = staged.map(|entry| entry.file_name().to_string_lossy().into_owned());
    last_of(in_stores.flatten().chain(staged))
}

/// Returns the highest number among keys such as `item-7` and `item-7-3`.
pub fn last_of(keys: impl Iterator<Item = String>) -> i64 {
    keys.filter_map(|key| ItemId::of_key(&key)).map(|item| item.0).max().unwrap_or(0)
}
