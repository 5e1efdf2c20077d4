//! Finds out what form a package has.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::folder::{Folder, looks_like_bag};
use super::source::Source;
use super::tar::{BLOCK_BYTES, looks_like_header};
use super::{Archive, Bytes, Package, zip};
use crate::{BagitError, Serialization};

/// The form of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A tar archive: its members can be read one by one.
    Tar,
    /// A tar archive in gzip: read from beginning to end.
    TarGzip,
    /// A tar archive in Zstandard: read from beginning to end.
    TarZstandard,
    /// A ZIP archive.
    Zip,
    /// A bag in a folder.
    BagFolder,
    /// A folder of plain files, shown as the payload of a bag that does not exist yet.
    PlainFolder,
}

/// Endings by which archives are known, the longer before the shorter.
const ENDINGS: [(&str, Form); 8] = [
    (".tar.gz", Form::TarGzip),
    (".tar.zstd", Form::TarZstandard),
    (".tar.zst", Form::TarZstandard),
    (".tgz", Form::TarGzip),
    (".tzst", Form::TarZstandard),
    (".tar", Form::Tar),
    (".zip", Form::Zip),
    // Not the name of a bag's archive, but of no other form either.
    (".gz", Form::TarGzip),
];

impl Form {
    /// Returns how the bag was made one file; `None` for folders.
    #[must_use]
    pub fn serialization(self) -> Option<Serialization> {
        match self {
            Form::Tar => Some(Serialization::Tar),
            Form::TarGzip => Some(Serialization::TarGzip),
            Form::TarZstandard => Some(Serialization::TarZstandard),
            Form::Zip => Some(Serialization::Zip),
            Form::BagFolder | Form::PlainFolder => None,
        }
    }

    /// Returns whether the members stand in the package as they are, so that each can be read by itself.
    #[must_use]
    pub fn has_random_access(self) -> bool {
        matches!(self, Form::Tar | Form::BagFolder | Form::PlainFolder)
    }

    /// Divides the name of an archive file: what the bag is called, and the form that the ending promises.
    #[must_use]
    pub fn of_name(file_name: &str) -> (&str, Option<Form>) {
        let lower = file_name.to_ascii_lowercase();
        for (ending, form) in ENDINGS {
            if lower.len() > ending.len() && lower.ends_with(ending) {
                return (&file_name[..file_name.len() - ending.len()], Some(form));
            }
        }
        (file_name, None)
    }

    fn of_contents(head: &[u8]) -> Option<Form> {
        match head {
            [0x1f, 0x8b, ..] => Some(Form::TarGzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Form::TarZstandard),
            // A skippable frame may come first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Form::TarZstandard),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Form::Zip),
            _ if looks_like_header(head) => Some(Form::Tar),
            _ => None,
        }
    }
}

pub(super) fn open(path: &Path) -> Result<Package, BagitError> {
    let failed = |source: io::Error| BagitError::Package { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    // `.` and `..` are folders with a name too.
    let real = std::fs::canonicalize(path).map_err(failed)?;
    let own_name = if path.file_name().is_some() { path } else { &real };
    let file_name = own_name.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if metadata.is_dir() {
        return open_folder(path, file_name).map_err(failed);
    }
    if !metadata.is_file() {
        return Err(BagitError::NotAPackage { path: path.to_owned() });
    }
    open_source(path, &file_name, Source::open(path).map_err(failed)?)
}

pub(super) fn open_archive(path: &Path, archive: Arc<dyn Archive>) -> Result<Package, BagitError> {
    let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    open_source(path, &file_name, Source::elsewhere(archive))
}

fn open_source(path: &Path, file_name: &str, mut source: Source) -> Result<Package, BagitError> {
    let failed = |source: io::Error| BagitError::Package { path: path.to_owned(), source };
    let (name, promised) = Form::of_name(file_name);
    let found = Form::of_contents(source.read_early(0, BLOCK_BYTES).map_err(failed)?);
    let Some(form) = found.or(promised) else { return Err(BagitError::NotAPackage { path: path.to_owned() }) };
    if form == Form::Zip {
        zip::read_tail(&mut source).map_err(failed)?;
    }
    Ok(Package {
        path: path.to_owned(),
        name: name.to_owned(),
        form,
        promised: promised.filter(|promised| *promised != form),
        bytes: Bytes::File(source),
    })
}

fn open_folder(path: &Path, name: String) -> io::Result<Package> {
    let (form, prefix) = if looks_like_bag(path)? { (Form::BagFolder, "") } else { (Form::PlainFolder, "data/") };
    let folder = Folder::open(path, prefix)?;
    Ok(Package { path: path.to_owned(), name, form, promised: None, bytes: Bytes::Folder(folder) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_divided_from_its_ending() {
        for (file_name, expected) in [
            ("bag.tar", ("bag", Some(Form::Tar))),
            ("bag.v1.TAR.GZ", ("bag.v1", Some(Form::TarGzip))),
            ("bag.tgz", ("bag", Some(Form::TarGzip))),
            ("bag.tar.zst", ("bag", Some(Form::TarZstandard))),
            ("bag.zip", ("bag", Some(Form::Zip))),
            ("bag", ("bag", None)),
            (".tar", (".tar", None)),
        ] {
            assert_eq!(Form::of_name(file_name), expected);
        }
    }

    #[test]
    fn contents_tell_the_form() {
        for (head, expected) in [
            (&b"\x1f\x8b\x08"[..], Some(Form::TarGzip)),
            (b"\x28\xb5\x2f\xfd", Some(Form::TarZstandard)),
            (b"PK\x03\x04", Some(Form::Zip)),
            (b"hello", None),
            (&[0; 512], None),
            (b"", None),
        ] {
            assert_eq!(Form::of_contents(head), expected);
        }
    }
}
