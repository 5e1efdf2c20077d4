//! Many digests of many streams at once, and the names and values of digests.

mod algorithm;
mod chains;
mod cores;
mod digest;
mod hasher;
mod lanes;
mod many;

pub use algorithm::{Algorithm, Algorithms, UnknownAlgorithm};
pub use cores::cores;
pub use digest::{Digest, Digests, ParseDigestError};
pub use hasher::Hasher;
pub use many::{Control, Job, Limits, Watch, hash_many};
