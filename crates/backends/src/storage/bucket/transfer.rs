//! A document that goes from the workspace to its place: S3 knows no renames, so that it is read, written and compared.

use std::io;

use crate::s3::{Condition, Content, Failure, S3Error, Upload};
use crate::storage::{StorageError, compare};

use super::BucketStore;
use super::document::Document;
use super::fault::of_io;

/// How often a document is written that is found to be another afterwards.
const TRIES_MAX: u32 = 3;

/// What must be so for a document to be put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Onto<'a> {
    /// Nothing is there.
    Nothing,
    /// What is there has this entity tag.
    Known(&'a str),
    /// Whatever is there is replaced.
    Anything,
}

/// What a transfer found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transferred {
    /// It was written.
    Now,
    /// The same bytes were there already.
    Earlier,
}

impl BucketStore {
    /// Puts a document in its place and reads it there. `Conflict` when something else is there, or comes.
    pub(super) fn transfer(
        &self,
        source: &Document,
        target: &str,
        onto: Onto<'_>,
    ) -> Result<Transferred, StorageError> {
        let mut written = match self.put_from(source, target, onto) {
            Ok(etag) => etag,
            // There already; or an answer that was lost on its way made the next try meet its own work.
            Err(StorageError::Conflict { .. }) if self.lies_at(source, target)? => return Ok(Transferred::Earlier),
            Err(error) => return Err(error),
        };
        for _ in 1..TRIES_MAX {
            if self.lies_at(source, target)? {
                return Ok(Transferred::Now);
            }
            // A byte was changed on the way from the workspace to us: what we wrote ourselves is written again.
            written = self.put_from(source, target, Onto::Known(&written))?;
        }
        if self.lies_at(source, target)? {
            return Ok(Transferred::Now);
        }
        Err(StorageError::damaged(&self.path_of(target), "it is not what was written, each time it was written"))
    }

    fn put_from(&self, source: &Document, target: &str, onto: Onto<'_>) -> Result<String, StorageError> {
        let condition = self.condition(target, onto)?;
        if let Some(held) = &source.held {
            return Ok(self.client().put(&self.key(target)?, Content::Bytes(held), condition)?);
        }
        let mut file = self.open_file(&source.name)?;
        let mut upload = Upload::new(self.client(), self.key(target)?);
        io::copy(&mut file, &mut upload).map_err(|error| of_io(error, self.path_of(target)))?;
        Ok(upload.finish(condition)?)
    }

    /// Returns the condition that the bucket is asked to hold; where it cannot, looks whether it holds now. Then the lease
    /// of the work item keeps another writer away.
    fn condition<'a>(&self, target: &str, onto: Onto<'a>) -> Result<Condition<'a>, StorageError> {
        let refuse = |because: &str| Err(StorageError::conflict(&self.path_of(target), because));
        match onto {
            Onto::Anything => Ok(Condition::Always),
            Onto::Nothing if self.abilities().put_if_absent => Ok(Condition::Absent),
            Onto::Known(etag) if self.abilities().put_if_same => Ok(Condition::Is(etag)),
            Onto::Nothing | Onto::Known(_) => {
                let there = self.client().head(&self.key(target)?)?;
                match (onto, there) {
                    (Onto::Known(etag), Some(head)) if head.etag == etag => Ok(Condition::Always),
                    (Onto::Nothing, None) => Ok(Condition::Always),
                    _ => refuse("another writer has put something else there"),
                }
            }
        }
    }

    /// Compares two files by reading them; `false` when either is missing.
    pub(super) fn same_bytes(&self, one: &str, two: &str) -> Result<bool, StorageError> {
        let open = |name: &str| match self.client().open(&self.key(name)?) {
            Ok(reading) => Ok(Some(reading)),
            Err(S3Error { failure: Failure::NoKey, .. }) => Ok(None),
            Err(error) => Err(StorageError::from(error)),
        };
        // A byte that flips on its way must not look like another document: what differs is read twice.
        for _ in 0..2 {
            let (Some(mut first), Some(mut second)) = (open(one)?, open(two)?) else { return Ok(false) };
            if first.size_bytes() != second.size_bytes() {
                return Ok(false);
            }
            if compare::same(&mut first, &mut second).map_err(|error| of_io(error, self.path_of(two)))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
