//! HeadObject: whether something is there, how long it is, and what tells it from what was there before.

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
            Ok((length.and_then(|length| length.parse().ok()), etag_of(response.headers())))
        });
        match taken {
            Ok((Some(size_bytes), etag)) => Ok(Some(Head { size_bytes, etag })),
            Ok((None, _)) => Err(self.error("HeadObject", key, Failure::Strange("it has no length".to_owned()))),
            Err(S3Error { failure: Failure::NoKey, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
