//! What a package holds, while its entries are gone through: members, top folders, empty folders, findings.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use findings::{Finding, Findings, Rule};

use super::limits::PackageLimits;
use super::name::{EntryName, shown};
use super::top_folder::TopFolders;
use crate::{MEMBERS_MAX, Member, MemberIndex, Members, rules};

/// Folder entries that are remembered in order to report the empty ones; nobody reads more.
const FOLDERS_MAX: usize = 100_000;

/// Where a member's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub size_bytes: u64,
    pub offset_bytes: u64,
    pub modified_at: i64,
}

impl Place {
    pub(crate) fn of(member: &Member<'_>) -> Self {
        Self { size_bytes: member.size_bytes, offset_bytes: member.offset_bytes, modified_at: member.modified_at }
    }
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entered {
    Member(MemberIndex),
    /// A finding says why not.
    Refused,
    /// No more can be taken; a finding says so.
    Full,
}

/// The growing table of a package.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub members: Members,
    pub findings: Findings,
    limits: PackageLimits,
    top_folders: TopFolders,
    paths_bytes: u64,
    has_leading_dot: bool,
    folders: Vec<String>,
    /// How many entries were no members; they are bounded as members are.
    others: usize,
    /// Hashes of all folders with something in them; a collision hides one warning and nothing else.
    filled: HashSet<u64>,
}

impl Catalog {
    pub(crate) fn new(limits: PackageLimits) -> Self {
        Self {
            members: Members::new(),
            findings: Findings::default(),
            limits,
            top_folders: TopFolders::default(),
            paths_bytes: 0,
            has_leading_dot: false,
            folders: Vec::new(),
            others: 0,
            filled: HashSet::new(),
        }
    }

    /// Takes a file of an archive by the name that the archive gives it.
    pub(crate) fn file(&mut self, raw: &[u8], place: Place) -> Entered {
        let Some(name) = self.name(raw) else { return Entered::Refused };
        match self.top_folders.path_in_bag(&name) {
            Some(path) => self.member(path, place),
            None => Entered::Refused,
        }
    }

    /// Takes a folder of an archive.
    pub(crate) fn folder(&mut self, raw: &[u8]) {
        let Some(name) = self.name(raw) else { return };
        self.top_folders.folder(&name);
        if let Some((_, path)) = name.split_once('/') {
            self.folder_in_bag(path);
        }
    }

    /// Takes a file by its path in the bag.
    pub(crate) fn member(&mut self, path: &str, place: Place) -> Entered {
        if self.members.len() >= self.limits.members_max.min(MEMBERS_MAX) {
            let limit = format!("at most {} members", self.limits.members_max.min(MEMBERS_MAX));
            self.findings.push(rules::MEMBERS_TOO_MANY.finding().expected(limit));
            return Entered::Full;
        }
        self.paths_bytes += path.len() as u64;
        if self.paths_bytes > self.limits.paths_bytes_max {
            let limit = format!("at most {} bytes of paths", self.limits.paths_bytes_max);
            self.findings.push(rules::MEMBERS_TOO_MANY.finding().expected(limit));
            return Entered::Full;
        }
        if self.members.find(path).is_some() {
            self.findings.push(rules::ENTRY_DUPLICATE.finding().at(path));
            return Entered::Refused;
        }
        if path.contains('\\') {
            self.findings.push(rules::ENTRY_BACKSLASH.finding().at(path));
        }
        self.mark_filled(path);
        Entered::Member(self.members.push(path, place.size_bytes, place.offset_bytes, place.modified_at))
    }

    /// Takes a folder by its path in the bag.
    pub(crate) fn folder_in_bag(&mut self, path: &str) {
        if path == "data" {
            self.members.mark_payload_folder();
        }
        if self.folders.len() < FOLDERS_MAX {
            self.folders.push(path.to_owned());
        }
        self.mark_filled(path);
    }

    /// Puts down that an entry breaks a rule.
    pub(crate) fn refuse(&mut self, raw: &[u8], rule: &'static Rule) {
        self.findings.push(rule.finding().at(shown(raw)));
    }

    /// Ends the listing of an archive, and returns the name of its top folder.
    pub(crate) fn finish_archive(&mut self, package_name: &str) -> Option<String> {
        if self.has_leading_dot {
            self.findings.push(rules::ENTRY_LEADING_DOT.finding());
        }
        self.finish_folder();
        let (top, findings) = std::mem::take(&mut self.top_folders).finish();
        findings.into_iter().for_each(|finding| self.findings.push(finding));
        if let Some(top) = top.as_deref().filter(|top| *top != package_name) {
            let finding = rules::TOP_FOLDER_NAME.finding().at(top);
            self.findings.push(finding.expected(package_name).seen(top));
        }
        top
    }

    /// Ends the listing of a folder.
    pub(crate) fn finish_folder(&mut self) {
        for folder in std::mem::take(&mut self.folders) {
            // An empty payload is a payload all the same: RFC 8493 §2.1.2.
            if folder != "data" && !self.filled.contains(&hash(&folder)) {
                self.findings.push(rules::FOLDER_EMPTY.finding().at(folder));
            }
        }
        self.filled = HashSet::new();
    }

    /// Counts an entry that is no member. There may be as many as members, so that an endless row of them ends.
    pub(crate) fn other_entry(&mut self) -> Entered {
        self.others += 1;
        if self.others <= self.limits.members_max {
            return Entered::Refused;
        }
        self.findings.push(rules::MEMBERS_TOO_MANY.finding().message("the archive has too many entries"));
        Entered::Full
    }

    /// Adds a finding.
    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn name(&mut self, raw: &[u8]) -> Option<String> {
        match EntryName::parse(raw) {
            Ok(name) => {
                self.has_leading_dot |= name.had_leading_dot;
                Some(name.text)
            }
            Err(rule) => {
                self.refuse(raw, rule);
                None
            }
        }
    }

    /// Marks the folders above a path, up to the first that is marked already.
    fn mark_filled(&mut self, mut path: &str) {
        while let Some((folder, _)) = path.rsplit_once('/') {
            if !self.filled.insert(hash(folder)) {
                break;
            }
            path = folder;
        }
    }
}

fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
