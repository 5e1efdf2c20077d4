//! The inventories of the version directories: each must tell the same history as the newest (OCFL 1.1 §3.7).

use digests::{Algorithm, Algorithms, Digest};

use super::ObjectCheck;
use super::content::Expectation;
use super::inventory_file::{ReadInventory, algorithm_named};
use super::object_root::ObjectRoot;
use super::version_directory::{Found, FoundVersion, MISSING};
use crate::tree::join;
use crate::{Error, INVENTORY_FILE, Inventory, Specification, VersionNumber, rules};

impl ObjectCheck<'_> {
    /// Checks the inventory of every version directory; returns what they expect of content beyond the newest.
    pub fn history(
        &mut self,
        root: &ObjectRoot,
        newest: &ReadInventory,
        inventory: &Inventory,
        found: &Found,
    ) -> Result<Vec<Expectation>, Error> {
        let mut expectations = Vec::new();
        let mut before = Specification::V1_0;
        let last = newest.version_keys.last().copied();
        for version in found.versions.iter().filter(|version| version.has_inventory) {
            if Some(version.number) == last && self.is_same_file(root, newest, inventory, version) {
                self.order_of_specifications(&mut before, newest.specification(), version.number);
                continue;
            }
            let folder = version.number.to_string();
            let Some(read) = self.inventory_file(&folder, &version.sidecars)? else { continue };
            self.order_of_specifications(&mut before, read.specification(), version.number);
            self.content_directory_kept(newest, inventory, &read, version.number);
            if let Some(older) = &read.inventory {
                let mut pair = Pair { check: self, newest: inventory, older, number: version.number };
                pair.heads(&read);
                pair.states();
                pair.manifests(found, &mut expectations);
            }
        }
        expectations.sort_by_key(|expectation| expectation.content);
        Ok(expectations)
    }

    /// OCFL 1.1 §3.7, E064: the newest version's inventory is the same file as the object root's.
    fn is_same_file(
        &mut self,
        root: &ObjectRoot,
        newest: &ReadInventory,
        inventory: &Inventory,
        version: &FoundVersion,
    ) -> bool {
        let folder = version.number.to_string();
        let path = join(&folder, INVENTORY_FILE);
        let sidecars = root.sidecars.iter().chain(&version.sidecars);
        let algorithms: Algorithms = sidecars.filter_map(|name| algorithm_named(name)).collect();
        let Some(digests) = self.fingerprint(&path, algorithms.with(Algorithm::Sha512)) else { return true };
        if digests.get(Algorithm::Sha512) != newest.fingerprint {
            self.report.find(&rules::E064, &path);
            return false;
        }
        self.sidecar(&folder, &version.sidecars, Some(inventory.algorithm().ocfl_name()), &digests);
        true
    }

    /// OCFL 1.1 §3.7.1: no version conforms to an earlier specification than the one before it.
    fn order_of_specifications(
        &mut self,
        before: &mut Specification,
        of: Option<Specification>,
        number: VersionNumber,
    ) {
        let Some(of) = of else { return };
        if of < *before {
            let finding = rules::E103.finding().at(join(&number.to_string(), INVENTORY_FILE));
            self.report.push(finding.expected(before.number()).seen(of.number()));
        }
        *before = of.max(*before);
    }

    /// OCFL 1.1 §3.3.1: the content directory is named in the first version, and stays.
    fn content_directory_kept(
        &mut self,
        newest: &ReadInventory,
        inventory: &Inventory,
        older: &ReadInventory,
        number: VersionNumber,
    ) {
        let Some(old) = &older.inventory else { return };
        let rule = if newest.names_content_directory && !older.names_content_directory && number.number() == 1 {
            &rules::E019
        } else if inventory.content_directory() != old.content_directory() {
            &rules::E020
        } else {
            return;
        };
        let finding = rule.finding().at(join(&number.to_string(), INVENTORY_FILE));
        self.report.push(finding.expected(inventory.content_directory()).seen(old.content_directory()));
    }
}

/// An older inventory beside the newest.
struct Pair<'pair, 'tree> {
    check: &'pair mut ObjectCheck<'tree>,
    newest: &'pair Inventory,
    older: &'pair Inventory,
    number: VersionNumber,
}

impl Pair<'_, '_> {
    fn file(&self) -> String {
        join(&self.number.to_string(), INVENTORY_FILE)
    }

