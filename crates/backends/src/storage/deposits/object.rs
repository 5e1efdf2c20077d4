//! A deposit that is an object in a bucket, read by ranges.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::{ObjectAddress, ObjectFingerprint};
use crate::s3::{Client, Failure, Reading, S3Error};
use crate::storage::StorageError;

/// A deposit that is open for reading. It is one and the same to the end: no byte of another object is ever given for it.
#[derive(Debug)]
pub struct DepositObject {
    pub(in crate::storage) client: Client,
    pub(in crate::storage) address: ObjectAddress,
    pub(in crate::storage) fingerprint: ObjectFingerprint,
    /// For who reads on from beginning to end, or jumps here and there.
    reading: Mutex<Reading>,
}

/// What a look at the place of a deposit shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is there, and the same.
    Same,
    /// Another is there.
    Changed(ObjectFingerprint),
    /// Nothing is there.
    Gone,
}

impl DepositObject {
    /// Asks what is at the place of a deposit; `None` when nothing is.
    ///
    /// # Errors
    /// `Refused`, `Unreachable`, `StoreGone` when the bucket is not there.
    pub fn fingerprint_of(client: &Client, address: &ObjectAddress) -> Result<Option<ObjectFingerprint>, StorageError> {
        let head = client.head(address.key())?;
        if head.is_none() {
            // The answer to a HEAD has no text: whether the bucket is there at all tells a listing.
            client.list(address.key(), None).next().transpose()?;
        }
        Ok(head.as_ref().map(ObjectFingerprint::of))
    }

    /// Compares what is at the place of a deposit with what was there.
    ///
    /// # Errors
    /// As [`DepositObject::fingerprint_of`].
    pub fn look(client: &Client, address: &ObjectAddress, expected: &ObjectFingerprint) -> Result<Seen, StorageError> {
        Ok(match Self::fingerprint_of(client, address)? {
            None => Seen::Gone,
            Some(seen) if seen == *expected => Seen::Same,
            Some(seen) => Seen::Changed(seen),
        })
    }

    /// Opens the object that has this fingerprint, and reads its first bytes.
    ///
    /// # Errors
    /// `Conflict` when another is there, `Io` when none is; `Refused`, `Unreachable`, `StoreGone`.
    pub fn open(
        client: &Client,
        address: &ObjectAddress,
        fingerprint: &ObjectFingerprint,
    ) -> Result<Self, StorageError> {
        let reading = client.open_same(address.key(), &fingerprint.etag, fingerprint.size_bytes)?;
        let (client, address, fingerprint) = (client.clone(), address.clone(), fingerprint.clone());
        Ok(Self { client, address, fingerprint, reading: Mutex::new(reading) })
    }

    /// Returns where it is.
    #[must_use]
    pub fn address(&self) -> &ObjectAddress {
        &self.address
    }

    /// Returns its length.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.fingerprint.size_bytes
    }

    /// Reads at a place; 0 at the end. Reading on from where the last reading ended is one long request, gone on with when
    /// the connection breaks; each jump is a short one.
    ///
    /// # Errors
    /// It cannot be read, or another has taken its place.
    pub fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        reading.seek(SeekFrom::Start(at))?;
        reading.read(buffer)
    }

    /// Returns a reader of one stretch, with a request of its own; it may end early, where the object does.
    #[must_use]
    pub fn stretch(&self, offset_bytes: u64, length_bytes: u64) -> Reading {
        let length_bytes = length_bytes.min(self.size_bytes().saturating_sub(offset_bytes));
        self.client.open_stretch(self.address.key(), &self.fingerprint.etag, (offset_bytes, length_bytes))
    }

    /// Says whether it is still the same.
    ///
    /// # Errors
    /// As [`DepositObject::fingerprint_of`].
    pub fn is_unchanged(&self) -> Result<bool, StorageError> {
        Ok(Self::look(&self.client, &self.address, &self.fingerprint)? == Seen::Same)
    }

    pub(in crate::storage) fn replaced(&self) -> StorageError {
        let failure = Failure::Precondition;
        let told = S3Error { operation: "UploadPartCopy", place: self.address.to_string(), failure };
        StorageError::SourceUnreadable { path: self.address.path(), source: io::Error::other(told) }
    }
}
