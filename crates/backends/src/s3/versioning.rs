//! GetBucketVersioning: whether the bucket keeps what is deleted.

use rusty_s3::Method;

use super::body::Content;
use super::client::Request;
use super::xml::Document;
use super::{Client, Failure, S3Error};

impl Client {
    /// Says whether what is deleted or replaced may stay as an old version. A server that does not know versions keeps none;
    /// a bucket whose versioning was suspended keeps those of the time before.
    ///
    /// # Errors
    /// The server refuses or cannot be reached.
    pub fn keeps_versions(&self) -> Result<bool, S3Error> {
        let request = Request {
            operation: "GetBucketVersioning",
            method: Method::Get,
            key: "",
            query: vec![("versioning", String::new())],
            headers: Vec::new(),
            body: Content::NONE,
        };
        let answer = match self.ask(&request) {
            Err(error) if error.failure.is_unknown_to_server() => return Ok(false),
            other => other?,
        };
        let strange = |because| self.error("GetBucketVersioning", "", Failure::Strange(because));
        let document = Document::read(&answer.body).map_err(strange)?;
        Ok(document.top.get("Status").is_some_and(|status| status == "Enabled" || status == "Suspended"))
    }
}

#[cfg(test)]
impl Client {
    /// Makes the bucket, as tests must.
    pub(crate) fn make_bucket(&self) -> Result<(), S3Error> {
        let request = Request {
            operation: "CreateBucket",
            method: Method::Put,
            key: "",
            query: Vec::new(),
            headers: Vec::new(),
            body: Content::NONE,
        };
        self.ask(&request).map(drop)
    }

    /// Has the bucket keep old versions from now on.
    pub(crate) fn keep_versions(&self) -> Result<(), S3Error> {
        let text = b"<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Status>Enabled</Status></VersioningConfiguration>";
        let request = Request {
            operation: "PutBucketVersioning",
            method: Method::Put,
            key: "",
            query: vec![("versioning", String::new())],
            headers: Vec::new(),
            body: Content::Bytes(text),
        };
        self.ask(&request).map(drop)
    }
}
