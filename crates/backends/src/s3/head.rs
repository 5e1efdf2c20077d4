//! HeadObject: whether something is there, how long it is, and what tells it from what was there before.

use jiff::Timestamp;
use rusty_s3::Method;

use super::body::Content;
use super::client::Request;
use super::put::etag_of;
use super::{Client, Failure, S3Error};

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its length.
    pub size_bytes: u64,
    /// Its entity tag.
    pub etag: String,
    /// When it was written, to the second; `None` when the server does not say.
    pub modified: Option<Timestamp>,
}

impl Client {
    /// Asks for an object's length; `None` when it is not there, or when the bucket is not: the answer has no text that
    /// could tell the two apart.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    pub fn head(&self, key: &str) -> Result<Option<Head>, S3Error> {
        let request = Request {
            operation: "HeadObject",
            method: Method::Head,
            key,
            query: Vec::new(),
            headers: Vec::new(),
            body: Content::NONE,
        };
        let taken = self.begin(&request, |response| {
            let length = response.headers().get("content-length").and_then(|length| length.to_str().ok());
            let modified = response.headers().get("last-modified").and_then(|modified| modified.to_str().ok());
            let modified = modified.and_then(|modified| jiff::fmt::rfc2822::parse(modified).ok());
            let modified = modified.map(|modified| modified.timestamp());
            Ok((length.and_then(|length| length.parse().ok()), etag_of(response.headers()), modified))
        });
        match taken {
            Ok((Some(size_bytes), etag, modified)) => Ok(Some(Head { size_bytes, etag, modified })),
            Ok((None, ..)) => Err(self.error("HeadObject", key, Failure::Strange("it has no length".to_owned()))),
            Err(S3Error { failure: Failure::NoKey, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
