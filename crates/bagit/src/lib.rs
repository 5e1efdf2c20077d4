//! BagIt packages (RFC 8493, versions 0.93 to 1.0) and BagIt Profiles 1.4: read, check, write.

mod kept;
mod member;
pub mod rules;
mod serialization;

pub use kept::{Kept, SPOOL_MEMORY_BYTES_MAX, Spool, SpoolWriter, TAG_FILE_BYTES_MAX};
pub use member::{MEMBERS_MAX, Member, MemberIndex, Members, PathClass};
pub use serialization::Serialization;
