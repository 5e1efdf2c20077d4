//! Members of a deposit that is itself in a bucket: copied by the server where it does that, else sent through us.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::PoisonError;

use crate::s3::{COPY_BYTES_MIN, Condition, Content, Failure, OBJECT_BYTES_MAX, Origin, S3Error, Upload};
use crate::storage::{DepositObject, StorageError};

use super::BucketDraft;
use super::fault::of_io;

/// Bytes of a member that are held in memory at once, in order to be sent by one request; many are on their way at a time.
const HELD_BYTES_MAX: u64 = 4 << 20;

impl BucketDraft {
    /// Puts a stretch of a deposit under a key. What the server copied has passed no digest of ours on its way; like all
    /// content, it is read back before the commit.
    pub(super) fn send_from_deposit(
        &self,
        key: &str,
        (object, offset_bytes, length_bytes): (&DepositObject, u64, u64),
        condition: Condition<'_>,
    ) -> Result<(), StorageError> {
        if length_bytes > OBJECT_BYTES_MAX {
            let path = PathBuf::from(format!("s3://{}/{key}", self.store.client().address().bucket));
            return Err(StorageError::TooLarge { path, because: Failure::TooLarge(length_bytes).to_string() });
        }
        let stretch = (object, offset_bytes, length_bytes);
        if self.is_for_the_server(object, length_bytes) && self.copy_within(key, stretch, condition)? {
            return Ok(());
        }
        if length_bytes <= HELD_BYTES_MAX {
            return self.send_held(key, stretch, condition);
        }
        // One at a time: each holds a part in memory.
        let _one = self.streaming.lock().unwrap_or_else(PoisonError::into_inner);
        let mut upload = Upload::new(self.store.client(), key.to_owned());
        let sent = io::copy(&mut object.stretch(offset_bytes, length_bytes), &mut upload);
        let seen_bytes = sent.map_err(|error| self.unread(key, error))?;
        self.all_of(key, seen_bytes, length_bytes)?;
        upload.finish(condition)?;
        Ok(())
    }

    fn is_for_the_server(&self, object: &DepositObject, length_bytes: u64) -> bool {
        let place = self.store.place();
        length_bytes >= COPY_BYTES_MIN && self.store.abilities().range_copy && place.may_copy_from(&object.client)
    }

    /// Has the server copy; `false` when it does not do that for us.
    fn copy_within(
        &self,
        key: &str,
        (object, offset_bytes, length_bytes): (&DepositObject, u64, u64),
        condition: Condition<'_>,
    ) -> Result<bool, StorageError> {
        let (bucket, source) = (object.address.bucket(), object.address.key());
        let origin = Origin { bucket, key: source, etag: &object.fingerprint.etag, offset_bytes, length_bytes };
        match self.store.client().copy_stretch(key, origin, condition) {
            Ok(_) => Ok(true),
            // Which of the two has changed, the deposit tells.
            Err(S3Error { failure: Failure::Precondition | Failure::NoKey, .. }) if !object.is_unchanged()? => {
                Err(object.replaced())
            }
            Err(error) if error.failure.is_no_copy() => {
                tracing::warn!(%error, "the server copies nothing from this bucket for us: the bytes go through this process");
                self.store.place().copy_no_more_from(&object.client);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn send_held(
        &self,
        key: &str,
        (object, offset_bytes, length_bytes): (&DepositObject, u64, u64),
        condition: Condition<'_>,
    ) -> Result<(), StorageError> {
        let mut bytes = Vec::with_capacity(usize::try_from(length_bytes).unwrap_or(0));
        let read = object.stretch(offset_bytes, length_bytes).read_to_end(&mut bytes);
        read.map_err(|error| self.unread(key, error))?;
        self.all_of(key, bytes.len() as u64, length_bytes)?;
        self.store.client().put(key, Content::Bytes(&bytes), condition)?;
        Ok(())
    }

    fn all_of(&self, key: &str, seen_bytes: u64, expected_bytes: u64) -> Result<(), StorageError> {
        if seen_bytes == expected_bytes {
            return Ok(());
        }
        Err(StorageError::SourceShort { path: PathBuf::from(key), expected_bytes, seen_bytes })
    }

    /// Says what broke: the reading of the deposit, or the writing of the store.
    fn unread(&self, key: &str, error: io::Error) -> StorageError {
        match error.downcast::<S3Error>() {
            Ok(error) => error.into(),
            Err(error) => of_io(error, PathBuf::from(key)),
        }
    }
}
