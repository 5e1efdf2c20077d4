//! The door to permanent storage: stores that keep replicas, and folders in which deposits arrive.
//!
//! A [`Store`] is a folder of this machine or a bucket of S3. Bytes enter it in one place, a [`Draft`], are read in one
//! place, an [`ObjectReader`], and leave it for ever in one place, a [`Leaving`]. The door knows files, folders, keys and
//! what makes them durable; what an OCFL inventory says is the caller's business. Linux only.

#[cfg(test)]
mod another_process;
mod beside;
mod bucket;
mod canaries;
mod commit;
mod compare;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod deposits;
mod door;
mod draft;
mod error;
mod exchange;
#[cfg(test)]
mod faults;
mod fence;
mod fingerprint;
mod folder;
mod marker;
mod mend;
mod name;
mod object;
mod put_many;
mod read_back;
mod receiving;
mod removal;
mod source;
mod store;
mod take_over;
mod tombstones;
mod walk;
mod withdraw;
mod writers;

pub use beside::{Beside, UNFINISHED};
pub use bucket::{Abilities, BucketPlace, BucketStore, Finding, Probed, TellNames};
pub use commit::{Commit, Committed};
pub use deposits::{
    Arrivals, BucketReceiving, DepositObject, ObjectAddress, ObjectArrival, ObjectFingerprint,
    ParseObjectFingerprintError, Seen, remove_object_if_same,
};
pub use door::{Draft, Leaving, Mending, ObjectReader, ReadBack, Store, StorePlace, StoredFile, Walk};
pub use draft::Put;
pub use error::StorageError;
pub use fence::{fence_of, fenced};
pub use fingerprint::{ENTRIES_MAX, Fingerprint, ParseFingerprintError, fingerprint};
pub use folder::{Entry, EntryKind};
pub use name::{NAME_BYTES_MAX, PATH_BYTES_MAX};
pub use put_many::PutTotals;
pub use read_back::ReadBackAhead;
pub use receiving::{Arrival, ArrivalKind, Receiving};
pub use removal::{Removal, remove_if_same};
pub use source::Source;
pub use store::FolderStore;
pub use walk::Found;
