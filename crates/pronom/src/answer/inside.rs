//! What the files inside of a container tell.

use hashbrown::HashMap;
use std::io;

use super::Basis;
use crate::container::{ContainerError, Ends, EntryId, InnerBytes, Inside, Wanted};
use crate::matching::{self, Work, evaluate};
use crate::table::{Anchor, ContainerSignature, InnerFile, Table};
use crate::{ContainerKind, Limits, Source};

/// The container signatures of one kind, with the inner files that they look at.
#[derive(Debug)]
pub struct Inner {
    kind: ContainerKind,
    /// Their places in the table.
    signatures: Vec<usize>,
    wanted: Wanted,
    /// Which inner files have their end looked at.
    has_tail: HashMap<String, bool>,
}

/// What was found inside of a container.
#[derive(Debug, Default)]
pub struct Findings {
    /// The signatures that matched, by their places in the table, and where.
    pub hits: Vec<(usize, Vec<Basis>)>,
    /// Why something could not be looked at.
    pub flaw: Option<String>,
}

impl Inner {
    /// Collects the signatures of one kind.
    pub fn new(table: &Table, kind: ContainerKind) -> Self {
        let own = |place: &usize| table.containers[*place].kind == kind;
        let signatures: Vec<usize> = (0..table.containers.len()).filter(own).collect();
        let mut has_tail = HashMap::new();
        for file in signatures.iter().flat_map(|place| &table.containers[*place].files) {
            let sequences = file.signatures.iter().flat_map(|signature| &signature.sequences);
            let is_wanted = sequences.into_iter().any(|sequence| sequence.anchor == Anchor::End);
            *has_tail.entry(file.path.clone()).or_insert(false) |= is_wanted;
        }
        let wanted = Wanted::new(has_tail.keys().cloned());
        Self { kind, signatures, wanted, has_tail }
    }

    /// Looks for all signatures.
    pub fn look(&self, table: &Table, source: &dyn Source, limits: &Limits, work: &mut Work) -> io::Result<Findings> {
        let mut findings = Findings::default();
        let inside = match Inside::open(self.kind, source, &self.wanted, &limits.container) {
            Ok(inside) => inside,
            Err(ContainerError::Read(error)) => return Err(error),
            Err(error) => {
                findings.flaw = Some(error.to_string());
                return Ok(findings);
            }
        };
        findings.flaw = inside.flaw().map(|flaw| flaw.to_string());
        let mut files = Files { inner: self, inside, source, limits, read: HashMap::new(), flaw: None };
        for place in &self.signatures {
            if let Some(basis) = files.compare(&table.containers[*place], work)? {
                findings.hits.push((*place, basis));
            }
        }
        findings.flaw = findings.flaw.or(files.flaw);
        Ok(findings)
    }
}

/// The inner files, each read once.
struct Files<'a> {
    inner: &'a Inner,
    inside: Inside,
    source: &'a dyn Source,
    limits: &'a Limits,
    read: HashMap<EntryId, InnerBytes>,
    flaw: Option<String>,
}

impl Files<'_> {
    fn compare(&mut self, signature: &ContainerSignature, work: &mut Work) -> io::Result<Option<Vec<Basis>>> {
        // As in DROID names are compared to the letter: `Contents` and `CONTENTS` tell different formats.
        let entries: Option<Vec<EntryId>> =
            signature.files.iter().map(|file| self.inside.find_exactly(&file.path)).collect();
        let Some(entries) = entries else { return Ok(None) };
        let mut basis = Vec::new();
        for (file, entry) in signature.files.iter().zip(entries) {
            let Some((signature_id, places)) = self.compare_file(file, entry, work)? else { return Ok(None) };
            let signature_id = signature_id.unwrap_or(signature.id);
            basis.push(Basis { signature_id, inner_path: Some(file.path.clone()), places });
        }
        Ok(Some(basis))
    }

    /// Compares one file; where nothing is asked but that it is there, there are no places.
    #[allow(clippy::type_complexity, reason = "the number of the signature and the places go out of here together")]
    fn compare_file(
        &mut self,
        file: &InnerFile,
        entry: EntryId,
        work: &mut Work,
    ) -> io::Result<Option<(Option<u32>, Vec<matching::Place>)>> {
        if file.signatures.is_empty() {
            return Ok(Some((None, Vec::new())));
        }
        let bytes = self.bytes(file, entry)?;
        let tail = if bytes.whole { &bytes.head } else { &bytes.tail };
        let ends = matching::Ends { head: &bytes.head, tail, size_bytes: bytes.size_bytes };
        let mut places = file.signatures.iter().map(|own| (own.id, evaluate(own, ends, work)));
        Ok(places.find_map(|(id, places)| places.map(|places| (Some(id), places))))
    }

    fn bytes(&mut self, file: &InnerFile, entry: EntryId) -> io::Result<&InnerBytes> {
        if !self.read.contains_key(&entry) {
            let has_tail = self.inner.has_tail.get(&file.path).copied().unwrap_or(false);
            let tail_bytes = if has_tail { self.limits.tail_bytes } else { 0 };
            let ends = Ends { head_bytes: self.limits.head_bytes, tail_bytes };
            let mut bytes = match self.inside.read(self.source, entry, ends, &self.limits.container) {
                Ok(bytes) => bytes,
                Err(ContainerError::Read(error)) => return Err(error),
                Err(error) => {
                    self.flaw.get_or_insert_with(|| format!("{}: {error}", file.path));
                    InnerBytes::default()
                }
            };
            if let Some(flaw) = bytes.flaw {
                self.flaw.get_or_insert_with(|| format!("{}: {flaw}", file.path));
            }
            if bytes.whole {
                bytes.size_bytes = bytes.head.len() as u64;
            }
            self.read.insert(entry, bytes);
        }
        Ok(self.read.entry(entry).or_default())
    }
}
