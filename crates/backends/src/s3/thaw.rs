//! RestoreObject: a frozen object is asked for, to be read for some days.

use digests::Algorithm;
use model::ThawTier;
use rusty_s3::Method;

use super::base64::base64;
use super::body::Content;
use super::client::Request;
use super::put::MD5;
use super::{Client, Failure, S3Error};

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It thaws from now on, or stays thawed for longer.
    Now,
    /// It was asked for before, and thaws; or it need not.
    Before,
}

impl Client {
    /// Asks for a frozen object to be thawed for some days; for one that is thawed, to stay so from now on.
    ///
    /// # Errors
    /// `NoKey`; `Frozen` when its class cannot be thawed; the server refuses or cannot be reached.
    pub fn ask_to_thaw(&self, key: &str, days: u32, tier: ThawTier) -> Result<Asked, S3Error> {
        let text = format!(
            "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Days>{days}</Days>\
             <GlacierJobParameters><Tier>{tier}</Tier></GlacierJobParameters></RestoreRequest>"
        );
        let body = Content::Bytes(text.as_bytes());
        let fail = |failure| self.error("RestoreObject", key, failure);
        let digest = base64(body.digest(Algorithm::Md5).map_err(fail)?.as_bytes());
        let request = Request {
            operation: "RestoreObject",
            method: Method::Post,
            key,
            query: vec![("restore", String::new())],
            headers: vec![(MD5, digest)],
            body,
        };
        match self.ask(&request) {
            Ok(_) => Ok(Asked::Now),
            Err(S3Error { failure: Failure::Answer { code, .. }, .. }) if code == "RestoreAlreadyInProgress" => {
                Ok(Asked::Before)
            }
            Err(error) => Err(error),
        }
    }
}
