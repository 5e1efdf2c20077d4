//! A client of S3: the few requests that a store needs, signed, bounded in time, repeated when the network fails.
//!
//! Requests are signed by `rusty-s3` and sent by `ureq`, which blocks as the door of the stores does. Every answer is read
//! within a bound, and no message names a secret.

mod address;
mod again;
pub(crate) mod base64;
mod body;
mod class;
mod client;
mod container;
mod copy;
mod credentials;
mod delete;
mod error;
mod file_credentials;
mod get;
mod head;
mod instance;
mod lent;
mod list;
mod multipart;
mod part_digests;
mod patience;
mod put;
mod quirks;
mod refusal;
#[cfg(test)]
#[path = "../../tests/support/responder.rs"]
mod responder;
mod thaw;
mod upload;
mod versioning;
mod versions;
mod web_identity;
mod xml;

pub use address::{AddressError, BucketAddress, Endpoint};
pub use body::Content;
pub use class::{Kept, Thaw};
pub use client::Client;
pub use container::ContainerCredentials;
pub use copy::{COPY_BYTES_MIN, Origin};
pub use credentials::{CredentialSource, Credentials, FetchedCredentials};
pub use delete::KEYS_AT_ONCE;
pub use error::{Failure, S3Error};
pub use file_credentials::FileCredentials;
pub use get::Reading;
pub use head::Head;
pub use instance::InstanceCredentials;
pub use list::{Listed, Listing, Page};
pub use multipart::{OBJECT_BYTES_MAX, PARTS_MAX, SINGLE_PUT_MAX, part_bytes};
pub use patience::Patience;
pub use put::Condition;
pub use quirks::{PROVIDERS, Provider, provider_of};
pub use thaw::Asked;
pub use upload::{UPLOAD_BYTES_MAX, Upload};
pub use versions::Versions;
pub use web_identity::{WebIdentity, WebIdentityCredentials};
