//! DeleteObjects: the removal of many keys at once; of each alone where the server knows no other way.

use digests::Algorithm;
use rusty_s3::Method;

use super::base64::base64;
use super::body::Content;
use super::client::Request;
use super::put::MD5;
use super::xml::{Document, Record, escaped};
use super::{Client, Failure, S3Error};

/// Keys that one request removes at the most.
pub const KEYS_AT_ONCE: usize = 1000;

impl Client {
    /// Removes keys; one that is not there is well.
    ///
    /// # Errors
    /// The server refuses or cannot be reached; some may be gone then.
    pub fn delete(&self, keys: &[String]) -> Result<(), S3Error> {
        if let [one] = keys {
            return self.delete_one(one);
        }
        for some in keys.chunks(KEYS_AT_ONCE) {
            match self.delete_some(some) {
                Err(error) if error.failure.is_unknown_to_server() => {
                    some.iter().try_for_each(|key| self.delete_one(key))?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// Removes an object on condition that it has this entity tag; where the server knows no such condition, without it.
    ///
    /// # Errors
    /// `Precondition` when another is there; the server refuses or cannot be reached.
    pub fn delete_same(&self, key: &str, etag: &str) -> Result<(), S3Error> {
        match self.delete_when(key, vec![("if-match", etag.to_owned())]) {
            Err(error) if error.failure.is_unknown_to_server() => self.delete_one(key),
            other => other,
        }
    }

    /// Removes all keys below a prefix.
    ///
    /// # Errors
    /// As [`Client::delete`].
    pub fn delete_below(&self, prefix: &str) -> Result<(), S3Error> {
        self.delete_below_but(prefix, "")
    }

    /// The same, except one key.
    ///
    /// # Errors
    /// As [`Client::delete`].
    pub fn delete_below_but(&self, prefix: &str, stays: &str) -> Result<(), S3Error> {
        let mut keys = Vec::new();
        for listed in self.list(prefix, None) {
            let key = listed?.key;
            if key == stays {
                continue;
            }
            keys.push(key);
            if keys.len() == KEYS_AT_ONCE {
                self.delete(&keys)?;
                keys.clear();
            }
        }
        self.delete(&keys)
    }

    fn delete_one(&self, key: &str) -> Result<(), S3Error> {
        self.delete_when(key, Vec::new())
    }

    fn delete_when(&self, key: &str, headers: Vec<(&'static str, String)>) -> Result<(), S3Error> {
        let request = Request {
            operation: "DeleteObject",
            method: Method::Delete,
            key,
            query: Vec::new(),
            headers,
            body: Content::NONE,
        };
        match self.ask(&request) {
            Ok(_) | Err(S3Error { failure: Failure::NoKey, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn delete_some(&self, keys: &[String]) -> Result<(), S3Error> {
        let mut text = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>".to_owned();
        for key in keys {
            text.push_str(&format!("<Object><Key>{}</Key></Object>", escaped(key)));
        }
        text.push_str("</Delete>");
        let body = Content::Bytes(text.as_bytes());
        let fail = |failure| self.error("DeleteObjects", keys.first().map_or("", String::as_str), failure);
        // Every server knows the older digest here, and some know no other.
        let digest = base64(body.digest(Algorithm::Md5).map_err(fail)?.as_bytes());
        let request = Request {
            operation: "DeleteObjects",
            method: Method::Post,
            key: "",
            query: vec![("delete", String::new())],
            headers: vec![(MD5, digest)],
            body,
        };
        let answer = self.ask(&request)?;
        let document = Document::read(&answer.body).map_err(|because| fail(Failure::Strange(because)))?;
        // That one is not there is well, whatever a server says of it.
        let is_fault = |record: &&(String, Record)| {
            record.0 == "Error" && record.1.get("Code").is_none_or(|code| code != "NoSuchKey")
        };
        let Some((_, record)) = document.records.iter().find(is_fault) else { return Ok(()) };
        let get = |name: &str| record.get(name).cloned().unwrap_or_default();
        let failure = Failure::Answer { status: 200, code: get("Code"), message: get("Message") };
        Err(self.error("DeleteObjects", &get("Key"), failure))
    }
}
