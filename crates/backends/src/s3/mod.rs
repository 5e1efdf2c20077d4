//! A client of S3: the few requests that a store needs, signed, bounded in time, repeated when the network fails.
//!
//! Requests are signed by `rusty-s3` and sent by `ureq`, which blocks as the door of the stores does. Every answer is read
//! within a bound, and no message names a secret.

mod address;
mod base64;
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
mod list;
mod multipart;
mod patience;
mod put;
mod quirks;
mod thaw;
mod upload;
mod versioning;
mod versions;
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
pub use list::{Listed, Listing, Page};
pub use multipart::{OBJECT_BYTES_MAX, PARTS_MAX, SINGLE_PUT_MAX, part_bytes};
pub use patience::Patience;
pub use put::Condition;
pub use quirks::{PROVIDERS, Provider, provider_of};
pub use thaw::Asked;
pub use upload::{UPLOAD_BYTES_MAX, Upload};
pub use versions::Versions;
