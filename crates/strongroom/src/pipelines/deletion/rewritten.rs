//! The documents of an object without the files that go, composed in staging: the same for every store.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use backends::storage::{ObjectReader, Store};
use digests::{Algorithm, Digest};
use model::{Deletion, DeletionTarget, StepError, VersionCounts};
use ocfl::{Declaration, INVENTORY_FILE, Inventory, Specification};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::Work;
use super::super::context::storage;
use super::super::hashing::Hashing;
use super::super::ingest::sidecars::composing::{Composing, Document};
use super::super::ingest::sidecars::{summed_paths, sums_path};
use super::gone::GoneFiles;

/// Bytes of `vN-object.json` at the most. It bears all tags of a bag.
const OBJECT_BYTES_MAX: u64 = 1 << 30;
/// Bytes of one line of `vN-files.jsonl` at the most: a path, and what is said of a format.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// What the rewriting is about.
pub struct Rewriting<'a> {
    pub work: &'a Work,
    pub deletion: &'a Deletion,
    pub target: &'a DeletionTarget,
    pub gone: &'a GoneFiles,
}

/// The object as it will be.
pub struct Rewritten {
    /// The newest inventory as it was.
    pub original: Inventory,
    /// The newest inventory as it will be.
    pub inventory: Inventory,
    documents: Vec<Document>,
}

impl Rewritten {
    /// Returns each document with each place that it goes to.
    pub fn paths(&self) -> impl Iterator<Item = (&Document, &str)> {
        self.documents.iter().flat_map(|document| document.paths.iter().map(move |path| (document, path.as_str())))
    }

    /// Returns what each document must be: path below the object's folder, and sha256 in hexadecimal.
    pub fn digests(&self) -> Vec<(String, String)> {
        self.paths().map(|(document, path)| (path.to_owned(), document.digest.to_hex())).collect()
    }
}

/// One document after another, in staging.
struct Documents {
    folder: PathBuf,
    all: Vec<Document>,
}

impl Documents {
    fn add(
        &mut self,
        paths: Vec<String>,
        fill: impl FnOnce(&mut Composing) -> Result<(), StepError>,
    ) -> Result<Digest, StepError> {
        let mut composing = Composing::begin(self.folder.join(format!("document-{}", self.all.len())))?;
        fill(&mut composing)?;
        let document = composing.end(paths)?;
        let digest = document.digest;
        self.all.push(document);
        Ok(digest)
    }

    fn add_text(&mut self, paths: Vec<String>, text: &str) -> Result<Digest, StepError> {
        self.add(paths, |out| out.write_all(text.as_bytes()).map_err(StepError::retry))
    }
}

/// The old object in one store, every document of it held against the digest that the registry knows.
struct Old<'a> {
    store: &'a Store,
    object: ObjectReader,
    known: &'a BTreeMap<String, Digest>,
}

impl Old<'_> {
    fn open(&self, path: &str) -> Result<Hashing<impl Read + use<>>, StepError> {
        Ok(Hashing::new(self.object.open(path).map_err(storage)?))
    }

    fn prove(&self, path: &str, reader: Hashing<impl Read>) -> Result<(), StepError> {
        let seen = reader.finish().map_err(StepError::retry)?;
        if seen.is_some() && seen == self.known.get(path).copied() {
            return Ok(());
        }
        Err(StepError::retry(format!(
            "{path} of the object in the store {} is damaged: nothing is deleted before it is repaired, with \
             `strongroom fixity check`",
            self.store.id()
        )))
    }
}

