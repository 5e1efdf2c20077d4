//! The claim of a version: who may write it, and that nobody sees it yet.

use model::ObjectId;

use crate::s3::{Condition, Content};
use crate::storage::StorageError;
use crate::storage::name::version_number;
use crate::storage::store::{OCFL, WORK};

use super::BucketStore;

/// Claims lie below this; the leading dot keeps them apart from drafts.
const CLAIMS: &str = ".claims";
/// What a draft notes of the version that it writes, in its own workspace.
pub(super) const NOTE: &str = ".version";
/// So begins what the claim of an object says that is leaving.
pub(super) const LEAVING: &str = ".leaving-";
/// Bytes of a claim or a note at the most.
const CLAIM_BYTES_MAX: u64 = 8 << 10;

/// A version of an object that is being written, or an object that is leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) object: String,
    pub(super) version: String,
}

impl Claim {
    pub(super) fn new(object: &str, version: &str) -> Self {
        Self { object: object.to_owned(), version: version.to_owned() }
    }

    /// Where it lies, below the prefix of the store.
    pub(super) fn name(&self) -> String {
        format!("{WORK}/{CLAIMS}/{}/{}", self.object, self.version)
    }

    /// Where all lies that it hides, below the prefix of the store. With the first version there is no object yet.
    pub(super) fn hides(&self) -> String {
        match version_number(&self.version) {
            Some(1) => format!("{OCFL}/{}/", self.object),
            _ => format!("{OCFL}/{}/{}/", self.object, self.version),
        }
    }
}

impl BucketStore {
    /// Returns whose claim it is; `None` when nobody has claimed it.
    pub(super) fn claimed_by(&self, claim: &Claim) -> Result<Option<String>, StorageError> {
        Ok(self.claim_with_etag(claim)?.map(|(owner, _)| owner))
    }

    /// Returns whose claim it is, and the entity tag by which it can be replaced.
    pub(super) fn claim_with_etag(&self, claim: &Claim) -> Result<Option<(String, String)>, StorageError> {
        let text = self.client().get(&self.key(&claim.name())?, CLAIM_BYTES_MAX)?;
        Ok(text.map(|(bytes, etag)| (String::from_utf8_lossy(&bytes).into_owned(), etag)))
    }

    /// Claims a version for a key, unless another was faster. Returns whose it is now.
    pub(super) fn claim(&self, claim: &Claim, key: &str) -> Result<String, StorageError> {
        Ok(self.claim_anew(claim, key)?.0)
    }

