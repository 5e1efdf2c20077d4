//! New bags: from a folder or a list of files into a folder or an archive, or in place.

mod bag;
mod folder_sink;
mod in_place;
mod options;
mod payload;
mod sink;
mod staged;
mod tag_files;
mod tar_entry;
mod tar_sink;
mod zip_sink;

pub use bag::{WrittenBag, write_bag};
pub use in_place::bag_in_place;
pub use options::BagOptions;
pub use payload::Payload;
pub use tag_files::{TagFile, TagFiles, bag_size_in_words, generate_tag_files};
pub use tar_entry::{TarEntry, tar_end, tar_padding};
