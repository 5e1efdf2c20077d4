//! DROID's container signature file: which inner files tell which format.

use std::collections::HashMap;

use super::binary::{bounded, number, one_line, signatures};
use super::xml::{Element, Elements};
use super::{CompileError, Fault};
use crate::ContainerKind;
use crate::table::{ContainerSignature, InnerFile, Puid, kind_named};

/// Container signatures in a file.
const SIGNATURES_MAX: usize = 1 << 16;
/// Inner files of a signature.
const FILES_MAX: usize = 256;
/// Bytes of an inner path.
const PATH_BYTES_MAX: usize = 1024;

/// A container signature file.
#[derive(Debug, Default)]
pub struct ContainerFile {
    pub version: String,
    pub signatures: Vec<WrittenSignature>,
    pub triggers: Vec<(Puid, ContainerKind)>,
}

/// A signature with the line it begins at.
#[derive(Debug)]
pub struct WrittenSignature {
    pub line: u64,
    pub signature: ContainerSignature,
}

struct Unmapped {
    line: u64,
    id: u32,
    kind: ContainerKind,
    files: Vec<InnerFile>,
}

/// Reads what is within the root.
pub fn read(elements: &mut Elements<'_>, root: &Element) -> Result<ContainerFile, CompileError> {
    let mut unmapped = Vec::new();
    let mut mappings = HashMap::new();
    let version = one_line(root.attribute("signatureVersion").unwrap_or_default());
    let mut file = ContainerFile { version, ..ContainerFile::default() };
    while let Some(part) = elements.child()? {
        match part.name.as_str() {
            "ContainerSignatures" => container_signatures(elements, &mut unmapped)?,
            "FileFormatMappings" => read_mappings(elements, &mut mappings)?,
            "TriggerPuids" => triggers(elements, &mut file.triggers)?,
            _ => elements.leave()?,
        }
    }
    for Unmapped { line, id, kind, files } in unmapped {
        let Some(puid) = mappings.get(&id).cloned() else {
            let fault = Fault::Unknown { what: "FileFormatMapping of signature", text: id.to_string() };
            return Err(elements.refuse(line, "ContainerSignature", fault));
        };
        file.signatures.push(WrittenSignature { line, signature: ContainerSignature { id, kind, puid, files } });
    }
    Ok(file)
}

fn container_signatures(elements: &mut Elements<'_>, unmapped: &mut Vec<Unmapped>) -> Result<(), CompileError> {
    while let Some(element) = elements.child()? {
        if element.name != "ContainerSignature" {
            elements.leave()?;
            continue;
        }
        bounded(elements, &element, "container signatures", unmapped.len(), SIGNATURES_MAX)?;
        let id = number(elements, &element, "Id")?.ok_or_else(|| elements.blame(&element, Fault::Missing("Id")))?;
        let kind = kind(elements, &element)?;
        let mut files = Vec::new();
        while let Some(part) = elements.child()? {
            if part.name == "Files" { read_files(elements, &mut files)? } else { elements.leave()? }
        }
        if files.is_empty() {
            return Err(elements.blame(&element, Fault::Missing("File")));
        }
        unmapped.push(Unmapped { line: element.line, id, kind, files });
    }
    Ok(())
}

fn kind(elements: &Elements<'_>, element: &Element) -> Result<ContainerKind, CompileError> {
    let text = element.attribute("ContainerType").unwrap_or_default();
    kind_named(text)
        .ok_or_else(|| elements.blame(element, Fault::Value { what: "ContainerType", text: text.to_owned() }))
}

fn read_files(elements: &mut Elements<'_>, files: &mut Vec<InnerFile>) -> Result<(), CompileError> {
    while let Some(element) = elements.child()? {
        if element.name != "File" {
            // The official file has <BinarySignatures> that stand beside their <File>; DROID does not see them either.
            elements.leave()?;
            continue;
        }
        bounded(elements, &element, "inner files", files.len(), FILES_MAX)?;
        let mut file = InnerFile { path: String::new(), signatures: Vec::new() };
        while let Some(part) = elements.child()? {
            match part.name.as_str() {
                "Path" => file.path = path(elements, &part)?,
                "BinarySignatures" => {
                    while let Some(collection) = elements.child()? {
                        match collection.name.as_str() {
                            "InternalSignatureCollection" => file.signatures.append(&mut signatures(elements)?),
                            _ => elements.leave()?,
                        }
                    }
                }
                _ => elements.leave()?,
            }
        }
        if file.path.is_empty() {
            return Err(elements.blame(&element, Fault::Missing("Path")));
        }
        files.push(file);
    }
    Ok(())
}

fn path(elements: &mut Elements<'_>, element: &Element) -> Result<String, CompileError> {
    let path = elements.text()?;
    if path.len() > PATH_BYTES_MAX {
        return Err(elements.blame(element, Fault::TooLong { limit: PATH_BYTES_MAX as u64 }));
    }
    if path.contains(char::is_control) {
        return Err(elements.blame(element, Fault::Value { what: "Path", text: path }));
    }
    Ok(path)
}

fn read_mappings(elements: &mut Elements<'_>, mappings: &mut HashMap<u32, Puid>) -> Result<(), CompileError> {
    while let Some(element) = elements.child()? {
        let id = number(elements, &element, "signatureId")?;
        let puid = element.puid("Puid");
        let (Some(id), Some(puid)) = (id, puid) else {
            return Err(elements.blame(&element, Fault::Missing("signatureId or Puid")));
        };
        bounded(elements, &element, "mappings", mappings.len(), SIGNATURES_MAX)?;
        if mappings.insert(id, puid).is_some() {
            let fault = Fault::Twice { what: "the mapping of signature", text: id.to_string() };
            return Err(elements.blame(&element, fault));
        }
        elements.leave()?;
    }
    Ok(())
}

fn triggers(elements: &mut Elements<'_>, triggers: &mut Vec<(Puid, ContainerKind)>) -> Result<(), CompileError> {
    while let Some(element) = elements.child()? {
        bounded(elements, &element, "triggers", triggers.len(), FILES_MAX)?;
        let puid = element.puid("Puid").ok_or_else(|| elements.blame(&element, Fault::Missing("Puid")))?;
        triggers.push((puid, kind(elements, &element)?));
        elements.leave()?;
    }
    Ok(())
}
