//! What can be checked only when the whole inventory has been read.

use std::collections::BTreeSet;
use std::mem;

use digests::Algorithm;
use findings::Rule;

use super::versions::is_uri;
use super::{Parsed, Reading};
use crate::inventory::{Content, Draft, FixityBlock, Inventory};
use crate::logical_path::conflicts;
use crate::{Error, Specification, VersionNumber, rules};

impl Reading {
    pub fn finish(mut self) -> Result<Parsed, Error> {
        let names_content_directory = self.keys.iter().any(|key| key == "contentDirectory");
        self.check_keys();
        let version_keys: Vec<VersionNumber> = self.versions.keys().copied().collect();
        if self.has_versions {
            self.check_sequence(&version_keys);
        }
        // Without manifest or versions nothing else fits together, and it would be idle to say so of every path.
        let is_whole = self.has_manifest && !version_keys.is_empty();
        if is_whole {
            self.check_digests();
        }
        let inventory = if is_whole { self.build()? } else { None };
        if let Some(inventory) = &inventory {
            self.check_contents(inventory, &version_keys.iter().copied().collect());
            self.check_fixity(inventory);
            self.check_states(inventory);
        }
        Ok(Parsed {
            inventory,
            findings: self.findings,
            names_content_directory,
            algorithm_name: self.algorithm,
            version_keys,
        })
    }

    fn check_keys(&mut self) {
        let missing: [(&str, &Rule); 6] = [
            ("id", &rules::E036),
            ("type", &rules::E036),
            ("digestAlgorithm", &rules::E036),
            ("head", &rules::E036),
            ("manifest", &rules::E041),
            ("versions", &rules::E041),
        ];
        for (key, rule) in missing {
            if !self.keys.iter().any(|seen| seen == key) {
                self.report(rule, format!("{key} is missing"));
            }
        }
        match self.id.take() {
            Some(id) if id.is_empty() => self.report(&rules::E037, "id is empty"),
            Some(id) => {
                if !is_uri(&id) {
                    self.report(&rules::W005, id.as_str());
                }
                self.id = Some(id);
            }
            None => {}
        }
        if let Some(kind) = self.kind.clone().filter(|kind| Specification::of_inventory_type(kind).is_none()) {
            self.report(&rules::E038, kind);
        }
        match self.algorithm.clone().as_deref() {
            None | Some("sha512") => {}
            Some("sha256") => self.report(&rules::W004, "sha256"),
            Some(other) => self.report(&rules::E025, other),
        }
    }

    /// OCFL 1.1 §3.3: versions count from 1 without gap, all in the manner of the first.
    fn check_sequence(&mut self, keys: &[VersionNumber]) {
        let Some(first) = keys.first().copied() else {
            return self.report(&rules::E008, "versions is empty");
        };
        if first.number() != 1 {
            self.report(&rules::E009, first.to_string());
        }
        for (before, after) in keys.iter().zip(&keys[1..]) {
            if after.number() > before.number() + 1 {
                self.report(&rules::E010, format!("{after} follows {before}"));
            }
        }
        for key in keys.iter().filter(|key| key.width() != first.width()) {
            let is_outgrown = !key.is_padded() && key.to_string().len() == usize::from(first.width()) + 1;
            self.report(if is_outgrown { &rules::E011 } else { &rules::E012 }, format!("{key} beside {first}"));
            self.report(&rules::E013, format!("{key} beside {first}"));
        }
        if first.is_padded() {
            self.report(&rules::W001, first.to_string());
        }
        let last = keys.last().map(ToString::to_string);
        match &self.head {
            Some(head) if self.head != last => self.report(&rules::E040, head.clone()),
            _ => {}
        }
    }

    fn check_digests(&mut self) {
        let width = self.known_algorithm().map(Algorithm::length_bytes);
        if let (Some(expected), Some(seen)) = (width, self.digests.width())
            && expected != seen
        {
            let name = self.algorithm.clone().unwrap_or_default();
            self.report(&rules::E039, format!("{name} beside digests of {} digits", seen * 2));
        }
        let missing: Vec<u32> = self.digests.not_in_manifest().take(findings::FINDINGS_MAX).collect();
        for digest in missing.into_iter().chain(self.digests.spelt_otherwise()) {
            self.report(&rules::E050, self.digests.text(digest));
        }
        let unused: Vec<u32> = self.digests.unused().take(findings::FINDINGS_MAX).collect();
        for digest in unused {
            self.report(&rules::E107, self.digests.text(digest));
        }
    }

