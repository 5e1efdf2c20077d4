//! The tombstones of a store: what was deleted from it, by whom and why, into the registry again.

use std::io::{BufRead, BufReader, Read};

use backends::database::{Buried, RegistryDraft};
use backends::storage::{EntryKind, ObjectReader, StoredFile};
use digests::{Algorithm, Digest};
use findings::Rule;
use model::{DeletedFile, Extent};

use super::super::deletion::{Certificate, KEYS, TOMBSTONE_FORMAT, Tombstone};
use super::super::hashing::Hashing;
use super::all_objects::{Rebuilt, Request, ask};
use super::error::RebuildError;
use super::fault::{Fault, LeftOut, fault};
use super::rules;

/// What the name of a certificate ends in.
const CERTIFICATE: &str = "-certificate.json";
/// Bytes of a tombstone or certificate at the most: all events and versions of an object.
const DOCUMENT_BYTES_MAX: u64 = 1 << 30;
/// Bytes of a line of the list of files.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// Enters every tombstone of the store. One without a certificate is none: it was being written when its writer died.
/// Returns the highest number of a work item that they name.
///
/// # Errors
/// The store went away, the database cannot be written, or the work was to stop.
pub fn enter_all(
    request: &Request,
    draft: &mut RegistryDraft,
    rebuilt: &mut Rebuilt,
    told: &mut dyn FnMut(LeftOut),
) -> Result<i64, RebuildError> {
    let mut last_item = 0;
    let Some(reader) = request.store.tombstones()? else { return Ok(0) };
    for folder in reader.list("")?.into_iter().filter(|entry| entry.kind == EntryKind::Folder && entry.name != KEYS) {
        for entry in reader.list(&folder.name)? {
            if request.signal.is_raised() {
                return Err(RebuildError::Stopped);
            }
            let Some(stem) = entry.name.strip_suffix(CERTIFICATE) else { continue };
            let stem = format!("{}/{stem}", folder.name);
            match take(&reader, &stem, draft) {
                Ok(taken) => {
                    last_item = last_item.max(taken.item.0);
                    rebuilt.deletions += 1;
                    rebuilt.events += taken.events.len() as u64;
                }
                Err(Fault::All(error)) => return Err(error),
                Err(Fault::Object(finding)) => {
                    request.store.ocfl_root()?;
                    rebuilt.left_out += 1;
                    told(LeftOut { object_path: format!("tombstones/{stem}"), finding: *finding });
                }
            }
        }
    }
    Ok(last_item)
}

const RULE: &Rule = &rules::TOMBSTONE;

fn take(reader: &ObjectReader, stem: &str, draft: &mut RegistryDraft) -> Result<Tombstone, Fault> {
    let (text, _) = document(reader, &format!("{stem}{CERTIFICATE}"))?;
    let path = format!("{stem}{CERTIFICATE}");
    let certificate = Certificate::parse(&text).map_err(|error| fault(RULE, &path, "a certificate", error))?;
    let said = certificate.statement().map_err(|error| fault(RULE, &path, "a signature that holds", error))?;
    let path = format!("{stem}.json");
    let (text, seen) = document(reader, &path)?;
    same(&path, &said.tombstone_sha256, &seen)?;
    let tombstone: Tombstone =
        serde_json::from_str(&text).map_err(|error| fault(RULE, &path, TOMBSTONE_FORMAT, error))?;
    if tombstone.format != TOMBSTONE_FORMAT {
        return Err(fault(RULE, &path, TOMBSTONE_FORMAT, &tombstone.format));
    }
    let is_held = ask(draft.knows_object(tombstone.object_id))?;
    if is_held && tombstone.extent == Extent::Object {
        return Err(fault(RULE, &path, "an object that is gone", "the store holds it still, or again"));
    }
    ask(draft.begin_object())?;
    let entered = enter(reader, stem, &tombstone, draft);
    match &entered {
        Ok(()) => ask(draft.keep_object())?,
        Err(_) => ask(draft.forget_object())?,
    }
    let certificate = serde_json::to_string(&certificate).map_err(|error| fault(RULE, &path, "JSON", error))?;
    entered?;
    ask(draft.set_certificate(tombstone.deletion.id, tombstone.object_id, &certificate))?;
    Ok(tombstone)
}

fn enter(reader: &ObjectReader, stem: &str, tombstone: &Tombstone, draft: &mut RegistryDraft) -> Result<(), Fault> {
    ask(draft.add_deletion(&tombstone.deletion))?;
    ask(draft.bury(&Buried {
        deletion: tombstone.deletion.id,
        object: tombstone.object_id,
        identifier: &tombstone.identifier,
        extent: tombstone.extent,
        head: tombstone.head,
        files: tombstone.files,
        size_bytes: tombstone.size_bytes,
        item: tombstone.item,
        begun_at: tombstone.begun_at,
        deleted_at: tombstone.deleted_at,
        stores: &tombstone.stores,
        whole: tombstone.object.as_ref().map(|object| (object, tombstone.versions.as_slice())),
    }))?;
    ask(draft.add_events(&tombstone.events))?;
    let path = format!("{stem}-files.jsonl");
    let mut source = Hashing::new(open(reader, &path)?);
    let mut lines = BufReader::with_capacity(1 << 16, source.by_ref());
    let mut line = Vec::new();
    let (mut files, mut size_bytes) = (0_u64, 0_u64);
    loop {
        line.clear();
        let got = lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if got.map_err(|error| fault(RULE, &path, "a list of files", error))? == 0 {
            break;
        }
        let file: DeletedFile =
            serde_json::from_slice(&line).map_err(|error| fault(RULE, &path, "a file in each line", error))?;
        let sha256 = Digest::parse(Algorithm::Sha256, &file.sha256);
        let sha256 = sha256.map_err(|error| fault(RULE, &path, "a sha256", error))?;
        files += 1;
        size_bytes = size_bytes.saturating_add(file.size_bytes);
        ask(draft.add_deleted_file(tombstone.deletion.id, tombstone.object_id, &file, sha256.as_bytes()))?;
    }
    drop(lines);
    let seen = source.finish().map_err(|error| fault(RULE, &path, "a list of files", error))?;
    same(&path, &tombstone.files_sha256, &seen.map(|digest| digest.to_hex()).unwrap_or_default())?;
    let told = |files, bytes| format!("{files} files, {bytes} bytes");
    if (files, size_bytes) == (tombstone.files, tombstone.size_bytes) {
        return Ok(());
    }
    Err(fault(RULE, &path, told(tombstone.files, tombstone.size_bytes), told(files, size_bytes)))
}

fn same(path: &str, expected: &str, seen: &str) -> Result<(), Fault> {
    if expected == seen { Ok(()) } else { Err(fault(RULE, path, expected, seen)) }
}

fn open(reader: &ObjectReader, path: &str) -> Result<StoredFile, Fault> {
    reader.open(path).map_err(|error| match error {
        error if error.is_of_absent_store() => Fault::All(error.into()),
        error => fault(RULE, path, "a file", error),
    })
}

/// Reads a document, and returns it with its sha256.
fn document(reader: &ObjectReader, path: &str) -> Result<(String, String), Fault> {
    let mut source = Hashing::new(open(reader, path)?.take(DOCUMENT_BYTES_MAX));
    let mut text = String::new();
    source.read_to_string(&mut text).map_err(|error| fault(RULE, path, "a document", error))?;
    let seen = source.finish().map_err(|error| fault(RULE, path, "a document", error))?;
    Ok((text, seen.map(|digest| digest.to_hex()).unwrap_or_default()))
}
