//! A bucket in which deposits arrive.

use backends::s3::Client;
use jiff::Timestamp;
use model::InstitutionName;
use serde::{Deserialize, Serialize};

use super::bucket::{NoPlace, Server, client};

/// A part of a bucket in which an institution's deposits arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceivingConfig {
    /// Whose deposits arrive there.
    pub institution: InstitutionName,
    /// Where it is: `s3://bucket/prefix`. Deposits are the objects right below the prefix.
    pub url: String,
    /// The server of the bucket, as for a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The region of the bucket, as for a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether the bucket is named in the path, as for a store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_style: Option<bool>,
    /// The name of the credentials, as for a store. They need the rights to list, get and delete below the prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// Whether the institution's receiving folder serves beside it; else it has none.
    #[serde(default)]
    pub folder: bool,
}

impl ReceivingConfig {
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
