//! The reader of a part of a bucket: an object, the whole OCFL root, a folder beside it.

use model::ThawTier;

use crate::s3::{Asked, Failure, Kept, S3Error};
use crate::storage::name::check_path;
use crate::storage::{Entry, EntryKind, StorageError};

use super::{BucketFile, BucketStore, BucketWalk};

/// Reads what lies below a prefix of a store in a bucket. What drafts have put there is not shown before their commit.
#[derive(Debug)]
pub struct BucketReader {
    store: BucketStore,
    /// Below the prefix of the store, without a slash at its end.
    top: String,
}

impl BucketReader {
    pub(super) fn new(store: &BucketStore, top: &str) -> Self {
        Self { store: store.clone(), top: top.to_owned() }
    }

    fn name(&self, path: &str) -> Result<String, StorageError> {
        Ok(format!("{}/{}", self.top, check_path(path)?))
    }

    fn folder(&self, path: &str) -> Result<String, StorageError> {
        if path.is_empty() { Ok(format!("{}/", self.top)) } else { Ok(format!("{}/", self.name(path)?)) }
    }

    pub(in crate::storage) fn list(&self, path: &str) -> Result<Vec<Entry>, StorageError> {
        let folder = self.folder(path)?;
        let prefix = self.store.key(&folder)?;
        let listed = self.store.client().list(&prefix, Some('/')).collect::<Result<Vec<_>, _>>()?;
        // Asked for afterwards: what was hidden before and is not any more is there.
        let hidden = self.hidden_keys()?;
        let mut entries = Vec::with_capacity(listed.len());
        for one in listed {
            let name = one.key.strip_prefix(&prefix).unwrap_or_default().trim_end_matches('/');
            // A key that ends in a slash is what consoles make of an empty folder.
            if name.is_empty() || !self.is_seen(&one.key, one.is_prefix, &hidden)? {
                continue;
            }
            let kind = if one.is_prefix { EntryKind::Folder } else { EntryKind::File };
            entries.push(Entry { name: name.to_owned(), kind, size_bytes: one.size_bytes });
        }
        if entries.is_empty() && !path.is_empty() {
            let source = std::io::Error::new(std::io::ErrorKind::NotFound, "nothing is there");
            return Err(StorageError::Io { path: self.store.path_of(folder.trim_end_matches('/')), source });
        }
        entries.sort_by(|one, two| one.name.cmp(&two.name));
        Ok(entries)
    }

    /// Lists the top with what is hidden, for those who put it there; empty when nothing is.
    pub(super) fn list_all(&self) -> Result<Vec<Entry>, StorageError> {
        self.store.list_at(&format!("{}/", self.top))
    }

    /// Says whether anything is there that is not hidden.
    pub(super) fn has_any(&self) -> Result<bool, StorageError> {
        let prefix = self.store.key(&format!("{}/", self.top))?;
        match self.store.client().list(&prefix, None).next().transpose()? {
            // A listing may be late. What is an object has this, and who asks for it by its name is told the truth.
            None => {
                let inventory = format!("{prefix}inventory.json");
                Ok(self.store.client().head(&inventory)?.is_some() && !is_hidden(&inventory, &self.hidden_keys()?))
            }
            Some(first) => {
                let hidden = self.hidden_keys()?;
                Ok(!is_hidden(&first.key, &hidden) || self.has_seen_below(&prefix, &hidden)?)
            }
        }
    }

    fn hidden_keys(&self) -> Result<Vec<String>, StorageError> {
        if !self.top.starts_with("ocfl") {
            return Ok(Vec::new());
        }
        self.store.hidden()?.iter().map(|name| self.store.key(name)).collect()
    }

    /// Says whether an entry is seen: one that is not hidden, and as a folder has something in it that is not.
    fn is_seen(&self, key: &str, is_prefix: bool, hidden: &[String]) -> Result<bool, StorageError> {
        if is_hidden(key, hidden) {
            return Ok(false);
        }
        let has_hidden_below = is_prefix && hidden.iter().any(|hidden| hidden.starts_with(key));
        if has_hidden_below { self.has_seen_below(key, hidden) } else { Ok(true) }
    }

    fn has_seen_below(&self, prefix: &str, hidden: &[String]) -> Result<bool, StorageError> {
        let mut listing = self.store.client().list(prefix, None);
        loop {
            let Some(one) = listing.next().transpose()? else { return Ok(false) };
            let Some(over) = hidden.iter().find(|hidden| one.key.starts_with(*hidden)) else { return Ok(true) };
            // Past all that begins so, which may be a million keys.
            listing = self.store.client().list(prefix, None).after(format!("{over}\u{10FFFF}"));
        }
    }

    pub(in crate::storage) fn walk(&self, path: &str) -> Result<BucketWalk, StorageError> {
        let prefix = self.store.key(&self.folder(path)?)?;
        Ok(BucketWalk::new(self.store.client().list(&prefix, None), prefix, self.hidden_keys()?))
    }

    pub(in crate::storage) fn size_of(&self, path: &str) -> Result<Option<u64>, StorageError> {
        let key = self.store.key(&self.name(path)?)?;
        if let Some(head) = self.store.client().head(&key)? {
            return Ok(Some(head.size_bytes));
        }
        // Such an answer does not say whether the bucket is gone, or the name is a folder's; a listing does.
        let below = self.store.client().list(&format!("{key}/"), None).next().transpose()?;
        match below {
            None => Ok(None),
            Some(_) => Err(StorageError::damaged(&self.store.path_of(&self.name(path)?), "not a regular file")),
        }
    }

    pub(in crate::storage) fn kept(&self, path: &str) -> Result<Option<Kept>, StorageError> {
        Ok(self.store.client().kept(&self.store.key(&self.name(path)?)?)?)
    }

    pub(in crate::storage) fn ask_to_thaw(&self, path: &str, days: u32, tier: ThawTier) -> Result<Asked, StorageError> {
        Ok(self.store.client().ask_to_thaw(&self.store.key(&self.name(path)?)?, days, tier)?)
    }

    pub(in crate::storage) fn open(&self, path: &str) -> Result<BucketFile, StorageError> {
        self.store.open_file(&self.name(path)?)
    }
}

impl BucketStore {
    /// Lists what lies directly below a name, hidden or not.
    pub(super) fn list_at(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let prefix = self.key(folder)?;
        let mut entries = Vec::new();
        for listed in self.client().list(&prefix, Some('/')) {
            let listed = listed?;
            let name = listed.key.strip_prefix(&prefix).unwrap_or_default().trim_end_matches('/').to_owned();
            let kind = if listed.is_prefix { EntryKind::Folder } else { EntryKind::File };
            entries.push(Entry { name, kind, size_bytes: listed.size_bytes });
        }
        Ok(entries)
    }

    /// Opens a file below the prefix of the store.
    pub(super) fn open_file(&self, name: &str) -> Result<BucketFile, StorageError> {
        Ok(BucketFile::new(self.client().open(&self.key(name)?)?))
    }

    /// Does the same; `None` when it is not there.
    pub(super) fn open_if_there(&self, name: &str) -> Result<Option<BucketFile>, StorageError> {
        match self.client().open(&self.key(name)?) {
            Ok(reading) => Ok(Some(BucketFile::new(reading))),
            Err(S3Error { failure: Failure::NoKey, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) fn is_hidden(key: &str, hidden: &[String]) -> bool {
    hidden.iter().any(|hidden| key.starts_with(hidden))
}
