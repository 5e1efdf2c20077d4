//! One pass over one manifest: each line is resolved, compared and remembered.

use std::panic::resume_unwind;
use std::str::FromStr as _;

use ::digests::{Algorithm, Digest, cores};
use findings::{Finding, Findings, Rule, Severity};
use hashbrown::{HashMap, HashSet};

use super::context::{Context, read_error};
use super::digests::{compare, malformed};
use super::form_notes::FormNotes;
use super::resolve::{Remark, Resolved, Resolver};
use super::seen::Seen;
use crate::manifest::{ManifestLine, ManifestReader};
use crate::version::Version;
use crate::{BagitError, MemberIndex, PathClass, rules};

/// Paths of one manifest without a member, or with another digest, that are remembered to tell repetitions.
const REMEMBERED_MAX: usize = 100_000;

/// Whether a manifest lists the payload or the tag files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ManifestKind {
    Payload,
    Tag,
}

/// A manifest of the bag, and the algorithm as its name writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manifest<'a> {
    pub path: &'a str,
    pub algorithm: &'a str,
}

/// What came of one manifest; no listing when its contents were not kept.
type Walked = Result<(Option<Listing>, Findings), BagitError>;

/// What one manifest lists.
pub(crate) struct Listing {
    /// The manifest's path.
    pub manifest: String,
    /// `None` when we cannot compute it.
    pub algorithm: Option<Algorithm>,
    pub seen: Seen,
    /// Paths that no member has, with their digests.
    pub missing: HashMap<String, Option<Digest>>,
}

/// Walks over a manifest; returns what it lists, and all that is wrong with its lines and their files.
pub(crate) fn walk(context: &Context<'_>, manifest: &Manifest<'_>, kind: ManifestKind) -> Walked {
    let Some(reader) = context.open(manifest.path)? else {
        let mut found = Findings::default();
        found.push(rules::MANIFEST_UNREADABLE.finding().at(manifest.path));
        return Ok((None, found));
    };
    let mut walk = Walk::new(context, manifest, kind);
    let mut lines = ManifestReader::new(reader, context.encoding);
    loop {
        let number = lines.line_number() + 1;
        let Some(line) = lines.next_line().map_err(read_error(manifest.path))? else { break };
        walk.line(number, line);
    }
    if lines.has_byte_order_mark() && context.encoding.is_utf8() {
        walk.notes.add(&rules::MANIFEST_BOM, 1);
    }
    if lines.is_damaged() {
        walk.notes.add(&rules::MANIFEST_UNDECODABLE, lines.line_number());
    }
    let Walk { listing, notes, mut found, .. } = walk;
    notes.findings(manifest.path).for_each(|finding| found.push(finding));
    Ok((Some(listing), found))
}

