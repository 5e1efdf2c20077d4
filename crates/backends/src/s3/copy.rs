//! UploadPartCopy: a stretch of one object becomes another object, and its bytes never leave the server.

use rusty_s3::Method;

use super::body::Content;
use super::client::Request;
use super::multipart::Part;
use super::xml::Document;
use super::{Client, Condition, Failure, OBJECT_BYTES_MAX, PARTS_MAX, S3Error};

/// What is shorter is not copied by the server: S3 takes no smaller range of a small object, and a put costs less.
pub const COPY_BYTES_MIN: u64 = 5 << 20;
/// Bytes of one part. A server answers when it has copied them, and must do so within the patience of a request.
const PART_BYTES: u64 = 256 << 20;

/// A stretch of an object of the same server.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The whole key.
    pub key: &'a str,
    /// What it must still be; empty where the server told none.
    pub etag: &'a str,
    /// Where the stretch begins.
    pub offset_bytes: u64,
    /// How long it is.
    pub length_bytes: u64,
}

impl Origin<'_> {
    /// Names the object, as long as it is still the one that was looked at.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, String)> {
        let source = ("x-amz-copy-source", format!("/{}/{}", self.bucket, encoded(self.key)));
        let is_known = (!self.etag.is_empty()).then(|| ("x-amz-copy-source-if-match", self.etag.to_owned()));
        [source].into_iter().chain(is_known)
    }
}

impl Client {
    /// Has the server make an object of a stretch of another. What was copied has passed no checksum of ours: read it back.
    ///
    /// # Errors
    /// `Precondition` when the origin has changed, or the condition does not hold; `NoKey` when the origin is gone; the
    /// server refuses, does not know how, or cannot be reached. Then nothing is there that was not there before.
    pub fn copy_stretch(&self, key: &str, origin: Origin<'_>, condition: Condition<'_>) -> Result<String, S3Error> {
        if origin.length_bytes > OBJECT_BYTES_MAX {
            return Err(self.error("UploadPartCopy", key, Failure::TooLarge(origin.length_bytes)));
        }
        let upload = self.begin_upload_with(key, Vec::new())?;
        let size = PART_BYTES.max(origin.length_bytes.div_ceil(PARTS_MAX).next_multiple_of(1 << 20));
        let copy = |number, (place, length_bytes)| {
            let stretch = Origin { offset_bytes: origin.offset_bytes + place, length_bytes, ..origin };
            self.copy_part((key, &upload), number, stretch)
        };
        self.in_parts((key, &upload), (origin.length_bytes, size), condition, copy)
    }

    pub(super) fn copy_part(
        &self,
        (key, upload): (&str, &str),
        number: u64,
        origin: Origin<'_>,
    ) -> Result<Part, S3Error> {
        let (first, last) = (origin.offset_bytes, origin.offset_bytes + origin.length_bytes - 1);
        let request = Request {
            operation: "UploadPartCopy",
            method: Method::Put,
            key,
            query: vec![("partNumber", number.to_string()), ("uploadId", upload.to_owned())],
            headers: origin.named().chain([("x-amz-copy-source-range", format!("bytes={first}-{last}"))]).collect(),
            body: Content::NONE,
        };
        let answer = self.ask(&request)?;
        let strange = |because| self.error("UploadPartCopy", key, Failure::Strange(because));
        let mut document = Document::read(&answer.body).map_err(strange)?;
        let etag = document.top.remove("ETag").ok_or_else(|| strange("it names no part".to_owned()))?;
        Ok(Part { number, etag, sha256: None })
    }
}

impl Failure {
    /// Says whether a server that copies nothing for us may answer so: then the bytes can go through us.
    #[must_use]
    pub fn is_no_copy(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Answer { .. } | Self::Strange(_))
    }
}

/// Writes a key as it stands in the address of an object.
fn encoded(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_key_is_encoded_byte_by_byte() {
        assert_eq!(encoded("a/b c%2F+\u{e9}.tar"), "a/b%20c%252F%2B%C3%A9.tar");
    }
}
