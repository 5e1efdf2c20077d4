//! What one table has that another has not.

use std::collections::HashMap;

use pronom::Signatures;
use pronom::table::{ContainerSignature, Format, Puid};
use serde::Serialize;

use super::super::output;
use super::super::table::{Side, Table};

/// Formats that are named to people; `--json` names all.
const NAMED_MAX: usize = 20;

/// What an update changes.
#[derive(Debug, Default, Serialize)]
pub struct Difference {
    /// Formats that are new.
    pub new: Vec<Named>,
    /// Formats whose facts or signatures have changed.
    pub changed: Vec<Named>,
    /// Formats that are gone.
    pub removed: Vec<Named>,
}

/// A format.
#[derive(Debug, Serialize)]
pub struct Named {
    puid: String,
    name: String,
}

impl Difference {
    /// Compares two tables.
    #[must_use]
    pub fn between(before: &Signatures, after: &Signatures) -> Self {
        let (old, new) = (by_puid(before), by_puid(after));
        let mut difference = Self::default();
        for format in after.formats() {
            match old.get(&format.puid) {
                None => difference.new.push(named(format)),
                Some(facts) if new.get(&format.puid) != Some(facts) => difference.changed.push(named(format)),
                Some(_) => {}
            }
        }
        let is_gone = |format: &&Format| !new.contains_key(&format.puid);
        difference.removed = before.formats().iter().filter(is_gone).map(named).collect();
        difference
    }

    /// Tells people.
    pub fn print(&self) {
        let groups = [("new", &self.new), ("changed", &self.changed), ("removed", &self.removed)];
        let counts: Vec<_> = groups.iter().map(|(word, formats)| format!("{} {word}", formats.len())).collect();
        output::line(&format!("formats: {}", counts.join(", ")));
        let mut table = Table::new(&[("", Side::Left), ("puid", Side::Left), ("format", Side::Left)]);
        let rows = groups.iter().flat_map(|(word, formats)| formats.iter().map(move |format| (word, format)));
        rows.take(NAMED_MAX).for_each(|(word, format)| table.row([word, format.puid.as_str(), &format.name]));
        table.print_indented();
        let all: usize = groups.iter().map(|(_, formats)| formats.len()).sum();
        if all > NAMED_MAX {
            output::line(&format!("  and {} more; --json names all", all - NAMED_MAX));
        }
    }
}

type Facts<'a> = (&'a Format, Vec<&'a ContainerSignature>);

fn by_puid(signatures: &Signatures) -> HashMap<&Puid, Facts<'_>> {
    let mut facts: HashMap<&Puid, Facts<'_>> =
        signatures.formats().iter().map(|format| (&format.puid, (format, Vec::new()))).collect();
    for container in signatures.containers() {
        if let Some((_, containers)) = facts.get_mut(&container.puid) {
            containers.push(container);
        }
    }
    facts
}

fn named(format: &Format) -> Named {
    let name = match &format.version {
        Some(version) => format!("{} {version}", format.name),
        None => format.name.clone(),
    };
    Named { puid: format.puid.to_string(), name }
}
