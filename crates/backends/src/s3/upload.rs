//! An object whose length is known only when it has been written: small ones by one request, others in parts.

use std::io::{self, Write};

use super::body::Content;
use super::multipart::Part;
use super::{Client, Condition, Failure, OBJECT_BYTES_MAX, PARTS_MAX, S3Error, SINGLE_PUT_MAX};

/// Parts of the first size; those after them are larger, so that 10,000 parts reach far enough.
const SMALL_PARTS: usize = 256;
/// Bytes of the parts after those. It is what one writer holds in memory at the most.
const LARGE_PART_BYTES: u64 = 64 << 20;
/// Bytes that one writer can bring at the most: some 610 GiB.
pub const UPLOAD_BYTES_MAX: u64 =
    SMALL_PARTS as u64 * SINGLE_PUT_MAX + (PARTS_MAX - SMALL_PARTS as u64) * LARGE_PART_BYTES;

/// A writer of one object. Nothing is there before [`Upload::finish`]; dropped before, it gives up what it began.
#[derive(Debug)]
pub struct Upload {
    client: Client,
    key: String,
    buffer: Vec<u8>,
    id: Option<String>,
    parts: Vec<Part>,
    written_bytes: u64,
}

impl Upload {
    /// Begins to write an object. Sends nothing yet.
    #[must_use]
    pub fn new(client: &Client, key: String) -> Self {
        Self { client: client.clone(), key, buffer: Vec::new(), id: None, parts: Vec::new(), written_bytes: 0 }
    }

    /// Sends what is left, and puts the object in its place. Returns its entity tag.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub fn finish(mut self, condition: Condition<'_>) -> Result<String, S3Error> {
        self.complete(condition)
    }

    /// Puts the object in its place unless something is there; where the server knows no such condition, whatever is there:
    /// then look before. Returns its entity tag.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub fn finish_if_absent(mut self) -> Result<String, S3Error> {
        match self.complete(Condition::Absent) {
            Err(error) if error.failure.is_unknown_to_server() => self.complete(Condition::Always),
            other => other,
        }
    }

    fn complete(&mut self, condition: Condition<'_>) -> Result<String, S3Error> {
        let Some(id) = self.id.clone() else {
            return self.client.put_at_once(&self.key, Content::Bytes(&self.buffer), condition);
        };
        if !self.buffer.is_empty() {
            self.send(&id)?;
        }
        let etag = self.client.complete_upload(&self.key, &id, &self.parts, condition)?;
        self.id = None;
        Ok(etag)
    }

    fn part_bytes(&self) -> u64 {
        if self.parts.len() < SMALL_PARTS { SINGLE_PUT_MAX } else { LARGE_PART_BYTES }
    }

    fn send(&mut self, id: &str) -> Result<(), S3Error> {
        let number = self.parts.len() as u64 + 1;
        self.parts.push(self.client.put_part(&self.key, id, number, Content::Bytes(&self.buffer))?);
        self.buffer.clear();
        Ok(())
    }

    fn send_full(&mut self) -> Result<(), S3Error> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => self.id.insert(self.client.begin_upload(&self.key)?).clone(),
        };
        self.send(&id)
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written_bytes += bytes.len() as u64;
        if self.written_bytes > OBJECT_BYTES_MAX {
            let failure = Failure::TooLarge(self.written_bytes);
            return Err(io::Error::other(self.client.error("PutObject", &self.key, failure)));
        }
        if self.buffer.len() as u64 >= self.part_bytes() {
            self.send_full().map_err(io::Error::other)?;
        }
        let room = usize::try_from(self.part_bytes()).unwrap_or(usize::MAX) - self.buffer.len();
        let taken = bytes.len().min(room);
        self.buffer.extend_from_slice(&bytes[..taken]);
        self.written_bytes -= (bytes.len() - taken) as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.client.abort_quietly(&self.key, &id);
        }
    }
}
