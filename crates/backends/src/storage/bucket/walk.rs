//! A walk over keys, a page of them in memory at a time.

use crate::s3::{Listed, Listing};
use crate::storage::{EntryKind, Found, StorageError};

use super::reader::is_hidden;

/// Yields the files below a prefix, in the order of their keys.
#[derive(Debug)]
pub struct BucketWalk {
    parts: Vec<Part>,
}

/// What lies below one prefix, told with another in its place.
#[derive(Debug)]
struct Part {
    listing: Listing,
    prefix: String,
    told: String,
    hidden: Vec<String>,
}

impl BucketWalk {
    pub(super) fn new(listing: Listing, prefix: String, hidden: Vec<String>) -> Self {
        Self { parts: vec![Part { listing, prefix, told: String::new(), hidden }] }
    }

    /// Leaves out, of what was added last, all that begins so.
    pub(super) fn without(mut self, start: String) -> Self {
        if let Some(part) = self.parts.last_mut() {
            part.hidden.push(start);
        }
        self
    }

    /// Adds what lies below another prefix, to be told first, with `told` in the place of the prefix.
    pub(super) fn and(mut self, listing: Listing, prefix: String, told: String) -> Self {
        self.parts.push(Part { listing, prefix, told, hidden: Vec::new() });
        self
    }
}

impl Part {
    fn found(&self, listed: &Listed) -> Option<Found> {
        let rest = listed.key.strip_prefix(&self.prefix)?;
        // What begins with a dot at the top of a workspace is ours and no file of a draft's.
        let is_own = rest.is_empty() || rest.ends_with('/') || rest.starts_with('.');
        if is_own || is_hidden(&listed.key, &self.hidden) {
            return None;
        }
        let path = format!("{}{rest}", self.told);
        Some(Found { path, kind: EntryKind::File, size_bytes: listed.size_bytes, top: "" })
    }
}

impl Iterator for BucketWalk {
    type Item = Result<Found, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let part = self.parts.last_mut()?;
            match part.listing.next() {
                None => {
                    self.parts.pop();
                }
                Some(Err(error)) => {
                    self.parts.clear();
                    return Some(Err(error.into()));
                }
                Some(Ok(listed)) => {
                    if let Some(found) = part.found(&listed) {
                        return Some(Ok(found));
                    }
                }
            }
        }
    }
}
