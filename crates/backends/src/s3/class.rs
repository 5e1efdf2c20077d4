//! How a bucket keeps an object: its class of storage, asked for and changed by a copy of the object onto itself.

use jiff::Timestamp;
use model::StorageClass;
use rusty_s3::Method;

use super::base64::base64;
use super::body::Content;
use super::client::{Request, Response};
use super::copy::Origin;
use super::put::etag_of;
use super::{Client, Condition, Failure, S3Error};

/// Bytes that one request copies at the most, by the definition of S3.
const COPY_BYTES_MAX: u64 = 5 << 30;
/// Bytes of each part of a larger copy: few enough parts for 5 TiB.
const PART_BYTES: u64 = 1 << 30;
/// The class of an answer that names none.
const USUAL: &str = "STANDARD";

/// How far a frozen object has come on its way to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thaw {
    /// It need not thaw: its class is read at once.
    NotNeeded,
    /// Nobody has asked for it.
    Frozen,
    /// It was asked for and cannot be read yet.
    UnderWay,
    /// It is read until then; for ever where the server names no end.
    Until(Option<Timestamp>),
}

/// How an object is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its length.
    pub size_bytes: u64,
    /// Its entity tag.
    pub etag: String,
    /// Its class, as the server calls it.
    pub class: String,
    /// Whether it can be read.
    pub thaw: Thaw,
    /// The sha256 of all its bytes that the server has kept since they arrived, in base64. Of what came in parts there is none.
    pub sha256: Option<String>,
}

impl Kept {
    /// Returns how a file is kept that is on a disk of this machine.
    #[must_use]
    pub fn at_hand(size_bytes: u64) -> Self {
        Self { size_bytes, etag: String::new(), class: USUAL.to_owned(), thaw: Thaw::NotNeeded, sha256: None }
    }

    /// Says whether it can be read now, as far as the server says.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        matches!(self.thaw, Thaw::NotNeeded | Thaw::Until(_))
    }

    /// Says whether it can be read now and will be until a time.
    #[must_use]
    pub fn is_readable_until(&self, until: Timestamp) -> bool {
        match self.thaw {
            Thaw::NotNeeded | Thaw::Until(None) => true,
            Thaw::Until(Some(end)) => end >= until,
            Thaw::Frozen | Thaw::UnderWay => false,
        }
    }

    /// Says whether the checksum that the server keeps is this sha256; `None` when it keeps none of the whole.
    #[must_use]
    pub fn has_sha256(&self, sha256: &[u8]) -> Option<bool> {
        self.sha256.as_ref().map(|kept| *kept == base64(sha256))
    }

    fn of(response: &Response) -> Option<Self> {
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let class = header("x-amz-storage-class").unwrap_or(USUAL);
        let is_frozen = StorageClass::from_name(class).is_some_and(StorageClass::is_frozen)
            // What intelligent tiering has put away.
            || header("x-amz-archive-status").is_some();
        let thaw = match header("x-amz-restore") {
            _ if !is_frozen => Thaw::NotNeeded,
            None => Thaw::Frozen,
            Some(text) if text.contains("ongoing-request=\"true\"") => Thaw::UnderWay,
            Some(text) => Thaw::Until(expiry(text)),
        };
        let sha256 = header("x-amz-checksum-sha256").filter(|text| !text.contains('-')).map(str::to_owned);
        Some(Self {
            size_bytes: header("content-length")?.parse().ok()?,
            etag: etag_of(response.headers()),
            class: class.to_owned(),
            thaw,
            sha256,
        })
    }
}

/// Reads `ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"`.
fn expiry(text: &str) -> Option<Timestamp> {
    let date = text.split("expiry-date=\"").nth(1)?.split('"').next()?;
    jiff::fmt::rfc2822::parse(date).ok().map(|date| date.timestamp())
}

impl Client {
    /// Asks how an object is kept; `None` when it is not there.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    pub fn kept(&self, key: &str) -> Result<Option<Kept>, S3Error> {
        let request = Request {
            operation: "HeadObject",
            method: Method::Head,
            key,
            query: Vec::new(),
            headers: vec![("x-amz-checksum-mode", "ENABLED".to_owned())],
            body: Content::NONE,
        };
        match self.begin(&request, |response| Kept::of(&response).ok_or_else(|| "it has no length".to_owned())) {
            Ok(kept) => Ok(Some(kept)),
            Err(S3Error { failure: Failure::NoKey, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts an object into a class by copying it onto itself, in the bucket; its bytes do not come here.
    ///
    /// # Errors
    /// `Precondition` when it is another one by now; `Frozen`; the server refuses or cannot be reached.
    pub fn put_in_class(&self, key: &str, class: StorageClass, kept: &Kept) -> Result<(), S3Error> {
        self.put_in_class_by(key, class, kept, (COPY_BYTES_MAX, PART_BYTES))
    }

    pub(crate) fn put_in_class_by(
        &self,
        key: &str,
        class: StorageClass,
        kept: &Kept,
        (whole_max, part_bytes): (u64, u64),
    ) -> Result<(), S3Error> {
        if kept.size_bytes > whole_max {
            return self.copy_in_parts(key, class, kept, part_bytes);
        }
        let mut headers = Vec::new();
        if self.copies_with_sha256() {
            // What came in parts has a sha256 of the whole from then on, for those who look at it while it is frozen.
            headers.push(("x-amz-checksum-algorithm", "SHA256".to_owned()));
        }
        headers.extend(self.itself(key, kept).named());
        headers.push(("x-amz-storage-class", class.name().to_owned()));
        self.ask(&request("CopyObject", Method::Put, key, Vec::new(), headers)).map(drop)
    }

    fn itself<'a>(&'a self, key: &'a str, kept: &'a Kept) -> Origin<'a> {
        Origin { bucket: &self.address().bucket, key, etag: &kept.etag, offset_bytes: 0, length_bytes: kept.size_bytes }
    }

    fn copy_in_parts(&self, key: &str, class: StorageClass, kept: &Kept, size: u64) -> Result<(), S3Error> {
        let upload = self.begin_upload_with(key, vec![("x-amz-storage-class", class.name().to_owned())])?;
        let copy = |number, (offset_bytes, length_bytes)| {
            let stretch = Origin { offset_bytes, length_bytes, ..self.itself(key, kept) };
            self.copy_part((key, &upload), number, stretch)
        };
        self.in_parts((key, &upload), (kept.size_bytes, size), Condition::Always, copy).map(drop)
    }
}

fn request<'a>(
    operation: &'static str,
    method: Method,
    key: &'a str,
    query: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
) -> Request<'a> {
    Request { operation, method, key, query, headers, body: Content::NONE }
}

#[cfg(test)]
mod tests {
    use super::{COPY_BYTES_MAX, PART_BYTES, expiry};
    use crate::s3::{OBJECT_BYTES_MAX, PARTS_MAX};

    #[test]
    fn the_end_of_a_thaw_is_read() {
        let text = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029 00:00:00 GMT\"";
        assert_eq!(expiry(text).map(|end| end.to_string()).as_deref(), Some("2029-12-21T00:00:00Z"));
        assert_eq!(expiry("ongoing-request=\"true\""), None);
    }

    #[test]
    fn the_largest_object_is_copied_in_few_enough_parts() {
        assert!(OBJECT_BYTES_MAX.div_ceil(PART_BYTES) <= PARTS_MAX && PART_BYTES <= COPY_BYTES_MAX);
    }
}
