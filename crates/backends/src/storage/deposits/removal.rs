//! The removal of a deposit from a bucket, on condition that it is still the same.

use super::object::Seen;
use super::{DepositObject, ObjectAddress, ObjectFingerprint};
use crate::s3::{Client, Failure, S3Error};
use crate::storage::{Removal, StorageError};

/// Removes an object if it is still the deposit of which the fingerprint was taken.
///
/// It is looked at first, and the removal makes the entity tag its condition. A server that does not heed the condition
/// leaves the moment between the two, in which another would have to be put under the very same key. In a bucket that keeps
/// versions the deposit stays as an old version. Safe to repeat.
///
/// # Errors
/// `Refused`, `Unreachable`, `StoreGone`.
pub fn remove_object_if_same(
    client: &Client,
    address: &ObjectAddress,
    expected: &ObjectFingerprint,
) -> Result<Removal, StorageError> {
    match DepositObject::look(client, address, expected)? {
        Seen::Gone => return Ok(Removal::AlreadyGone),
        Seen::Changed(_) => return Ok(Removal::Changed),
        Seen::Same => {}
    }
    match client.delete_same(address.key(), &expected.etag) {
        Ok(()) => Ok(Removal::Removed),
        Err(S3Error { failure: Failure::Precondition, .. }) => Ok(Removal::Changed),
        Err(error) => Err(error.into()),
    }
}