/// Walks over several manifests, each on a thread of its own, as many at once as there are cores; over those of a
/// small bag on this one. What they find is put down in their order, whichever ends first.
pub(crate) fn walk_all(
    context: &mut Context<'_>,
    manifests: &[Manifest<'_>],
    kind: ManifestKind,
) -> Result<Vec<Option<Listing>>, BagitError> {
    let at_once = if context.bag.is_small() { 1 } else { cores() };
    let mut listings = Vec::new();
    for manifests in manifests.chunks(at_once) {
        let shared = &*context;
        let walked: Vec<Walked> = match manifests {
            [manifest] => vec![walk(shared, manifest, kind)],
            _ => std::thread::scope(|scope| {
                let threads: Vec<_> =
                    manifests.iter().map(|manifest| scope.spawn(move || walk(shared, manifest, kind))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
            }),
        };
        for walked in walked {
            let (listing, found) = walked?;
            context.findings.append(found);
            listings.push(listing);
        }
    }
    Ok(listings)
}

/// RFC 8493 §2.4: the name is in lower case and has letters and digits only.
fn algorithm(manifest: &Manifest<'_>, found: &mut Findings) -> Option<Algorithm> {
    let Manifest { path, algorithm: name } = *manifest;
    let Ok(algorithm) = Algorithm::from_str(name) else {
        found.push(rules::ALGORITHM_UNKNOWN.finding().at(path).seen(name));
        return None;
    };
    if algorithm.name() != name {
        found.push(rules::MANIFEST_NAME_FORM.finding().at(path).expected(algorithm.name()).seen(name));
    }
    Some(algorithm)
}

struct Walk<'c, 'a> {
    context: &'c Context<'a>,
    kind: ManifestKind,
    resolver: Resolver<'c, 'a>,
    listing: Listing,
    /// The first digest of each member whose contents differ from it.
    wrong: HashMap<MemberIndex, Digest>,
    /// Members that were found by the other normal form of their names.
    respelled: HashSet<MemberIndex>,
    notes: FormNotes,
    remarks: Vec<Remark>,
    found: Findings,
}

impl<'c, 'a> Walk<'c, 'a> {
    fn new(context: &'c Context<'a>, manifest: &Manifest<'_>, kind: ManifestKind) -> Self {
        let mut found = Findings::default();
        let algorithm = algorithm(manifest, &mut found);
        let seen = Seen::with_room_for(context.bag.members.len());
        Self {
            context,
            kind,
            resolver: Resolver::new(context),
            listing: Listing { manifest: manifest.path.to_owned(), algorithm, seen, missing: HashMap::new() },
            wrong: HashMap::new(),
            respelled: HashSet::new(),
            notes: FormNotes::default(),
            remarks: Vec::new(),
            found,
        }
    }

    fn line(&mut self, number: u64, line: ManifestLine<'_>) {
        match line {
            ManifestLine::Entry { digest, path } => self.entry(number, digest, path),
            ManifestLine::Empty => self.notes.add(&rules::MANIFEST_LINE_EMPTY, number),
            ManifestLine::TooLong => self.notes.add(&rules::MANIFEST_LINE_TOO_LONG, number),
            ManifestLine::NotText => self.notes.add(&rules::MANIFEST_UNDECODABLE, number),
            ManifestLine::Malformed(_) => self.notes.add(&rules::MANIFEST_LINE_MALFORMED, number),
        }
    }

    fn entry(&mut self, number: u64, digest: &str, path: &str) {
        self.remarks.clear();
        // RFC 8493 §6.1.3: md5sum puts a backslash before the digest when it has doubled those in the path.
        let (digest, unescaped) = match digest.strip_prefix('\\') {
            Some(rest) => (rest, Some(path.replace("\\n", "\n").replace("\\\\", "\\"))),
            None => (digest, None),
        };
        if unescaped.is_some() {
            self.remarks.push(Remark::Mark);
        }
        let path = unescaped.as_deref().unwrap_or(path);
        let resolved = self.resolver.resolve(path, &mut self.remarks);
        self.note_remarks(number, path);
        match resolved {
            Resolved::Member(index) => self.member(index, digest),
            Resolved::Missing(missing) => self.missing(&missing, digest),
            Resolved::Unsafe => {
                self.found.push(self.place(rules::PATH_UNSAFE, number).expected("a path inside the bag").seen(path))
            }
        }
    }

    fn place(&self, rule: Rule, number: u64) -> Finding {
        rule.finding().at(&self.listing.manifest).message(format!("{}, in line {number}", rule.summary))
    }

    fn note_remarks(&mut self, number: u64, path: &str) {
        for remark in std::mem::take(&mut self.remarks) {
            match remark {
                Remark::Mark => self.notes.add(&rules::LEGACY_MARKS, number),
                Remark::LeadingDot => self.notes.add(&rules::MANIFEST_LEADING_DOT, number),
                Remark::Padded => self.notes.add(&rules::PATH_PADDED, number),
                Remark::Percent => self.notes.add(&rules::PERCENT_NOT_ENCODED, number),
                Remark::Backslash => self.notes.add(&rules::PATH_BACKSLASH, number),
                Remark::NormalForm => {
                    let finding = rules::NORMAL_FORM_DIFFERS.finding().at(path);
                    self.found.push(finding.seen(format!("line {number} of {}", self.listing.manifest)));
                    self.remarks.push(remark);
                }
            }
        }
    }

    fn member(&mut self, index: MemberIndex, digest: &str) {
        let member = self.context.bag.members.get(index);
        self.check_scope(member.path);
        let listed = self.parse(digest, member.path);
        if self.remarks.contains(&Remark::NormalForm) {
            self.respelled.insert(index);
        }
        // Two spellings of one name that lead to one file were reported as such, and are no repetition.
        if !self.listing.seen.insert(index) && !self.respelled.contains(&index) {
            return self.repeated(member.path, listed, self.first_digest(index, listed));
        }
        let Some(listed) = listed else { return };
        if let Some(finding) = compare(self.context.bag.members, index, listed, self.kind) {
            self.found.push(finding);
            if self.wrong.len() < REMEMBERED_MAX {
                self.wrong.insert(index, listed);
            }
        }
    }

    /// What the manifest said of a member before: its true digest, unless another was put down.
    fn first_digest(&self, index: MemberIndex, listed: Option<Digest>) -> Option<Digest> {
        let actual = listed.and_then(|digest| self.context.bag.members.digest(index, digest.algorithm()));
        self.wrong.get(&index).copied().or(actual)
    }

    fn missing(&mut self, path: &str, digest: &str) {
        let listed = self.parse(digest, path);
        if let Some(first) = self.listing.missing.get(path) {
            return self.repeated(path, listed, *first);
        }
        let rule = match self.kind {
            ManifestKind::Payload if !path.starts_with("data/") => rules::PATH_OUTSIDE_PAYLOAD,
            ManifestKind::Payload => rules::PAYLOAD_FILE_MISSING,
            ManifestKind::Tag => rules::TAG_FILE_MISSING,
        };
        self.found.push(rule.finding().at(path).expected(format!("listed in {}", self.listing.manifest)));
        if self.listing.missing.len() < REMEMBERED_MAX {
            self.listing.missing.insert(path.to_owned(), listed);
        }
    }

    /// RFC 8493 §2.1.3: "exactly once" came with 1.0; before, the same digest twice did no harm.
    fn repeated(&mut self, path: &str, listed: Option<Digest>, first: Option<Digest>) {
        let is_same = listed == first;
        let is_forgiven = is_same && self.context.version < Version::V1_0;
        let rule = if is_same { rules::ENTRY_REPEATED } else { rules::ENTRY_CONFLICTING };
        let severity = if is_forgiven { Severity::Warning } else { Severity::Error };
        self.found
            .push(rule.finding().at(path).severity(severity).expected(format!("once in {}", self.listing.manifest)));
    }

    /// RFC 8493 §2.1.3 and §2.2.1: what a manifest of each kind may list.
    fn check_scope(&mut self, path: &str) {
        let rule = match (self.kind, PathClass::of(path)) {
            (ManifestKind::Payload, PathClass::Payload) => return,
            (ManifestKind::Payload, _) => rules::PATH_OUTSIDE_PAYLOAD,
            (ManifestKind::Tag, PathClass::Payload) => rules::TAG_MANIFEST_LISTS_PAYLOAD,
            (ManifestKind::Tag, PathClass::TagManifest(_)) => rules::TAG_MANIFEST_LISTS_TAG_MANIFEST,
            (ManifestKind::Tag, _) => return,
        };
        self.found.push(rule.finding().at(path).seen(format!("listed in {}", self.listing.manifest)));
    }

    fn parse(&mut self, digest: &str, path: &str) -> Option<Digest> {
        match Digest::parse(self.listing.algorithm?, digest) {
            Ok(digest) => Some(digest),
            Err(why) => {
                self.found.push(malformed(&why, digest, &self.listing.manifest, path));
                None
            }
        }
    }
}
