//! The way from what was found in a file to what is said about it.

use std::io;

use super::extension::{agrees, extension, rank};
use super::rank::{number, remove_lower};
use super::{Basis, Identification, Match, MatchKind, TextEncoding, Warning};
use crate::matching::{Hit, Work};
use crate::table::{Format, Puid, Signature};
use crate::{ContainerKind, Limits, Signatures, Source};

/// The format of text that no signature and no extension tells more about.
const PLAIN_TEXT: &str = "x-fmt/111";

/// What was found in a file.
#[derive(Debug)]
pub struct Evidence<'a> {
    pub hits: Vec<Hit>,
    pub head: &'a [u8],
    pub size_bytes: u64,
    pub name: Option<&'a str>,
    pub is_work_spent: bool,
}

/// Says what the evidence tells.
pub fn conclude<'s>(signatures: &'s Signatures, evidence: Evidence<'_>) -> Identification<'s> {
    let container = signatures.container_of(evidence.hits.iter().map(|hit| hit.format));
    let mut candidates: Vec<Match<'s>> = Vec::new();
    for hit in evidence.hits {
        let format = &signatures.formats()[hit.format];
        let basis = Basis { signature_id: hit.signature_id, inner_path: None, places: hit.places };
        match candidates.iter_mut().find(|candidate| candidate.format.puid == format.puid) {
            Some(candidate) => candidate.basis.push(basis),
            None => candidates.push(Match { format, kind: MatchKind::Signature, basis: vec![basis] }),
        }
    }
    let mut identification = Identification { container, ..Identification::default() };
    if evidence.is_work_spent {
        identification.warnings.push(Warning::WorkSpent);
    }
    if evidence.size_bytes == 0 {
        identification.warnings.push(Warning::EmptyFile);
    }
    let is_whole = evidence.head.len() as u64 == evidence.size_bytes;
    if candidates.is_empty() {
        identification.text = TextEncoding::of(evidence.head, is_whole);
        weak_candidates(signatures, evidence.name, &mut identification);
        return identification;
    }
    choose(&mut identification, candidates, evidence.name);
    if identification.best.as_ref().and_then(Match::mime).is_some_and(is_text_type) {
        identification.text = TextEncoding::of(evidence.head, is_whole);
    }
    identification
}

fn is_text_type(mime: &str) -> bool {
    mime.starts_with("text/") || mime.contains("xml") || mime.contains("json")
}

/// Settles an answer that is provisional because the file is a container: looks inside.
///
/// What is inside replaces everything else that was found, as in DROID; when no signature fits the inside, the answer
/// stays.
///
/// # Errors
/// When the source fails. What is wrong with the container is a warning.
pub fn settle<'s>(
    signatures: &'s Signatures,
    mut provisional: Identification<'s>,
    source: &dyn Source,
    name: Option<&str>,
    limits: &Limits,
) -> io::Result<Identification<'s>> {
    let Some(kind) = provisional.container else { return Ok(provisional) };
    let mut work = Work::default();
    work.begin(limits.work_max);
    let findings = signatures.inner(kind).look(signatures.table(), source, limits, &mut work)?;
    if let Some(flaw) = findings.flaw {
        provisional.warnings.push(Warning::ContainerUnreadable(flaw));
    }
    if work.is_spent() && !provisional.warnings.contains(&Warning::WorkSpent) {
        provisional.warnings.push(Warning::WorkSpent);
    }
    let mut candidates: Vec<Match<'s>> = Vec::new();
    for (place, mut basis) in findings.hits {
        let puid = &signatures.containers()[place].puid;
        let Some(format) = signatures.format(puid) else { continue };
        match candidates.iter_mut().find(|candidate| candidate.format.puid == *puid) {
            Some(candidate) => candidate.basis.append(&mut basis),
            None => candidates.push(Match { format, kind: MatchKind::Container, basis }),
        }
    }
    if !candidates.is_empty() {
        let about_names = |w: &Warning| matches!(w, Warning::ExtensionMismatch(_) | Warning::SeveralCandidates(_));
        provisional.warnings.retain(|warning| !about_names(warning));
        provisional.text = None;
        choose(&mut provisional, candidates, name);
    }
    Ok(provisional)
}

/// Chooses among formats that signatures tell: whose files are named like this one; whose signatures have the most
/// plain bytes; the lowest PUID.
fn choose<'s>(identification: &mut Identification<'s>, mut candidates: Vec<Match<'s>>, name: Option<&str>) {
    remove_lower(&mut candidates);
    if candidates.len() > 1 {
        let is_named = |format: &Format| !format.extensions.is_empty() && name.is_some_and(|name| agrees(format, name));
        candidates.sort_by_cached_key(|candidate| {
            let plain_bytes = usize::MAX - plain_bytes(candidate);
            (!is_named(candidate.format), plain_bytes, number(candidate.puid()))
        });
        identification.warnings.push(Warning::SeveralCandidates(candidates.len()));
    }
    identification.best = candidates.first().cloned();
    identification.candidates = candidates;
    if let (Some(best), Some(name)) = (&identification.best, name)
        && !agrees(best.format, name)
    {
        let extension = extension(name).unwrap_or_default().to_owned();
        identification.warnings.push(Warning::ExtensionMismatch(extension));
    }
}

/// Returns how many plain bytes the best matched signature of a candidate has, or how long the matches are.
fn plain_bytes(candidate: &Match<'_>) -> usize {
    let matched = |signature: &&Signature| candidate.basis.iter().any(|basis| basis.signature_id == signature.id);
    let own = candidate.format.signatures.iter().filter(matched).map(Signature::plain_bytes).max();
    let inner =
        || candidate.basis.iter().flat_map(|basis| &basis.places).map(|place| (place.end - place.start) as usize);
    match candidate.kind {
        MatchKind::Container => inner().sum(),
        _ => own.unwrap_or(0),
    }
}

/// Takes the formats of the extension, else plain text.
fn weak_candidates<'s>(signatures: &'s Signatures, name: Option<&str>, identification: &mut Identification<'s>) {
    let places = name.map(|name| signatures.extensions().formats(name)).unwrap_or_default();
    let mut formats: Vec<&'s Format> = places.iter().map(|place| &signatures.formats()[*place]).collect();
    let is_text = identification.text.is_some();
    formats.sort_by_cached_key(|format| rank(format, signatures.has_signature(format), is_text));
    let candidate = |format, kind| Match { format, kind, basis: Vec::new() };
    let mut candidates: Vec<Match<'s>> = formats.into_iter().map(|f| candidate(f, MatchKind::Extension)).collect();
    if candidates.is_empty() && is_text {
        let plain = signatures.format(&Puid::new(PLAIN_TEXT));
        candidates.extend(plain.map(|format| candidate(format, MatchKind::Text)));
    }
    // That the bytes are text and the name says text is no doubt: what else `.txt` stands for are texts as well.
    let is_plainly_text = is_text && candidates.first().is_some_and(|best| best.format.puid.as_str() == PLAIN_TEXT);
    if candidates.len() > 1 && !is_plainly_text {
        identification.warnings.push(Warning::SeveralCandidates(candidates.len()));
    }
    identification.best = candidates.first().cloned();
    identification.candidates = candidates;
}

impl Signatures {
    /// Returns the kind of container that one of these formats has looked into.
    fn container_of(&self, mut formats: impl Iterator<Item = usize>) -> Option<ContainerKind> {
        let kind = |place: usize| {
            let puid = &self.formats()[place].puid;
            self.table().triggers.iter().find(|(trigger, _)| trigger == puid).map(|(_, kind)| *kind)
        };
        formats.find_map(kind)
    }
}
