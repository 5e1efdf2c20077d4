//! Signature files, laid one over the other.

use std::collections::HashMap;

use super::binary::{self, BinaryFile};
use super::container::{self, ContainerFile};
use super::xml::Elements;
use super::{CompileError, Fault};
use crate::table::{Puid, Signature, Table};

/// A signature file in one of DROID's two syntaxes.
#[derive(Debug, Clone, Copy)]
pub struct SignatureFile<'a> {
    /// Its name, for messages; a date in the name of a container file (`container-signature-20260119.xml`) is its
    /// version.
    pub name: &'a str,
    /// What it says.
    pub xml: &'a str,
}

enum Kind {
    Binary(BinaryFile),
    Container(ContainerFile),
}

/// Makes a table of a binary file, a container file and custom files, the later over the earlier.
pub fn compile(files: &[SignatureFile<'_>]) -> Result<Table, CompileError> {
    let mut table = Table::default();
    for (place, file) in files.iter().enumerate() {
        let kind = read(file)?;
        match (place, &kind) {
            (0, Kind::Binary(binary)) => {
                table.binary_version.clone_from(&binary.version);
                table.binary_created.clone_from(&binary.created);
            }
            (1, Kind::Container(container)) => {
                table.container_version = date_in(file.name).unwrap_or(&container.version).to_owned();
            }
            (0 | 1, _) => return Err(refusal(file, Fault::OtherKind)),
            _ => {}
        }
        add(&mut table, file, kind)?;
    }
    Ok(table)
}

/// Lays a file over a table.
pub fn layer(table: &mut Table, file: &SignatureFile<'_>) -> Result<(), CompileError> {
    let kind = read(file)?;
    add(table, file, kind)
}

fn refusal(file: &SignatureFile<'_>, fault: Fault) -> CompileError {
    CompileError { file: file.name.to_owned(), line: 1, element: "the file".to_owned(), fault }
}

/// Returns the eight digits of a date.
fn date_in(name: &str) -> Option<&str> {
    name.split(|letter: char| !letter.is_ascii_digit()).find(|digits| digits.len() == 8)
}

fn read(file: &SignatureFile<'_>) -> Result<Kind, CompileError> {
    let mut elements = Elements::new(file.name, file.xml)?;
    let root = elements.root()?;
    let kind = match root.name.as_str() {
        "FFSignatureFile" => Kind::Binary(binary::read(&mut elements, &root)?),
        "ContainerSignatureMapping" => Kind::Container(container::read(&mut elements, &root)?),
        _ => return Err(elements.blame(&root, Fault::OtherKind)),
    };
    match elements.child()? {
        None => Ok(kind),
        Some(second) => Err(elements.blame(&second, Fault::OtherKind)),
    }
}

fn add(table: &mut Table, file: &SignatureFile<'_>, kind: Kind) -> Result<(), CompileError> {
    let blame = |line: u64, element: &str, fault: Fault| {
        let (file, element) = (file.name.to_owned(), element.to_owned());
        CompileError { file, line, element, fault }
    };
    match kind {
        Kind::Binary(binary) => add_binary(table, binary).map_err(|(line, fault)| blame(line, "FileFormat", fault)),
        Kind::Container(container) => {
            add_container(table, container).map_err(|(line, fault)| blame(line, "ContainerSignature", fault))
        }
    }
}

/// Replaces a format that has the same PUID, its signatures included, and puts the others behind.
fn add_binary(table: &mut Table, binary: BinaryFile) -> Result<(), (u64, Fault)> {
    let mut puids: HashMap<u32, Puid> = table.formats.iter().map(|f| (f.file_format_id, f.puid.clone())).collect();
    puids.extend(binary.formats.iter().map(|w| (w.format.file_format_id, w.format.puid.clone())));
    let mut places: HashMap<Puid, usize> = HashMap::new();
    places.extend(table.formats.iter().enumerate().map(|(place, format)| (format.puid.clone(), place)));
    let mut seen = std::collections::HashSet::new();
    for written in binary.formats {
        let mut format = written.format;
        if !seen.insert(format.puid.clone()) {
            return Err((written.line, Fault::Twice { what: "the format", text: format.puid.to_string() }));
        }
        let unknown = |what: &'static str, id: u32| (written.line, Fault::Unknown { what, text: id.to_string() });
        for id in written.signature_ids {
            let signature: Option<&Signature> = binary.signatures.get(&id);
            format.signatures.push(signature.ok_or_else(|| unknown("InternalSignature", id))?.clone());
        }
        for id in written.priority_over {
            format.priority_over.push(puids.get(&id).ok_or_else(|| unknown("FileFormat with ID", id))?.clone());
        }
        match places.get(&format.puid) {
            Some(place) => table.formats[*place] = format,
            None => table.formats.push(format),
        }
    }
    Ok(())
}

/// Replaces the container signatures of every PUID that the file has some for.
fn add_container(table: &mut Table, container: ContainerFile) -> Result<(), (u64, Fault)> {
    let known: std::collections::HashSet<&Puid> = table.formats.iter().map(|format| &format.puid).collect();
    for written in &container.signatures {
        if !known.contains(&written.signature.puid) {
            let text = written.signature.puid.to_string();
            return Err((written.line, Fault::Unknown { what: "format with the PUID", text }));
        }
    }
    let own: std::collections::HashSet<&Puid> = container.signatures.iter().map(|w| &w.signature.puid).collect();
    table.containers.retain(|signature| !own.contains(&signature.puid));
    table.containers.extend(container.signatures.into_iter().map(|written| written.signature));
    for trigger in container.triggers {
        if !table.triggers.contains(&trigger) {
            table.triggers.push(trigger);
        }
    }
    Ok(())
}
