//! BagIt packages (RFC 8493, versions 0.93 to 1.0) and BagIt Profiles 1.4: read, check, write.
//!
//! A package reader fills a table of [`Members`] and keeps the contents of tag files and manifests; [`validate`]
//! then holds the bag against every rule of [`rules`] and reports all findings, not only the first.

mod checks;
mod declaration;
mod encoding;
mod error;
pub mod fetch;
mod kept;
mod lines;
pub mod manifest;
mod member;
mod package;
pub mod path;
mod profile;
pub mod rules;
mod serialization;
pub mod tag;
mod validate;
mod version;
mod write;

pub use declaration::{BAGIT_TXT_BYTES_MAX, Declaration, read_declaration};
pub use encoding::TextEncoding;
pub use error::BagitError;
pub use kept::{Kept, SPOOL_MEMORY_BYTES_MAX, Spool, SpoolWriter, TAG_FILE_BYTES_MAX};
pub use member::{MEMBERS_MAX, Member, MemberIndex, Members, PathClass};
pub use package::{
    Archive, EXPANDED_BYTES_MAX, EXPANSION_FREE_BYTES, EXPANSION_RATIO_MAX, Form, GatherOptions, Gathered, Index,
    Location, Observer, PATH_BYTES_MAX, PATH_PART_BYTES_MAX, PATHS_BYTES_MAX, Package, PackageLimits, Sink,
    TAR_HEADER_BYTES_MAX, gather,
};
pub use profile::{
    APTRUST_IDENTIFIER, BTR_IDENTIFIER, PROFILE_BYTES_MAX, Profile, ProfileInfo, ProfileTag, SerializationRule, TagRule,
};
pub use serialization::Serialization;
pub use tag::Tag;
pub use validate::{Bag, Report, validate};
pub use version::{UnknownVersion, Version};
pub use write::{
    BagOptions, Payload, TagFile, TagFiles, TarEntry, WrittenBag, bag_in_place, bag_size_in_words, generate_tag_files,
    tar_end, tar_padding, write_bag,
};
