//! The content itself: every file read once, and held against every digest that any inventory gives.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Mutex;

use digests::{Algorithms, Control, Digest, Digests, Job, Limits, Watch, hash_many};
use findings::{Finding, Rule};

use super::ObjectCheck;
use super::version_directory::{Found, MISSING};
use crate::{Inventory, Tree, rules};

/// A digest that an older inventory gives for a file, and the newest does not.
pub(super) struct Expectation {
    /// The file's place in the newest manifest.
    pub content: u32,
    pub digest: Digest,
    pub rule: &'static Rule,
}

impl ObjectCheck<'_> {
    pub fn content(&mut self, inventory: &Inventory, found: &Found, expected: &[Expectation], limits: Limits) {
        let mut verdicts: Vec<(u32, Verdict)> = Vec::new();
        for (algorithms, contents) in groups(inventory, found, expected) {
            let jobs = contents.into_iter().map(|content| Job {
                key: content,
                reader: Lazy::new(self.tree, inventory.path_of(inventory.manifest[content as usize].place)),
                size_hint: found.sizes[content as usize],
            });
            let watch = Verdicts { inventory, expected, found: Mutex::new(Vec::new()) };
            hash_many(algorithms, jobs, limits, &watch);
            verdicts.extend(watch.found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner));
        }
        // Threads end in any order; a report does not.
        verdicts.sort_by_key(|(content, _)| *content);
        for (content, verdict) in verdicts {
            match verdict {
                Verdict::Finding(finding) => self.report.push(*finding),
                Verdict::Unread(error) => {
                    let path = inventory.path_of(inventory.manifest[content as usize].place);
                    self.report.could_not_check(&path, error);
                }
            }
        }
    }
}

/// Puts the files that are there into groups of those that need the same algorithms.
fn groups(inventory: &Inventory, found: &Found, expected: &[Expectation]) -> Vec<Group> {
    let mut groups: BTreeMap<Vec<&str>, Group> = BTreeMap::new();
    let own = Algorithms::from(inventory.algorithm());
    let mut extra = expected.iter().peekable();
    for (content, entry) in inventory.manifest.iter().enumerate() {
        let mut algorithms = own.union(inventory.fixity_at(entry.place).algorithms());
        while let Some(expectation) = extra.next_if(|expectation| expectation.content as usize <= content) {
            if expectation.content as usize == content {
                algorithms = algorithms.with(expectation.digest.algorithm());
            }
        }
        if found.sizes[content] != MISSING {
            let key: Vec<&str> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
            groups.entry(key).or_insert_with(|| (algorithms, Vec::new())).1.push(content as u32);
        }
    }
    groups.into_values().collect()
}

type Group = (Algorithms, Vec<u32>);

enum Verdict {
    Finding(Box<Finding>),
    Unread(io::Error),
}

/// Holds each file's digests against what is expected, as soon as they are known.
struct Verdicts<'check> {
    inventory: &'check Inventory,
    /// In order of content.
    expected: &'check [Expectation],
    found: Mutex<Vec<(u32, Verdict)>>,
}

impl Watch<u32> for Verdicts<'_> {
    fn ended(&self, content: u32, result: io::Result<(Digests, u64)>) -> Control {
        let verdicts = match result {
            Ok((digests, _)) => self.compare(content, &digests),
            Err(error) => vec![Verdict::Unread(error)],
        };
        if !verdicts.is_empty() {
            let mut found = self.found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            found.extend(verdicts.into_iter().map(|verdict| (content, verdict)));
        }
        Control::Continue
    }
}

impl Verdicts<'_> {
    fn compare(&self, content: u32, seen: &Digests) -> Vec<Verdict> {
        let entry = self.inventory.manifest[content as usize];
        let own = (&rules::E092, self.inventory.digest(entry.digest));
        let fixity = self.inventory.fixity_at(entry.place);
        let first = self.expected.partition_point(|expectation| expectation.content < content);
        let older = self.expected[first..].iter().take_while(|expectation| expectation.content == content);
        let all = std::iter::once(own)
            .chain(fixity.iter().map(|digest| (&rules::E093, digest)))
            .chain(older.map(|expectation| (expectation.rule, expectation.digest)));
        let wrong = all.filter(|(_, expected)| seen.get(expected.algorithm()) != Some(*expected));
        let finding = |(rule, expected): (&Rule, Digest)| {
            let finding = rule.finding().at(self.inventory.path_of(entry.place)).expected(format!("{expected:?}"));
            let seen = seen.get(expected.algorithm()).map_or_else(String::new, |seen| seen.to_hex());
            Verdict::Finding(Box::new(finding.seen(seen).message("a file does not have the digest given")))
        };
        wrong.map(finding).collect()
    }
}

/// A file that is opened when it is first read, so that a million jobs do not hold a million files open.
struct Lazy<'tree> {
    tree: &'tree dyn Tree,
    path: String,
    file: Option<Box<dyn Read + Send>>,
}

impl<'tree> Lazy<'tree> {
    fn new(tree: &'tree dyn Tree, path: String) -> Self {
        Self { tree, path, file: None }
    }
}

impl Read for Lazy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            None => {
                let mut file = self.tree.open(&self.path)?;
                let got = file.read(buffer);
                self.file = Some(file);
                got
            }
        }
    }
}
