//! Where a store in a bucket is, with the connections to it.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use super::Abilities;
use model::StorageClass;

use crate::s3::Client;

/// Where a store in a bucket is. Clones share connections, and what is known of the bucket.
#[derive(Debug, Clone)]
pub struct BucketPlace {
    pub(super) client: Client,
    pub(super) abilities: Arc<RwLock<Option<Abilities>>>,
    pub(super) class: StorageClass,
}

impl BucketPlace {
    /// Takes a client as the way to a store. Asks nothing yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, abilities: Arc::default(), class: StorageClass::default() }
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
