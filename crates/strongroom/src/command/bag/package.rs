//! What a package's outside tells: how large its check will be, and what its form is called.

use std::fs;
use std::path::Path;

use bagit::{Form, Package, PathClass};

/// Bytes of a plain archive from which on it counts as large. A tar within it holds 65,536 files at the most.
const LARGE_BYTES: u64 = 64 << 20;
/// The same for archives that are compressed as a whole, which may hold much more.
const LARGE_COMPRESSED_BYTES: u64 = 16 << 20;
/// Bytes of a manifest from which on a folder counts as large: some 50,000 files.
const LARGE_MANIFEST_BYTES: u64 = 4 << 20;

/// Returns whether a package may have so many members, or bytes, that it should be checked by itself.
pub fn is_large(package: &Package) -> bool {
    match (package.form(), package.length_bytes()) {
        (Form::TarGzip | Form::TarZstandard, Some(bytes)) => bytes > LARGE_COMPRESSED_BYTES,
        (_, Some(bytes)) => bytes > LARGE_BYTES,
        (_, None) => has_large_manifest(package.path()),
    }
}

/// What cannot be listed here gives its error when the bag is read.
fn has_large_manifest(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        let is_manifest =
            name.to_str().is_some_and(|name| matches!(PathClass::of(name), PathClass::PayloadManifest(_)));
        is_manifest && entry.metadata().is_ok_and(|metadata| metadata.len() > LARGE_MANIFEST_BYTES)
    })
}

/// Returns what people call a form.
#[must_use]
pub fn form_name(form: Form) -> &'static str {
    match form {
        Form::Tar => "tar",
        Form::TarGzip => "tar.gz",
        Form::TarZstandard => "tar.zst",
        Form::Zip => "zip",
        Form::BagFolder => "folder",
        Form::PlainFolder => "folder of plain files",
    }
}
