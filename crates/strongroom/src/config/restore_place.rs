//! A bucket that objects are given back to.

use backends::s3::Client;
use jiff::Timestamp;
use model::InstitutionName;
use serde::{Deserialize, Serialize};

use super::bucket::{NoPlace, Server, client};

/// A part of a bucket that objects are given back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestorePlaceConfig {
    /// Where it is: `s3://bucket/prefix`. Results are put right below the prefix.
    pub url: String,
    /// Whose objects go there when no other place is named; without it, what is sent there with `--to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<InstitutionName>,
    /// The server of the bucket, as for a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region of the bucket, as for a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether the bucket is named in the path, as for a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_style: Option<bool>,
    /// The name of the credentials, as for a store. They need the rights to list, get and put below the prefix, and to list
    /// and abort uploads in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
}

impl RestorePlaceConfig {
    /// Returns the way to the bucket. Requests are signed with the time.
    ///
    /// # Errors
    /// The address or what belongs to it cannot be used.
    pub fn client(&self, now: fn() -> Timestamp) -> Result<Client, NoPlace> {
        client(self.server(), now)
    }

    pub(super) fn server(&self) -> Server<'_> {
        Server {
            url: &self.url,
            endpoint: self.endpoint.as_deref(),
            region: self.region.as_deref(),
            path_style: self.path_style,
            credentials: self.credentials.as_deref(),
        }
    }
}