    fn heads(&mut self, read: &ReadInventory) {
        let file = self.file();
        if self.older.id() != self.newest.id() && !read.findings_had("E036") && !read.findings_had("E037") {
            let finding = rules::E110.finding().at(file.as_str()).expected(self.newest.id());
            self.check.report.push(finding.seen(self.older.id()));
        }
        let last = read.version_keys.last().copied();
        if last.is_some_and(|last| last != self.number) {
            let finding = rules::E040.finding().at(file).expected(self.number.to_string());
            self.check.report.push(finding.seen(last.map(|last| last.to_string()).unwrap_or_default()));
        }
    }

    /// OCFL 1.1 §3.7, E066 and W011: each version is what it was.
    fn states(&mut self) {
        let file = self.file();
        for number in self.older.version_numbers() {
            if self.newest.notes(number).is_none() {
                let finding = rules::E066.finding().at(file.as_str()).seen(number.to_string());
                self.check.report.push(finding.message("an older inventory has a version that the newest has not"));
                continue;
            }
            if self.newest.notes(number) != self.older.notes(number) {
                self.check.report.push(rules::W011.finding().at(file.as_str()).seen(number.to_string()));
            }
            for path in self.differences(number) {
                self.check.report.push(rules::E066.finding().at(file.as_str()).seen(format!("{number}: {path}")));
            }
        }
    }

    /// Returns the logical paths that are in one state only, or are of different content.
    fn differences(&self, number: VersionNumber) -> Vec<String> {
        let mut different = Vec::new();
        let mut new = self.newest.state(number).peekable();
        let mut old = self.older.state(number).peekable();
        while different.len() < findings::FINDINGS_MAX {
            match (new.peek(), old.peek()) {
                (None, None) => break,
                (Some((path, digest)), Some((same, before))) if path == same => {
                    if !self.is_same_content(*digest, *before) {
                        different.push((*path).to_owned());
                    }
                    new.next();
                    old.next();
                }
                (Some((path, _)), Some((other, _))) if path > other => {
                    different.push((*other).to_owned());
                    old.next();
                }
                (Some((path, _)), _) => {
                    different.push((*path).to_owned());
                    new.next();
                }
                (None, Some((other, _))) => {
                    different.push((*other).to_owned());
                    old.next();
                }
            }
        }
        different
    }

    fn is_same_content(&self, new: Digest, old: Digest) -> bool {
        if new.algorithm() == old.algorithm() {
            return new == old;
        }
        // Under another algorithm the place tells: both must mean the same file.
        let Some(path) = self.older.content_path(old) else { return true };
        let Some(place) = self.newest.place_of(&path) else { return true };
        let contents = self.newest.contents_at(place);
        contents.is_empty()
            || contents.clone().any(|content| self.newest.digest(self.newest.manifest[content].digest) == new)
    }

    /// The older manifest lists every file of its time, with the digests that they have (E023, E092, E093).
    fn manifests(&mut self, found: &Found, expectations: &mut Vec<Expectation>) {
        let file = self.file();
        let mut is_listed = vec![false; self.newest.manifest.len()];
        for (path, digest) in self.older.contents() {
            let contents = self.newest.place_of(&path).map_or(0..0, |place| self.newest.contents_at(place));
            let Some(content) = contents.clone().next() else {
                let finding =
                    rules::E092.finding().at(path).message("a file of an older manifest is not in the newest");
                self.check.report.push(finding.seen(file.as_str()));
                continue;
            };
            is_listed[content] = true;
            let own = self.newest.digest(self.newest.manifest[content].digest);
            let own_fixity = self.newest.fixity_at(self.newest.manifest[content].place);
            if digest.algorithm() != own.algorithm() {
                expectations.push(Expectation { content: content as u32, digest, rule: &rules::E092 });
            } else if digest != own {
                let finding = rules::E092.finding().at(path.as_str()).expected(own.to_hex()).seen(digest.to_hex());
                self.check
                    .report
                    .push(finding.message("an older manifest gives a file another digest than the newest"));
            }
            for other in
                self.older.fixity_of(&path).iter().filter(|other| own_fixity.get(other.algorithm()) != Some(*other))
            {
                expectations.push(Expectation { content: content as u32, digest: other, rule: &rules::E093 });
            }
        }
        for (content, entry) in self.newest.manifest.iter().enumerate() {
            let is_of_its_time = entry.place.version().is_some_and(|version| version.number() <= self.number.number());
            if is_of_its_time && found.sizes[content] != MISSING && !is_listed[content] {
                let finding = rules::E023.finding().at(self.newest.path_of(entry.place));
                self.check
                    .report
                    .push(finding.seen(file.as_str()).message("a file is not in the manifest of its version"));
            }
        }
    }
}
