//! One object: every version of it, from its documents into the registry.

use backends::database::RegistryDraft;
use backends::storage::{ObjectReader, StorageError};
use digests::Digest;
use model::{ItemId, ObjectId, StoreId};
use ocfl::{Inventory, VersionNumber};

use super::super::{Meter, Signal};
use super::documents::{self, Sums, unreadable};
use super::fault::{Fault, agree, fault};
use super::files::Files;
use super::object_document::{Found, ObjectDocument};
use super::{all_objects, rules};

/// An object that is taken up.
pub struct Taking<'a> {
    pub store: &'a StoreId,
    pub object_path: &'a str,
    pub object: &'a ObjectReader,
    pub meter: &'a Meter,
    pub signal: &'a Signal,
}

/// What an object has added to the registry.
#[derive(Debug, Default, Clone, Copy)]
pub struct Taken {
    pub versions: u64,
    pub files: u64,
    pub size_bytes: u64,
    pub events: u64,
    pub last_item: i64,
    /// The object, if no document of it names the store.
    pub not_told: Option<ObjectId>,
}

impl Taking<'_> {
    /// Enters all versions of the object, the oldest first. The caller forgets them when this fails.
    pub fn take(&self, draft: &mut RegistryDraft) -> Result<Taken, Fault> {
        let (inventory, digest) = documents::inventory(self.object)?;
        self.refuse_uncommitted(inventory.head())?;
        let mut taken = Taken::default();
        let mut identity = None;
        for number in inventory.version_numbers() {
            self.take_version(draft, &inventory, number, digest, &mut identity, &mut taken)?;
        }
        Ok(taken)
    }

    fn take_version(
        &self,
        draft: &mut RegistryDraft,
        inventory: &Inventory,
        number: VersionNumber,
        digest: Digest,
        identity: &mut Option<ObjectId>,
        taken: &mut Taken,
    ) -> Result<(), Fault> {
        let sums = Sums::read(self.object, number.number())?;
        let found = Found { object_path: self.object_path, inventory, number };
        let document = ObjectDocument::read(self.object, &sums, &found)?;
        let mut proven = sums.prove_rest(self.object)?;
        if number == inventory.head() {
            proven.extend(sums.root_inventory(self.object, digest)?);
        }
        let id = document.object.id;
        let path = format!("logs/v{}-object.json", number.number());
        match identity {
            Some(known) => agree(&rules::CONTRADICTION, &path, "the object", known.to_string(), id.to_string())?,
            None if all_objects::ask(draft.knows_object(id))? => {
                return Err(fault(&rules::CONTRADICTION, &path, "an identity of its own", "that of another object"));
            }
            None => *identity = Some(id),
        }
        all_objects::ask(draft.add_version(&document.object, &document.version, &document.replicas))?;
        all_objects::ask(draft.add_documents(id, number.number(), &proven))?;
        all_objects::ask(draft.add_events(&document.events))?;
        let before = (number.number() > 1).then(|| number.sibling(number.number() - 1)).transpose();
        let before = before.map_err(|error| fault(&rules::NOT_UNDERSTOOD, &path, "a version number", error))?;
        let (meter, signal) = (self.meter, self.signal);
        Files { inventory, number, before, version: &document.version, meter, signal }.enter(
            draft,
            self.object,
            &sums,
        )?;
        let items = document.events.iter().filter_map(|event| event.item);
        if !document.replicas.iter().any(|replica| replica.store == *self.store) {
            taken.not_told = Some(id);
        }
        let last = items.chain([document.version.item]).max().unwrap_or(ItemId(0));
        taken.versions += 1;
        taken.files += document.version.new_files;
        taken.size_bytes += document.version.new_size_bytes;
        taken.events += document.events.len() as u64;
        taken.last_item = taken.last_item.max(last.0);
        Ok(())
    }

    /// A version folder beyond the head is a deposit that was killed in the middle of its commit.
    fn refuse_uncommitted(&self, head: VersionNumber) -> Result<(), Fault> {
        let entries = self.object.list("").map_err(|error| match error {
            StorageError::Io { source, .. } => unreadable("", &source),
            error => Fault::All(error.into()),
        })?;
        let number = |name: &str| name.strip_prefix('v').and_then(|digits| digits.parse::<u32>().ok());
        let beyond = entries.iter().find(|entry| number(&entry.name).is_some_and(|number| number > head.number()));
        match beyond {
            Some(entry) => Err(fault(&rules::NOT_COMMITTED, &entry.name, head, &entry.name)),
            None => Ok(()),
        }
    }
}
