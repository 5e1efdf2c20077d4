//! Uploads in parts: what is too large for one request.

use std::fs::File;

use jiff::{SignedDuration, Timestamp};
use rusty_s3::Method;

use crate::map_at_once;

use super::body::Content;
use super::client::Request;
use super::part_digests::PartDigests;
use super::put::{SHA256, etag_of};
use super::xml::{Document, Record, escaped};
use super::{Client, Condition, Failure, S3Error};

/// Bytes that are sent by one request at the most; what is larger goes in parts.
pub const SINGLE_PUT_MAX: u64 = 16 << 20;
/// Bytes of one object at the most, by the definition of S3.
pub const OBJECT_BYTES_MAX: u64 = 5 << 40;
/// Parts of one upload at the most.
pub const PARTS_MAX: u64 = 10_000;
/// Parts of one upload that are sent at once.
const PARTS_AT_ONCE: usize = 4;

/// Returns the length of all parts but the last: whole MiB, and few enough parts.
#[must_use]
pub fn part_bytes(length_bytes: u64) -> u64 {
    length_bytes.div_ceil(PARTS_MAX).next_multiple_of(1 << 20).max(SINGLE_PUT_MAX)
}

/// A part that has arrived.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) number: u64,
    pub(super) etag: String,
    pub(super) sha256: Option<String>,
}

impl Client {
    pub(super) fn put_in_parts(
        &self,
        key: &str,
        (file, offset_bytes, length_bytes): (&File, u64, u64),
        condition: Condition<'_>,
    ) -> Result<String, S3Error> {
        let upload = self.begin_upload(key)?;
        let size = part_bytes(length_bytes);
        let (header, algorithm) = self.digest_kind();
        let digests = PartDigests::new((file, offset_bytes, length_bytes), size, algorithm);
        let send = |number, _| match digests.digest(number) {
            Some(digest) => self.put_part_claiming(key, &upload, number, digests.content(number), (header, digest)),
            None => self.put_part(key, &upload, number, digests.content(number)),
        };
        self.in_parts((key, &upload), (length_bytes, size), condition, send)
    }

    /// Does with each part of an upload what brings it there, some at once, and ends the upload; or gives it up. A part is
    /// told by its number, and where it begins and how long it is.
    pub(super) fn in_parts(
        &self,
        (key, upload): (&str, &str),
        (length_bytes, size): (u64, u64),
        condition: Condition<'_>,
        bring: impl Fn(u64, (u64, u64)) -> Result<Part, S3Error> + Sync,
    ) -> Result<String, S3Error> {
        let one = |place| {
            let length = size.min(length_bytes - place * size);
            // The source ended in this part: what was read before it counts too.
            bring(place + 1, (place * size, length)).map_err(|error| past(error, place * size, length_bytes))
        };
        let parts = map_at_once(0..length_bytes.div_ceil(size), PARTS_AT_ONCE, one);
        let ended = parts.and_then(|parts| self.complete_upload(key, upload, &parts, condition));
        ended.inspect_err(|_| self.abort_quietly(key, upload))
    }

    pub(crate) fn begin_upload(&self, key: &str) -> Result<String, S3Error> {
        let headers =
            if self.sends_sha256() { vec![("x-amz-checksum-algorithm", "SHA256".to_owned())] } else { Vec::new() };
        self.begin_upload_with(key, headers)
    }

