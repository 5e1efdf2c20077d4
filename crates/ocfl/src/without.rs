//! An object as it would be had some of its files never been in it.

use std::borrow::Cow;

use digests::Digest;

use crate::{Error, Inventory, NextVersion, VersionNumber};

impl Inventory {
    /// Returns the inventory of one version as it would be without some files: those for whose path and digest the
    /// function answers yes, in whatever version they are.
    ///
    /// `previous` is what this function gave for the version before; none for the first. All versions stay, with their
    /// numbers, dates and notes, even those that have no file left. Content that a file of another path has as well
    /// stays; where it was named by a file that goes, it gets another content path, and so does content whose first
    /// version no longer has it: [`Inventory::content_path`] of the old inventory and of the new one tell from where to
    /// where. The same input gives the same inventory.
    ///
    /// # Errors
    /// There is no such version, or a bound is passed.
    pub fn without(
        &self,
        version: VersionNumber,
        previous: Option<&Inventory>,
        is_gone: impl Fn(&str, Digest) -> bool,
    ) -> Result<Inventory, Error> {
        let notes = self.notes(version).cloned().unwrap_or_default();
        let state = self.state(version).filter(|(path, digest)| !is_gone(path, *digest));
        let state = state.map(|(path, digest)| (Cow::Borrowed(path), digest));
        let plan = NextVersion::plan(previous, self.id(), state, notes)?;
        let digests = plan.new_content().map(|new| new.digest).collect::<Vec<_>>();
        let further = digests.into_iter().filter_map(|digest| {
            let content = self.content_path(digest)?;
            Some((digest, self.fixity_of(&content)))
        });
        let fixity = plan.fixity(further)?;
        plan.inventory(fixity)
    }
}
