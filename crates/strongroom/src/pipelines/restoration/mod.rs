//! Restoration: an object, or one file of it, is given back as it was deposited.
//!
//! What comes out is a BagIt 1.0 bag of any version: the payload byte for byte, the depositor's tag files, manifests
//! made of the registry's digests, and a PREMIS document with all that is known. Nothing is published before it is
//! whole, durable and proven; what was wrong with replicas on the way becomes an event each. To do it twice is well:
//! a result that lies there already, whole, is recognised by its digest, and what a killed restoration has left is gone on
//! with.

mod ahead;
mod bag_info;
mod contents;
mod digesting;
mod error;
mod events;
mod faults;
mod give_back;
mod in_bucket;
mod output;
mod premis_document;
mod proving;
mod publish;
mod reading_back;
mod replica;
mod replicas;
mod request;
mod restore;
mod restore_file;
mod restore_object;
mod restored;
mod resumed;
mod spooled;
mod stretch;
mod tag_files;
mod tar_stream;
mod thaw;
mod unpacked;

pub use error::RestorationError;
pub use faults::Fault;
pub use give_back::discard;
pub use publish::Existing;
pub use request::{Doors, Outcome, Request, Target};
pub use restore::restore;
pub use restore_file::restore_file;
pub use restore_object::restore_object;
pub use restored::Restored;
pub use thaw::thaw;