    /// Makes an inventory of what could be understood; `None` when not even the digests could.
    fn build(&mut self) -> Result<Option<Inventory>, Error> {
        let by_width = |width| match width {
            32 => Some(Algorithm::Sha256),
            64 => Some(Algorithm::Sha512),
            width => Algorithm::all().find(|algorithm| algorithm.length_bytes() == width),
        };
        let known = self.known_algorithm();
        let width = self.digests.width();
        let fits = known.filter(|algorithm| width.is_none_or(|width| width == algorithm.length_bytes()));
        let Some(algorithm) = fits.or_else(|| width.and_then(by_width)) else { return Ok(None) };
        let specification = self.kind.as_deref().and_then(Specification::of_inventory_type);
        let id = self.id.take().unwrap_or_default();
        let mut inventory = Draft::new(&id, specification.unwrap_or(Specification::NEWEST), algorithm).finish();
        inventory.content_directory = self.content_directory.take();
        inventory.names = mem::take(&mut self.names).names;
        if let Some(table) = self.digests.table() {
            inventory.digests = table;
        }
        inventory.manifest = mem::take(&mut self.manifest);
        for block in mem::take(&mut self.fixity) {
            let digests = block.digests.digests;
            inventory.fixity.push(FixityBlock { algorithm: block.algorithm, digests, entries: block.entries });
        }
        let versions = mem::take(&mut self.versions);
        let in_sequence = versions.keys().zip(1..).take_while(|(number, expected)| number.number() == *expected);
        let count = in_sequence.count();
        inventory.head = versions.keys().nth(count.saturating_sub(1)).copied().unwrap_or(VersionNumber::FIRST);
        inventory.versions = versions.into_values().take(count).collect();
        inventory.settle();
        inventory.split_again(&self.assumed_directory)?;
        Ok(Some(inventory))
    }

    /// OCFL 1.1 §3.5.2: content paths lead into content directories, and do not stand in each other's way.
    fn check_contents(&mut self, inventory: &Inventory, versions: &BTreeSet<VersionNumber>) {
        let contents = &inventory.manifest;
        for content in contents {
            match content.place.version() {
                Some(version) if versions.contains(&version) => {}
                Some(version) if versions.iter().any(|key| key.number() == version.number()) => {
                    self.report(&rules::E014, inventory.path_of(content.place));
                }
                None if has_foreign_separators(inventory.names.get(content.place.name)) => {
                    self.report(&rules::E035, inventory.path_of(content.place));
                }
                _ => self.report(&rules::E042, inventory.path_of(content.place)),
            }
        }
        for (one, other) in place_conflicts(inventory, contents) {
            self.report(&rules::E101, format!("{one} and {other}"));
        }
    }

    fn check_fixity(&mut self, inventory: &Inventory) {
        for block in &inventory.fixity {
            for pair in block.entries.windows(2).filter(|pair| pair[0].place == pair[1].place) {
                self.report(&rules::E101, format!("fixity: {}", inventory.path_of(pair[0].place)));
            }
            for entry in &block.entries {
                if inventory.manifest.binary_search_by_key(&entry.place, |content| content.place).is_err() {
                    self.report(&rules::E057, format!("fixity: {}", inventory.path_of(entry.place)));
                }
            }
        }
    }

    fn check_states(&mut self, inventory: &Inventory) {
        for (version, number) in inventory.versions.iter().zip(inventory.version_numbers()) {
            let state = &version.state;
            for (one, other) in conflicts(state.len(), |place| inventory.names.get(state[place].path)) {
                self.report(&rules::E095, format!("{number}: {one} and {other}"));
            }
        }
    }
}

/// Says whether a path was written as Windows does.
fn has_foreign_separators(path: &str) -> bool {
    path.contains('\\') && !path.contains('/')
}

/// Finds content paths that are there twice or lie in one another.
fn place_conflicts(inventory: &Inventory, contents: &[Content]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // Places of one version are in order of their names; those of different versions cannot meet.
    for group in contents.chunk_by(|one, other| one.place.version() == other.place.version()) {
        let name = |place: usize| inventory.names.get(group[place].place.name);
        let prefix = |name: &str| match group[0].place.version() {
            Some(version) => format!("{version}/{}/{name}", inventory.content_directory()),
            None => name.to_owned(),
        };
        found.extend(conflicts(group.len(), name).map(|(one, other)| (prefix(one), prefix(other))));
    }
    // A path of another form can be the very directory that the others lie in.
    for content in contents.iter().take_while(|content| content.place.version().is_none()) {
        let folder = inventory.names.get(content.place.name);
        let inside = format!("/{}", inventory.content_directory());
        let version = folder.strip_suffix(inside.as_str()).unwrap_or(folder).parse();
        if let Some(other) = version.ok().and_then(|version| inventory.first_of(version)) {
            found.push((folder.to_owned(), inventory.path_of(other.place)));
        }
    }
    found
}
