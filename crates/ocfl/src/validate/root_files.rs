//! The files of a storage root itself: declaration, layout, extensions (OCFL 1.1 §4).

use std::io::{self, Read};

use serde_json::Value;

use super::Report;
use super::declaration::ROOT;
use super::extensions;
use crate::layout::{LAYOUT_BYTES_MAX, LAYOUT_FILE, Layout};
use crate::{Error, Specification, Tree, TreeEntry, TreeEntryKind, rules};

/// Checks the declaration; returns the specification that the root declares.
pub(super) fn check_declaration(tree: &dyn Tree, entries: &[TreeEntry], report: &mut Report) -> Option<Specification> {
    let files = entries.iter().filter(|entry| entry.kind == TreeEntryKind::File);
    // Any file may lie in a root; only a name with a tag is meant as a declaration without doubt.
    let named = files.map(|entry| entry.name.clone()).filter(|name| name.contains('=') || name.starts_with('0'));
    let names: Vec<String> = named.filter(|name| ROOT.is_meant_by(name)).collect();
    ROOT.check(tree, &names, report)
}

/// Checks `ocfl_layout.json` and the extensions; returns the layout when it is one that we know.
pub(super) fn check_layout(tree: &dyn Tree, entries: &[TreeEntry], report: &mut Report) -> Option<Layout> {
    let is = |name: &str, kind| entries.iter().any(|entry| entry.name == name && entry.kind == kind);
    if is("extensions", TreeEntryKind::Directory) {
        extensions::check(tree, &rules::E112, &rules::W016, report);
    }
    if !is(LAYOUT_FILE, TreeEntryKind::File) {
        return None;
    }
    let text = match read_small(tree, LAYOUT_FILE) {
        Ok(text) => text,
        Err(error) => {
            report.could_not_check(LAYOUT_FILE, error);
            return None;
        }
    };
    let name = layout_name(&text);
    let Some(name) = name else {
        report.find(&rules::E070, LAYOUT_FILE);
        return None;
    };
    if !extensions::is_layout(&name) {
        report.push(rules::E071.finding().at(LAYOUT_FILE).seen(name));
        return None;
    }
    read_layout(tree, &name, report)
}

fn layout_name(text: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let extension = value.get("extension")?.as_str()?;
    value.get("description")?.as_str()?;
    Some(extension.to_owned())
}

fn read_layout(tree: &dyn Tree, name: &str, report: &mut Report) -> Option<Layout> {
    let path = format!("extensions/{name}/config.json");
    let configuration = match read_small(tree, &path) {
        Ok(configuration) => Some(configuration),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            report.could_not_check(&path, error);
            return None;
        }
    };
    match Layout::read(name, configuration.as_deref()) {
        Ok(layout) => Some(layout),
        // Registered, but not known to us: objects cannot be held against it.
        Err(Error::UnknownLayout(_)) => None,
        Err(error) => {
            report.push(rules::E071.finding().at(path).seen(error.to_string()));
            None
        }
    }
}

fn read_small(tree: &dyn Tree, path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    tree.open(path)?.take(LAYOUT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LAYOUT_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(bytes)
}
