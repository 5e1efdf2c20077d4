//! Which signatures are in force: the table of the program or an updated one, and the custom files over it.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use pronom::{CompileError, SignatureFile, Signatures};

use super::Place;

/// Bytes of a table or of one custom file.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Custom files.
const CUSTOM_FILES_MAX: usize = 256;

/// The signatures in force, and where they come from.
#[derive(Debug)]
pub struct InForce {
    signatures: Held,
    /// Where the table comes from.
    pub origin: Origin,
    /// The custom files that are laid over it, in their order.
    pub custom: Vec<PathBuf>,
}

/// Where a table comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is part of the program.
    Embedded,
    /// `formats update` wrote it.
    Updated(PathBuf),
}

#[derive(Debug)]
enum Held {
    Embedded(&'static Signatures),
    Own(Box<Signatures>),
}

impl Deref for InForce {
    type Target = Signatures;

    fn deref(&self) -> &Signatures {
        match &self.signatures {
            Held::Embedded(signatures) => signatures,
            Held::Own(signatures) => signatures,
        }
    }
}

/// The signatures of an installation cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignaturesError {
    /// A file or the folder of custom files cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The updated table is damaged.
    #[error("{} cannot be used: {source}; write it anew with `strongroom formats update`, or remove it and the table \
             of the program is in force", .path.display())]
    Table {
        /// The table.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<CompileError>,
    },
    /// A custom file cannot be used.
    #[error("the custom signatures in {} cannot be used: {source}; mend the file or move it out of the folder", .folder.display())]
    Custom {
        /// The folder of custom files.
        folder: PathBuf,
        /// What is wrong, and in which file.
        source: Box<CompileError>,
    },
    /// There are too many custom files.
    #[error("{} holds more than {CUSTOM_FILES_MAX} files; join some", .0.display())]
    TooMany(PathBuf),
}

/// Returns the signatures in force: the updated table if there is one, else that of the program; over it each
/// `formats/custom/*.xml`, in the order of their names.
///
/// # Errors
/// A file that is there cannot be read or used.
pub fn signatures(place: &Place) -> Result<InForce, SignaturesError> {
    let mut in_force = signatures_without_custom(place)?;
    let custom = custom_files(&place.custom_signatures())?;
    if custom.is_empty() {
        return Ok(in_force);
    }
    let texts = custom.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<_> = custom.iter().map(|path| name_of(path)).collect();
    let files: Vec<_> = names.iter().zip(&texts).map(|(name, xml)| SignatureFile { name, xml }).collect();
    let layered = in_force.with_custom(&files);
    let refused = |error| SignaturesError::Custom { folder: place.custom_signatures(), source: Box::new(error) };
    in_force.signatures = Held::Own(Box::new(layered.map_err(refused)?));
    in_force.custom = custom;
    Ok(in_force)
}

/// Returns the table that custom files are laid over: what `formats update` replaces.
///
/// # Errors
/// The updated table is there and cannot be read or used.
pub fn signatures_without_custom(place: &Place) -> Result<InForce, SignaturesError> {
    let path = place.signature_table();
    let text = match read(&path) {
        Ok(text) => text,
        Err(SignaturesError::Read { source, .. })
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            let signatures = Held::Embedded(Signatures::official());
            return Ok(InForce { signatures, origin: Origin::Embedded, custom: Vec::new() });
        }
        Err(error) => return Err(error),
    };
    match Signatures::decode(&text) {
        Ok(signatures) => {
            let signatures = Held::Own(Box::new(signatures));
            Ok(InForce { signatures, origin: Origin::Updated(path), custom: Vec::new() })
        }
        Err(error) => Err(SignaturesError::Table { path, source: Box::new(error) }),
    }
}

/// Returns the XML files of a folder by name; none when there is no such folder.
fn custom_files(folder: &Path) -> Result<Vec<PathBuf>, SignaturesError> {
    let unread = |source| SignaturesError::Read { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unread(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unread)?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
            files.push(path);
        }
        if files.len() > CUSTOM_FILES_MAX {
            return Err(SignaturesError::TooMany(folder.to_owned()));
        }
    }
    files.sort();
    Ok(files)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Result<String, SignaturesError> {
    let unread = |source| SignaturesError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    let file = File::open(path).map_err(unread)?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unread)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(unread(io::Error::other(format!("it is longer than {FILE_BYTES_MAX} bytes"))));
    }
    Ok(text)
}
