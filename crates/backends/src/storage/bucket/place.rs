//! Where a store in a bucket is, with the connections to it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::Abilities;
use model::StorageClass;

use crate::s3::Client;

/// Where a store in a bucket is. Clones share connections, and what is known of the bucket.
#[derive(Debug, Clone)]
pub struct BucketPlace {
    pub(super) client: Client,
    pub(super) abilities: Arc<RwLock<Option<Abilities>>>,
    /// Buckets from which the server would not copy for this process.
    no_copies_from: Arc<RwLock<BTreeSet<String>>>,
    pub(super) class: StorageClass,
}

impl BucketPlace {
    /// Takes a client as the way to a store. Asks nothing yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        let class = StorageClass::default();
        Self { client, abilities: Arc::default(), no_copies_from: Arc::default(), class }
    }

    /// Puts content into a class of storage once it was proven. Documents stay in the bucket's own.
    #[must_use]
    pub fn in_class(self, class: StorageClass) -> Self {
        Self { class, ..self }
    }

    /// Returns the class that content is put into.
    #[must_use]
    pub fn class(&self) -> StorageClass {
        self.class
    }

    /// Returns the client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Says whether the server may be asked to copy from a bucket of another client: it is one server, and has not refused.
    pub(super) fn may_copy_from(&self, source: &Client) -> bool {
        let refused = self.no_copies_from.read().unwrap_or_else(PoisonError::into_inner);
        source.endpoint() == self.client.endpoint() && !refused.contains(&source.address().bucket)
    }

    /// Remembers that it refused, for as long as this process lives.
    pub(super) fn copy_no_more_from(&self, source: &Client) {
        let mut refused = self.no_copies_from.write().unwrap_or_else(PoisonError::into_inner);
        refused.insert(source.address().bucket.clone());
    }

    /// Returns the key of a name below the prefix.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.client.address().prefix)
    }

    /// Returns how messages call a name below the prefix.
    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("s3://{}/{}", self.client.address().bucket, self.key(name)))
    }
}

impl fmt::Display for BucketPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.address().fmt(formatter)
    }
}