impl Rewriting<'_> {
    /// Composes all documents from those of one store.
    pub fn compose(
        &self,
        store: &Store,
        object_path: &str,
        known: &BTreeMap<String, Digest>,
    ) -> Result<Rewritten, StepError> {
        let object = store.object(object_path).map_err(storage)?;
        let object = object.ok_or_else(|| StepError::retry(format!("the store {} lacks the object", store.id())))?;
        let old = Old { store, object, known };
        let folder = self.work.staging().join("documents");
        fs::create_dir_all(&folder).map_err(StepError::retry)?;
        let mut documents = Documents { folder, all: Vec::new() };
        let mut reader = old.open(INVENTORY_FILE)?;
        let original = Inventory::read(&mut reader);
        old.prove(INVENTORY_FILE, reader)?;
        let original = original.map_err(StepError::stop)?;
        let counts = self.work.context.database.counts_without(self.target.deletion, self.target.object);
        let counts = self.work.ask(counts)?;
        let mut newest: Option<Inventory> = None;
        for number in original.version_numbers() {
            self.work.signal.check()?;
            let is_gone = |path: &str, digest| self.gone.has(path, digest);
            let inventory = original.without(number, newest.as_ref(), is_gone).map_err(StepError::stop)?;
            let is_head = number == original.head();
            let count = counts.iter().find(|count| count.number == number.number());
            let count = *count.ok_or_else(|| StepError::stop(format!("the registry has no version {number}")))?;
            self.version(&old, &mut documents, &inventory, count, is_head)?;
            newest = Some(inventory);
        }
        let declaration = Declaration::of_object(Specification::NEWEST);
        documents.add_text(vec![declaration.file_name], &declaration.text)?;
        let inventory = newest.ok_or_else(|| StepError::stop("the object has no versions"))?;
        let rewritten = Rewritten { original, inventory, documents: documents.all };
        same_documents(&rewritten, known)?;
        Ok(rewritten)
    }

    fn version(
        &self,
        old: &Old<'_>,
        documents: &mut Documents,
        inventory: &Inventory,
        count: VersionCounts,
        is_head: bool,
    ) -> Result<(), StepError> {
        let number = count.number;
        let [inventory_path, object, files, premis] = summed_paths(number);
        let sidecar_name = ocfl::sidecar_name(Algorithm::Sha256);
        let with_root = |path: String, root: &str| {
            if is_head { vec![path, root.to_owned()] } else { vec![path] }
        };
        let inventory = documents.add(with_root(inventory_path.clone(), INVENTORY_FILE), |out| {
            inventory.write_to(out).map_err(StepError::retry)
        })?;
        let sidecar = with_root(format!("v{number}/{sidecar_name}"), &sidecar_name);
        documents.add_text(sidecar, &ocfl::sidecar(inventory))?;
        let object_digest = self.object_document(old, documents, &object, count)?;
        let files_digest = self.file_lines(old, documents, &files)?;
        // What was ingested stays told as it was; that it was deleted, the registry and the tombstone tell.
        let premis_digest = documents.add(vec![premis.clone()], |out| {
            let mut reader = old.open(&premis)?;
            std::io::copy(&mut reader, out).map_err(StepError::retry)?;
            old.prove(&premis, reader)
        })?;
        let named =
            [(inventory, inventory_path), (object_digest, object), (files_digest, files), (premis_digest, premis)];
        let sums: String = named.iter().map(|(digest, path)| format!("{}  {path}\n", digest.to_hex())).collect();
        documents.add_text(vec![sums_path(number)], &sums).map(|_| ())
    }

    /// `vN-object.json`, with what the version comes to without the files, and a word on each of them.
    fn object_document(
        &self,
        old: &Old<'_>,
        documents: &mut Documents,
        path: &str,
        count: VersionCounts,
    ) -> Result<Digest, StepError> {
        let mut reader = old.open(path)?;
        let parsed: Result<Value, _> = serde_json::from_reader(BufReader::new(reader.by_ref().take(OBJECT_BYTES_MAX)));
        old.prove(path, reader)?;
        let mut document = parsed.map_err(StepError::stop)?;
        document["object"]["files"] = count.files.into();
        document["object"]["size_bytes"] = count.size_bytes.into();
        document["version"]["files"] = count.files.into();
        document["version"]["size_bytes"] = count.size_bytes.into();
        document["version"]["new_files"] = count.new_files.into();
        document["version"]["new_size_bytes"] = count.new_size_bytes.into();
        for replica in document["replicas"].as_array_mut().into_iter().flatten() {
            replica["files"] = count.new_files.into();
            replica["size_bytes"] = count.new_size_bytes.into();
        }
        let removed = self.removed_from(count.number)?;
        if !removed.is_empty() {
            let deletion = self.deletion;
            let note = json!({
                "deletion": deletion.id, "requested": deletion.requested, "approved": deletion.approved,
                "reason": deletion.reason, "files": removed,
            });
            match document["deletions"].as_array_mut() {
                Some(earlier) => earlier.push(note),
                None => document["deletions"] = json!([note]),
            }
        }
        documents.add(vec![path.to_owned()], |out| {
            serde_json::to_writer_pretty(&mut *out, &document).map_err(StepError::retry)?;
            out.write_all(b"\n").map_err(StepError::retry)
        })
    }

    /// The files that go, as far as this version brought them.
    fn removed_from(&self, number: u32) -> Result<Vec<model::DeletedFile>, StepError> {
        let mut removed = Vec::new();
        super::gone::each(self.work, self.target, |file| {
            if file.version == number {
                removed.push(file);
            }
            Ok(())
        })?;
        Ok(removed)
    }

    /// `vN-files.jsonl`: the lines of files that stay, byte for byte.
    fn file_lines(&self, old: &Old<'_>, documents: &mut Documents, path: &str) -> Result<Digest, StepError> {
        #[derive(Deserialize)]
        struct FileLine {
            path: String,
            sha256: String,
        }
        documents.add(vec![path.to_owned()], |out| {
            let mut reader = old.open(path)?;
            let mut lines = BufReader::with_capacity(1 << 16, reader.by_ref());
            let mut line = Vec::new();
            loop {
                line.clear();
                let got = lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(StepError::retry)?;
                if got == 0 {
                    break;
                }
                let parsed: FileLine = serde_json::from_slice(&line).map_err(StepError::stop)?;
                if !self.gone.has_line(&parsed.path, &parsed.sha256) {
                    out.write_all(&line).map_err(StepError::retry)?;
                }
            }
            drop(lines);
            old.prove(path, reader)
        })
    }
}

/// Insists that the new object has exactly the documents that the old one had: what another program left in it would be
/// lost without a word.
fn same_documents(rewritten: &Rewritten, known: &BTreeMap<String, Digest>) -> Result<(), StepError> {
    let mut paths: Vec<_> = rewritten.paths().map(|(_, path)| path).collect();
    paths.sort_unstable();
    if paths.iter().copied().eq(known.keys().map(String::as_str)) {
        return Ok(());
    }
    let known: Vec<_> = known.keys().map(String::as_str).collect();
    Err(StepError::stop(format!(
        "the object has other documents ({}) than this program writes ({}): only whole objects of this kind can be deleted",
        known.join(", "),
        paths.join(", ")
    )))
}
