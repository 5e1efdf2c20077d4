//! A store in a bucket of S3.
//!
//! It is laid out as a folder store is, below a prefix: `strongroom-store.json`, `ocfl/`, `work/` and what lies beside. S3
//! has no renames, so that the content of a draft goes to its place in the OCFL root at once; a *claim*,
//! `work/.claims/<object>/<version>`, hides it from every listing of ours until the commit has ended, and keeps a second
//! writer away. What makes a version a version is the root inventory, which is put on condition that it is still the one
//! that was read.

mod abilities;
mod beside;
mod claim;
mod commit;
mod cooling;
mod discard;
mod document;
mod draft;
mod exchange;
mod fault;
mod file;
#[cfg(test)]
mod foreign;
mod from_deposit;
mod leaving;
mod longest_key;
mod mending;
mod note;
mod place;
mod probe;
mod reader;
mod store;
mod take_over;
mod taking_out;
mod transfer;
mod walk;

pub use abilities::Abilities;
pub use draft::BucketDraft;
pub use file::BucketFile;
pub use leaving::BucketLeaving;
pub use mending::BucketMending;
pub use place::BucketPlace;
pub use probe::{Finding, Probed};
pub use reader::BucketReader;
pub use store::BucketStore;
pub use taking_out::TellNames;
pub use walk::BucketWalk;
