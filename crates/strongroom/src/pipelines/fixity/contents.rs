//! What an object's content must be: all that the registry knows of it must be in the inventory.

use digests::{Algorithm, Digest};
use model::{Damage, HeldReplica, StepError};
use ocfl::Inventory;

use super::super::Context;
use super::super::reading_back::Wrong;
use super::super::work::ask;

/// Rows read at once.
const PAGE_ROWS: u32 = 2_000;

/// Returns the files of the registry that the inventory knows no content for. There are none in an object that is
/// whole: an inventory that agrees with its content and not with the registry would be a manifest compared with itself.
///
/// # Errors
/// The database cannot be read.
pub fn unlisted(context: &Context, replica: &HeldReplica, inventory: &Inventory) -> Result<Vec<Wrong>, StepError> {
    let mut unlisted = Vec::new();
    let mut after: Option<(String, u32)> = None;
    loop {
        let from = after.as_ref().map(|(path, version)| (path.as_str(), *version));
        let page = ask(context.database.addresses(replica.object, from, PAGE_ROWS))?;
        let Some((path, version, _)) = page.last() else { return Ok(unlisted) };
        after = Some((path.clone(), *version));
        for (path, version, sha256) in &page {
            let Some(expected) = Digest::from_bytes(Algorithm::Sha256, sha256) else { continue };
            if inventory.content_path(expected).is_none() {
                let seen = format!("the inventory has no content for {path} of version {version}");
                unlisted.push(Wrong { path: path.clone(), expected, damage: Damage::Missing, seen });
            }
        }
    }
}