    pub(super) fn begin_upload_with(&self, key: &str, headers: Vec<(&'static str, String)>) -> Result<String, S3Error> {
        let request = Request {
            operation: "CreateMultipartUpload",
            method: Method::Post,
            key,
            query: vec![("uploads", String::new())],
            headers,
            body: Content::NONE,
        };
        let answer = self.ask(&request)?;
        let strange = |because| self.error("CreateMultipartUpload", key, Failure::Strange(because));
        let mut document = Document::read(&answer.body).map_err(strange)?;
        document.top.remove("UploadId").ok_or_else(|| strange("it names no upload".to_owned()))
    }

    pub(super) fn put_part(&self, key: &str, upload: &str, number: u64, content: Content<'_>) -> Result<Part, S3Error> {
        let digest = self.digest(&content).map_err(|failure| self.error("UploadPart", key, failure))?;
        self.put_part_claiming(key, upload, number, content, digest)
    }

    fn put_part_claiming(
        &self,
        key: &str,
        upload: &str,
        number: u64,
        content: Content<'_>,
        digest: (&'static str, String),
    ) -> Result<Part, S3Error> {
        let sha256 = Some(digest.1.clone()).filter(|_| digest.0 == SHA256);
        let request = Request {
            operation: "UploadPart",
            method: Method::Put,
            key,
            query: vec![("partNumber", number.to_string()), ("uploadId", upload.to_owned())],
            headers: vec![digest],
            body: content,
        };
        let answer = self.ask(&request)?;
        Ok(Part { number, etag: etag_of(&answer.headers), sha256 })
    }

    pub(super) fn complete_upload(
        &self,
        key: &str,
        upload: &str,
        parts: &[Part],
        condition: Condition<'_>,
    ) -> Result<String, S3Error> {
        let mut text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
        for part in parts {
            let sha256 = part.sha256.as_ref().map(|sha256| format!("<ChecksumSHA256>{sha256}</ChecksumSHA256>"));
            text.push_str(&format!(
                "<Part>{}<ETag>{}</ETag><PartNumber>{}</PartNumber></Part>",
                sha256.unwrap_or_default(),
                escaped(&part.etag),
                part.number
            ));
        }
        text.push_str("</CompleteMultipartUpload>");
        let mut headers = Vec::new();
        condition.add_to(&mut headers);
        let request = Request {
            operation: "CompleteMultipartUpload",
            method: Method::Post,
            key,
            query: vec![("uploadId", upload.to_owned())],
            headers,
            body: Content::Bytes(text.as_bytes()),
        };
        match self.ask(&request) {
            Ok(answer) => {
                let document = Document::read(&answer.body).unwrap_or_default();
                Ok(document.top.get("ETag").cloned().unwrap_or_default())
            }
            // The answer to an earlier try may have been lost: then the upload is no more, and the object is there.
            Err(error) if is_no_upload(&error) => match self.head(key)? {
                Some(head) if head.etag.contains('-') => Ok(head.etag),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Gives up an upload, so that its parts cost nothing more. That it could not be given up is said in the log: the
    /// sweeper tries again.
    pub(crate) fn abort_quietly(&self, key: &str, upload: &str) {
        if let Err(error) = self.abort_upload(key, upload) {
            tracing::warn!(error = %error, "an upload could not be given up; it is tried again later");
        }
    }

    fn abort_upload(&self, key: &str, upload: &str) -> Result<(), S3Error> {
        let request = Request {
            operation: "AbortMultipartUpload",
            method: Method::Delete,
            key,
            query: vec![("uploadId", upload.to_owned())],
            headers: Vec::new(),
            body: Content::NONE,
        };
        match self.ask(&request) {
            Ok(_) => Ok(()),
            Err(error) if is_no_upload(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Gives up uploads that were begun below a prefix and never ended: all, or those that were begun so long ago. Returns
    /// how many; none on a server that does not tell what was begun, where only a life-cycle rule of its own does it.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    pub fn abort_below(&self, prefix: &str, older_than: Option<SignedDuration>) -> Result<u64, S3Error> {
        let (mut aborted, mut before) = (0, Vec::new());
        let until = older_than.map(|age| self.now() - age);
        loop {
            let uploads = match self.uploads_below(prefix, until) {
                Ok(uploads) => uploads,
                // The doctor has told it; said at every sweep, it would only be noise.
                Err(error) if error.failure.is_unknown_to_server() => {
                    tracing::debug!(error = %error, "uploads that were begun cannot be listed, nor given up");
                    return Ok(aborted);
                }
                Err(error) => return Err(error),
            };
            // What was given up is not listed any more, so that the first page is always the next one.
            if uploads.is_empty() || uploads == before {
                return Ok(aborted);
            }
            for (key, upload) in &uploads {
                self.abort_upload(key, upload)?;
                aborted += 1;
            }
            before = uploads;
        }
    }

    /// Gives up all uploads to a key that were begun and never ended, whoever began them. A server that does not list them
    /// is believed to have none.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    pub fn abort_uploads_to(&self, key: &str) -> Result<(), S3Error> {
        let uploads = match self.uploads_below(key, None) {
            Err(error) if error.failure.is_unknown_to_server() => return Ok(()),
            uploads => uploads?,
        };
        uploads.iter().filter(|(of, _)| of == key).try_for_each(|(_, upload)| self.abort_upload(key, upload))
    }

    fn uploads_below(&self, prefix: &str, until: Option<Timestamp>) -> Result<Vec<(String, String)>, S3Error> {
        let request = Request {
            operation: "ListMultipartUploads",
            method: Method::Get,
            key: "",
            query: vec![("prefix", prefix.to_owned()), ("uploads", String::new())],
            headers: Vec::new(),
            body: Content::NONE,
        };
        let answer = self.ask(&request)?;
        let strange = |because| self.error("ListMultipartUploads", prefix, Failure::Strange(because));
        let document = Document::read(&answer.body).map_err(strange)?;
        let is_old = |record: &Record| {
            let begun = record.get("Initiated").and_then(|begun| begun.parse::<Timestamp>().ok());
            until.is_none_or(|until| begun.is_some_and(|begun| begun < until))
        };
        let uploads = document.records.into_iter().filter(|(name, record)| name == "Upload" && is_old(record));
        let pair = uploads.filter_map(|(_, mut record)| Some((record.remove("Key")?, record.remove("UploadId")?)));
        // Not every server heeds the prefix.
        Ok(pair.filter(|(key, _)| key.starts_with(prefix)).collect())
    }
}

fn is_no_upload(error: &S3Error) -> bool {
    matches!(&error.failure, Failure::Answer { code, .. } if code == "NoSuchUpload")
}

fn past(error: S3Error, before_bytes: u64, length_bytes: u64) -> S3Error {
    let failure = match error.failure {
        Failure::Short { seen_bytes, .. } => {
            Failure::Short { expected_bytes: length_bytes, seen_bytes: before_bytes + seen_bytes }
        }
        other => other,
    };
    S3Error { failure, ..error }
}

#[cfg(test)]
mod tests {
    use super::{OBJECT_BYTES_MAX, PARTS_MAX, SINGLE_PUT_MAX, part_bytes};

    #[test]
    fn parts_are_few_enough_and_small_enough_for_every_length() {
        for length in [0, 1, SINGLE_PUT_MAX, SINGLE_PUT_MAX + 1, 156 << 30, 157 << 30, OBJECT_BYTES_MAX] {
            let size = part_bytes(length);
            assert!((5 << 20..=5 << 30).contains(&size), "{length}: {size}");
            assert!(length.div_ceil(size) <= PARTS_MAX, "{length}: {size}");
        }
        assert_eq!(part_bytes(1 << 30), SINGLE_PUT_MAX);
    }
}