    /// The same; says also whether it was this call that put the claim.
    ///
    /// Where the bucket cannot keep a second writer away, what was written is read again; then it is the lease of the
    /// work item that keeps two from coming at the same moment.
    pub(super) fn claim_anew(&self, claim: &Claim, key: &str) -> Result<(String, bool), StorageError> {
        let (place, content) = (self.key(&claim.name())?, Content::Bytes(key.as_bytes()));
        if self.abilities().put_if_absent {
            match self.client().put(&place, content, Condition::Absent).map_err(StorageError::from) {
                Ok(_) => return Ok((key.to_owned(), true)),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let is_put = !self.abilities().put_if_absent && self.claimed_by(claim)?.is_none();
        if is_put {
            self.client().put(&place, content, Condition::Always)?;
        }
        let gone = || StorageError::conflict(&self.path_of(&claim.name()), "the claim has gone again");
        let owner = self.claimed_by(claim)?.ok_or_else(gone)?;
        let is_ours = is_put && owner == key;
        Ok((owner, is_ours))
    }

    /// Gives a claim to another key, if it is still that of the old one.
    pub(super) fn pass_claim(&self, claim: &Claim, key: &str, new_key: &str) -> Result<(), StorageError> {
        let Some((owner, etag)) = self.claim_with_etag(claim)? else { return Ok(()) };
        if owner != key {
            return Ok(());
        }
        let condition = if self.abilities().put_if_same { Condition::Is(&etag) } else { Condition::Always };
        self.client().put(&self.key(&claim.name())?, Content::Bytes(new_key.as_bytes()), condition)?;
        Ok(())
    }

    /// Returns all claims, with whose they are.
    pub(super) fn claims(&self) -> Result<Vec<(Claim, String)>, StorageError> {
        let top = self.key(&format!("{WORK}/{CLAIMS}/"))?;
        let mut claims = Vec::new();
        for listed in self.client().list(&top, None) {
            let listed = listed?;
            let rest = listed.key.strip_prefix(&top).unwrap_or_default();
            let Some((object, version)) = rest.rsplit_once('/') else { continue };
            let claim = Claim::new(object, version);
            if let Some(owner) = self.claimed_by(&claim)? {
                claims.push((claim, owner));
            }
        }
        Ok(claims)
    }

    pub(super) fn release(&self, claim: &Claim) -> Result<(), StorageError> {
        Ok(self.client().delete(&[self.key(&claim.name())?])?)
    }

    /// Returns what is hidden now, as prefixes below that of the store. Ask after a listing, not before: what was hidden
    /// then and is not any more is there.
    pub(super) fn hidden(&self) -> Result<Vec<String>, StorageError> {
        let top = self.key(&format!("{WORK}/{CLAIMS}/"))?;
        let mut hidden = Vec::new();
        for listed in self.client().list(&top, None) {
            let listed = listed?;
            let rest = listed.key.strip_prefix(&top).unwrap_or_default();
            if let Some((object, version)) = rest.rsplit_once('/') {
                hidden.push(Claim::new(object, version).hides());
            }
        }
        Ok(hidden)
    }

    /// Notes in a draft's workspace which version it writes.
    pub(super) fn note(&self, key: &str, claim: &Claim) -> Result<(), StorageError> {
        let text = format!("{}\n{}\n", claim.version, claim.object);
        let place = self.key(&format!("{WORK}/{key}/{NOTE}"))?;
        self.client().put(&place, Content::Bytes(text.as_bytes()), Condition::Always)?;
        Ok(())
    }

    /// Returns which version a draft writes; `None` when it has written nothing to its place.
    pub(super) fn noted(&self, key: &str) -> Result<Option<Claim>, StorageError> {
        let name = format!("{WORK}/{key}/{NOTE}");
        let Some((bytes, _)) = self.client().get(&self.key(&name)?, CLAIM_BYTES_MAX)? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        match (lines.next(), lines.next()) {
            (Some(version), Some(object)) if version_number(version).is_some() && !object.is_empty() => {
                Ok(Some(Claim::new(object, version)))
            }
            _ => Err(StorageError::damaged(&self.path_of(&name), "it does not say which version is being written")),
        }
    }
}

/// Parts the key of the draft of a work item or of a copy into the work and the fence of its claim; another has no fence.
pub(super) fn work_and_fence(key: &str) -> (&str, Option<u64>) {
    let is_item = |work: &str| work.strip_prefix("item-").is_some_and(|id| !id.is_empty());
    let is_copy = |work: &str| work.starts_with("replica-") && ObjectId::of_key(work).is_some();
    // The identifier of an object has hyphens itself: what is left of one that was cut is none.
    let parted = key.rsplit_once('-').filter(|(work, _)| is_item(work) || is_copy(work));
    match parted.and_then(|(work, fence)| Some((work, fence.parse().ok()?))) {
        Some((work, fence)) => (work, Some(fence)),
        None => (key, None),
    }
}

/// Says whether a claim is that of an earlier holder of the same work, whose lease has run out.
pub(super) fn is_earlier(owner: &str, key: &str) -> bool {
    let ((one, earlier), (other, later)) = (work_and_fence(owner), work_and_fence(key));
    one == other && earlier < later
}

#[cfg(test)]
mod tests {
    use super::{is_earlier, work_and_fence};

    #[test]
    fn the_work_is_the_same_whoever_has_claimed_it() {
        let check = |key, expected| assert_eq!(work_and_fence(key), expected, "{key}");
        check("item-7-12", ("item-7", Some(12)));
        check("item-7", ("item-7", None));
        check("item-7-a", ("item-7-a", None));
        check("item-7-", ("item-7-", None));
        check("replica-7-1", ("replica-7-1", None));
        let copy = "replica-0190f8e2-7b3c-7def-8000-000000000001";
        check(copy, (copy, None));
        check("replica-0190f8e2-7b3c-7def-8000-000000000001-12", (copy, Some(12)));
        assert!(is_earlier(copy, "replica-0190f8e2-7b3c-7def-8000-000000000001-12"));
        assert!(is_earlier("item-7-2", "item-7-12") && is_earlier("item-7", "item-7-1"));
        assert!(!is_earlier("item-7-2", "item-7-2") && !is_earlier("item-7-3", "item-7-2"));
        assert!(!is_earlier("item-6-2", "item-7-12") && !is_earlier("replica-1", "replica-1"));
    }
}
