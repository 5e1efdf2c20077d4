//! PutObject: one request that writes a whole object, proven on arrival by its digest.

use digests::Algorithm;
use rusty_s3::Method;

use super::base64::base64;
use super::body::Content;
use super::client::Request;
use super::{Client, Failure, OBJECT_BYTES_MAX, S3Error, SINGLE_PUT_MAX};

/// On what condition an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// On none: what is there is replaced.
    Always,
    /// That nothing is there.
    Absent,
    /// That what is there has this entity tag.
    Is(&'a str),
}

impl Condition<'_> {
    /// Adds its header; both names come before all that begin with x.
    pub(super) fn add_to(self, headers: &mut Vec<(&'static str, String)>) {
        match self {
            Self::Always => {}
            Self::Absent => headers.push(("if-none-match", "*".to_owned())),
            Self::Is(etag) => headers.push(("if-match", etag.to_owned())),
        }
    }
}

impl Client {
    /// Writes an object, whatever its size. Returns its entity tag.
    ///
    /// # Errors
    /// `Precondition` when the condition does not hold; the server refuses or cannot be reached; the content ends too
    /// early or is too large. Then nothing is there that was not there before.
    pub fn put(&self, key: &str, content: Content<'_>, condition: Condition<'_>) -> Result<String, S3Error> {
        let length_bytes = content.length_bytes();
        match content {
            _ if length_bytes > OBJECT_BYTES_MAX => Err(self.error("PutObject", key, Failure::TooLarge(length_bytes))),
            Content::Stretch { file, offset_bytes, .. } if length_bytes > SINGLE_PUT_MAX => {
                self.put_in_parts(key, (file, offset_bytes, length_bytes), condition)
            }
            _ => self.put_at_once(key, content, condition),
        }
    }

    /// Writes an object by one request, which takes up to 5 GiB.
    pub(super) fn put_at_once(
        &self,
        key: &str,
        content: Content<'_>,
        condition: Condition<'_>,
    ) -> Result<String, S3Error> {
        let digest = self.digest(&content).map_err(|failure| self.error("PutObject", key, failure))?;
        self.put_claiming(key, content, condition, digest)
    }

    fn put_claiming(
        &self,
        key: &str,
        content: Content<'_>,
        condition: Condition<'_>,
        (header, digest): (&'static str, String),
    ) -> Result<String, S3Error> {
        let request = claiming(key, content, condition, (header, digest));
        let answer = self.ask(&request)?;
        Ok(etag_of(&answer.headers))
    }

    /// Writes an object by one try and claims that its digest is this one, to see what the server makes of it.
    pub(crate) fn put_once_claiming(
        &self,
        key: &str,
        content: Content<'_>,
        digest: (&'static str, String),
    ) -> Result<String, S3Error> {
        let answer = self.ask_once(&claiming(key, content, Condition::Always, digest))?;
        Ok(etag_of(&answer.headers))
    }

    /// Returns by which header a content is proven on arrival, and the algorithm of the digest in it.
    pub(super) fn digest_kind(&self) -> (&'static str, Algorithm) {
        if self.sends_sha256() { (SHA256, Algorithm::Sha256) } else { (MD5, Algorithm::Md5) }
    }

    /// Returns the header by which a content is proven on arrival.
    pub(super) fn digest(&self, content: &Content<'_>) -> Result<(&'static str, String), Failure> {
        let (header, algorithm) = self.digest_kind();
        Ok((header, base64(content.digest(algorithm)?.as_bytes())))
    }
}

fn claiming<'a>(
    key: &'a str,
    content: Content<'a>,
    condition: Condition<'_>,
    (header, digest): (&'static str, String),
) -> Request<'a> {
    let mut headers = Vec::new();
    condition.add_to(&mut headers);
    headers.push((header, digest));
    headers.sort();
    Request { operation: "PutObject", method: Method::Put, key, query: Vec::new(), headers, body: content }
}

/// The headers of digests.
pub(super) const SHA256: &str = "x-amz-checksum-sha256";
pub(super) const MD5: &str = "content-md5";

/// Returns the entity tag of an answer; empty when there is none.
pub(super) fn etag_of(headers: &ureq::http::HeaderMap) -> String {
    headers.get("etag").and_then(|etag| etag.to_str().ok()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{BucketAddress, CredentialSource, Credentials, Endpoint, Patience};
    use super::*;

    /// Nobody listens there: what is asked of it fails otherwise than what is tested.
    fn client() -> Client {
        let address = BucketAddress { bucket: "vault".to_owned(), prefix: String::new() };
        let endpoint =
            Endpoint { url: Some("http://127.0.0.1:1".to_owned()), region: "us-east-1".to_owned(), path_style: true };
        let text = |text: &str| text.to_owned();
        let credentials = Credentials { key_id: text("a"), secret: text("b"), token: None, origin: text("the test") };
        let patience = Patience { tries_max: 1, ..Patience::default() };
        Client::new(address, &endpoint, CredentialSource::Given(credentials), jiff::Timestamp::now, patience)
            .expect("it is an address")
    }

    #[test]
    fn what_is_larger_than_an_object_may_be_is_refused_with_advice_before_anything_is_sent() {
        let file = tempfile::tempfile().expect("there is room");
        // A hole: it takes no room.
        file.set_len(OBJECT_BYTES_MAX + 1).expect("the file system has such files");
        let content = Content::Stretch { file: &file, offset_bytes: 0, length_bytes: OBJECT_BYTES_MAX + 1 };
        let refused = client().put("a", content, Condition::Always).expect_err("it is too large");
        assert!(matches!(refused.failure, Failure::TooLarge(bytes) if bytes == OBJECT_BYTES_MAX + 1), "{refused}");
        assert!(refused.to_string().contains("split the file before it is deposited"), "{refused}");
    }
}
