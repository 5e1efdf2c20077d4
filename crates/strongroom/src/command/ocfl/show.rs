//! `strongroom ocfl show`: what a storage root or an object holds.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use ocfl::{FolderTree, Inventory, RootCheck, VersionNumber};
use serde_json::json;

use super::super::exit::Exit;
use super::super::output;
use super::super::shown::shown;
use super::super::table::{Side, Table};
use super::place::{Place, inventory};

/// Show what a storage root or an object holds.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  strongroom ocfl show strongroom-data/stores/first
  strongroom ocfl show --json strongroom-data/path/to/object
  strongroom ocfl show --version v1 path/to/object",
    disable_version_flag = true
)]
pub struct Show {
    /// A storage root, a store or an object
    path: PathBuf,
    /// Show the files of this version of an object [default: the newest]
    #[arg(long, value_name = "vN")]
    version: Option<VersionNumber>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Shows it.
    pub fn run(&self) -> anyhow::Result<Exit> {
        match Place::of(&self.path)? {
            Place::Root(root) => self.root(&root),
            Place::Object(object) => self.object(&object),
        }
    }

    fn root(&self, path: &Path) -> anyhow::Result<Exit> {
        let tree = FolderTree::new(path);
        let mut root = RootCheck::open(&tree)?;
        let layout = root.layout().map(|layout| layout.name().to_owned());
        let mut objects = Vec::new();
        let mut exit = Exit::Done;
        let (mut count, mut read) = (0, 0);
        while let Some(object) = root.next_object() {
            count += 1;
            match inventory(&path.join(&object)) {
                Ok(inventory) if self.json => {
                    read += 1;
                    output::json(&json!({
                        "kind": "object", "path": object, "id": inventory.id(), "head": inventory.head().to_string(),
                        "files": inventory.file_count(inventory.head()),
                    }));
                }
                Ok(inventory) => {
                    read += 1;
                    objects.push(Row::of(object, &inventory));
                }
                Err(error) => {
                    output::error(&format!("{error:#}"));
                    exit = Exit::Refused;
                }
            }
        }
        if self.json {
            output::json(&json!({
                "kind": "root", "path": path.display().to_string(), "layout": layout, "objects": count,
                "objects_read": read,
            }));
            return Ok(exit);
        }
        output::line(&format!("OCFL storage root {}", shown(&path.display().to_string())));
        output::field("layout", layout.as_deref().unwrap_or("none that is known"));
        output::field("objects", &count.to_string());
        output::line("");
        print_objects(&objects);
        Ok(exit)
    }

    fn object(&self, path: &Path) -> anyhow::Result<Exit> {
        let inventory = inventory(path)?;
        let version = match self.version {
            None => inventory.head(),
            Some(version) => known(&inventory, version)?,
        };
        if self.json {
            object_as_json(path, &inventory, version)
        } else {
            object_for_people(path, &inventory, version)
        }
        Ok(Exit::Done)
    }
}

/// Returns a version that the object has, however its number was padded by whoever typed it.
///
/// # Errors
/// The object has no such version.
pub fn known(inventory: &Inventory, version: VersionNumber) -> anyhow::Result<VersionNumber> {
    let found = inventory.version_numbers().find(|own| own.number() == version.number());
    found.with_context(|| format!("the object has no version {version}; its newest is {}", inventory.head()))
}

struct Row {
    path: String,
    id: String,
    head: String,
    files: usize,
}

impl Row {
    fn of(path: String, inventory: &Inventory) -> Self {
        let head = inventory.head();
        Self { path, id: inventory.id().to_owned(), head: head.to_string(), files: inventory.file_count(head) }
    }
}

fn print_objects(rows: &[Row]) {
    let mut table =
        Table::new(&[("id", Side::Left), ("newest", Side::Left), ("files", Side::Right), ("path", Side::Left)]);
    for row in rows {
        table.row([row.id.as_str(), row.head.as_str(), &row.files.to_string(), row.path.as_str()]);
    }
    table.print_indented();
}

/// Returns the bytes of a file of content by what the file system says; `None` when it is not there.
fn size_of(object: &Path, content_path: &str) -> Option<u64> {
    std::fs::symlink_metadata(object.join(content_path)).ok().filter(std::fs::Metadata::is_file).map(|seen| seen.len())
}

fn object_as_json(path: &Path, inventory: &Inventory, version: VersionNumber) {
    output::json(&json!({
        "kind": "object", "path": path.display().to_string(), "id": inventory.id(),
        "specification": inventory.specification().number(), "digest_algorithm": inventory.algorithm().to_string(),
        "head": inventory.head().to_string(),
    }));
    for number in inventory.version_numbers() {
        let notes = inventory.notes(number);
        let user = notes.and_then(|notes| notes.user.as_ref());
        output::json(&json!({
            "kind": "version", "version": number.to_string(), "files": inventory.file_count(number),
            "created": notes.map(|notes| &notes.created), "message": notes.and_then(|notes| notes.message.as_ref()),
            "user": user.map(|user| &user.name), "address": user.and_then(|user| user.address.as_ref()),
        }));
    }
    for (logical_path, digest) in inventory.state(version) {
        let content_path = inventory.content_path(digest);
        output::json(&json!({
            "kind": "file", "version": version.to_string(), "path": logical_path, "digest": digest.to_hex(),
            "size_bytes": content_path.as_ref().and_then(|content| size_of(path, content)), "content_path": content_path,
        }));
    }
}

fn object_for_people(path: &Path, inventory: &Inventory, version: VersionNumber) {
    output::line(&format!("OCFL object {}", shown(inventory.id())));
    output::field("path", &path.display().to_string());
    output::field("conforms to", &format!("OCFL {}", inventory.specification().number()));
    output::field("digests", &inventory.algorithm().to_string());
    output::line("");
    let mut versions = Table::new(&[
        ("version", Side::Left),
        ("files", Side::Right),
        ("created", Side::Left),
        ("by", Side::Left),
        ("message", Side::Left),
    ]);
    for number in inventory.version_numbers() {
        let notes = inventory.notes(number).cloned().unwrap_or_default();
        versions.row([
            number.to_string(),
            inventory.file_count(number).to_string(),
            notes.created,
            notes.user.map(|user| user.name).unwrap_or_default(),
            notes.message.unwrap_or_default(),
        ]);
    }
    versions.print_indented();
    output::line(&format!("\nFiles of {version}:"));
    let mut files = Table::new(&[("size", Side::Right), ("file", Side::Left)]);
    for (logical_path, digest) in inventory.state(version) {
        let size = inventory.content_path(digest).and_then(|content| size_of(path, &content));
        files.row([&size.map_or_else(|| "missing".to_owned(), output::bytes), logical_path]);
    }
    files.print_indented();
}
