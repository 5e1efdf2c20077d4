//! Deposits that are objects in buckets: found, told apart, read by ranges, and removed on condition.
//!
//! An object of S3 is whole or not there, so that an upload that is under way is never seen. What tells one deposit from
//! the next under the same key is its entity tag, length and time; every request for its bytes makes the tag a condition.

mod address;
mod arrivals;
mod fingerprint;
mod object;
mod removal;

pub use address::ObjectAddress;
pub use arrivals::{Arrivals, BucketReceiving, ObjectArrival};
pub use fingerprint::{ObjectFingerprint, ParseObjectFingerprintError};
pub use object::{DepositObject, Seen};
pub use removal::remove_object_if_same;
