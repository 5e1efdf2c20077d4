//! The further digests of a version's content, collected before its inventory is made (OCFL 1.1 §3.5.4).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use digests::{Algorithm, Digest, Digests};

use crate::inventory::{Content, DigestInterner, DigestTable, FixityBlock, Inventory, NOWHERE};
use crate::{Error, Plan};

/// Further digests of the content of a [`Plan`]; see [`Plan::fixity`].
#[derive(Debug)]
pub struct Fixity {
    blocks: BTreeMap<Algorithm, (DigestInterner, Vec<Content>)>,
}

impl Plan {
    /// Collects the further digests of content, given by the digest that it is addressed by, in any order.
    ///
    /// What the object does not hold is passed over, and so are algorithms that OCFL 1.1 §3.4 and extension 0009 do
    /// not name (sha224, sha384).
    ///
    /// # Errors
    /// A bound is passed.
    pub fn fixity(&self, digests: impl IntoIterator<Item = (Digest, Digests)>) -> Result<Fixity, Error> {
        let inventory = self.planned_inventory();
        let mut blocks: BTreeMap<_, (DigestInterner, Vec<Content>)> = BTreeMap::new();
        for (digest, others) in digests {
            let Some(holder) = inventory.find_digest(digest).map(|digest| inventory.content_of[digest as usize]) else {
                continue;
            };
            if holder == NOWHERE {
                continue;
            }
            let place = inventory.manifest[holder as usize].place;
            for other in others.iter().filter(|other| is_fixity_algorithm(inventory, other.algorithm())) {
                let (interner, entries) = blocks
                    .entry(other.algorithm())
                    .or_insert_with(|| (DigestInterner::new(other.algorithm().length_bytes()), Vec::new()));
                entries.push(Content { digest: interner.intern(other.as_bytes())?, place });
            }
        }
        Ok(Fixity { blocks })
    }
}

impl Fixity {
    /// Collects nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { blocks: BTreeMap::new() }
    }

    /// Adds these digests to an inventory, behind those that it has. Its settling puts them in order.
    pub(crate) fn add_to(self, inventory: &mut Inventory) -> Result<(), Error> {
        let mut blocks: BTreeMap<Algorithm, FixityBlock> =
            std::mem::take(&mut inventory.fixity).into_iter().map(|block| (block.algorithm, block)).collect();
        for (algorithm, (interner, entries)) in self.blocks {
            match blocks.entry(algorithm) {
                Entry::Vacant(vacant) => {
                    vacant.insert(FixityBlock { algorithm, digests: interner.into_table(), entries });
                }
                Entry::Occupied(mut occupied) => add(occupied.get_mut(), &interner, &entries)?,
            }
        }
        inventory.fixity = blocks.into_values().collect();
        Ok(())
    }
}

/// Adds new entries to a block of the version before.
fn add(block: &mut FixityBlock, interner: &DigestInterner, entries: &[Content]) -> Result<(), Error> {
    let old = std::mem::replace(&mut block.digests, DigestTable::new(block.algorithm.length_bytes()));
    let mut digests = DigestInterner::from_table(old);
    for entry in entries {
        let digest = digests.intern(interner.digests.get(entry.digest))?;
        block.entries.push(Content { digest, place: entry.place });
    }
    block.digests = digests.into_table();
    Ok(())
}

impl FixityBlock {
    /// Leaves one digest a place: the one that was there first may be given again.
    pub(crate) fn dedup(&mut self) {
        self.entries.dedup_by_key(|entry| entry.place);
    }
}

fn is_fixity_algorithm(inventory: &Inventory, algorithm: Algorithm) -> bool {
    algorithm != inventory.algorithm && !matches!(algorithm, Algorithm::Sha224 | Algorithm::Sha384)
}
