//! The documents that are written beside an object's content: its inventory, and all that the registry knows of it.
//!
//! The registry can be rebuilt from them, and a stranger can read them without us. OCFL 1.1 §3.8 leaves `logs/` to the
//! archive: there lie, for each version N, `vN-object.json`, `vN-files.jsonl` and `vN-premis.xml.gz`, and their digests in
//! `vN-sha256sums.txt`, so that a rotten one is told from a good one without the registry.

pub(in crate::pipelines) mod as_premis;
pub(in crate::pipelines) mod composing;
mod described;

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

use backends::each_at_once;
use backends::storage::{Draft, Store};
use digests::Algorithm;
use flate2::write::GzEncoder;
use model::{Event, ItemState, StepError};
use ocfl::{Declaration, Plan, Specification};
use premis::{Identifier, Writer};
use serde::Serialize;

use super::super::Work;
use super::super::context::storage;
use super::super::reading_back::ReadingBack;
use super::{events, plan, record};
pub use composing::digest_of;
use composing::{Composing, Document};
pub use described::{Described, describe};

/// Bytes of a document that is put beside others.
const HELD_BYTES_MAX: u64 = 1 << 20;
/// The folder of staging in which the documents are composed before they are copied to every store.
const DOCUMENTS: &str = "documents";
/// What `vN-object.json` calls itself.
pub const OBJECT_FORMAT: &str = "strongroom-object/1";

/// The documents of a version, composed once and copied to every store.
pub struct Documents {
    all: Vec<Document>,
    /// What is written out of memory: (path in the draft, text).
    small: Vec<(String, String)>,
}

impl Documents {
    /// Completes the documents in staging.
    ///
    /// # Errors
    /// Staging cannot be written.
    pub fn complete(work: &Work, state: &ItemState, plan: Plan, described: Described) -> Result<Self, StepError> {
        let number = plan::planned(work)?.number;
        let folder = folder(work)?;
        let events = events::accession(work, state)?;
        let Described { files, premis, fixity } = described;
        let inventory = plan.inventory(fixity).map_err(StepError::stop)?;
        let mut out = Composing::begin(folder.join("inventory.json"))?;
        inventory.write_to(&mut out).map_err(StepError::retry)?;
        drop(inventory);
        let inventory = out.end(vec![format!("v{number}/inventory.json"), "inventory.json".to_owned()])?;
        let mut object = Composing::begin(folder.join("object.json"))?;
        write_object(work, state, &events, &mut object)?;
        let object = object.end(in_logs(number, "object.json"))?;
        let premis = end_premis(work, &events, premis)?.end(in_logs(number, "premis.xml.gz"))?;
        let sidecar = ocfl::sidecar(inventory.digest);
        let sidecar_name = ocfl::sidecar_name(Algorithm::Sha256);
        let mut small = vec![(format!("v{number}/{sidecar_name}"), sidecar.clone()), (sidecar_name, sidecar)];
        let all = vec![inventory, object, files, premis];
        small.push((sums_path(number), sums(number, &all)));
        if number == 1 {
            let declaration = Declaration::of_object(Specification::NEWEST);
            small.push((declaration.file_name, declaration.text));
        }
        Ok(Self { all, small })
    }

    /// Copies the documents into a draft and proves each by reading it back.
    ///
    /// # Errors
    /// The store cannot be written, or gives back other bytes than it was given.
    pub fn write(&self, work: &Work, draft: &Draft) -> Result<(), StepError> {
        let is_large = |document: &Document| fs::metadata(&document.staged).map(|file| file.len() > HELD_BYTES_MAX);
        let mut has_large = false;
        for document in &self.all {
            has_large |= is_large(document).map_err(StepError::retry)?;
        }
        // Many small ones wait for many answers; of large ones each that is on its way holds a part in memory.
        let at_once = if has_large { 1 } else { draft.puts_at_once(1) };
        each_at_once(self.paths(), at_once, |(document, path)| {
            let mut staged = BufReader::new(File::open(&document.staged).map_err(StepError::retry)?);
            draft.write(path, |out| io::copy(&mut staged, out).map(|_| ())).map_err(storage)
        })?;
        each_at_once(self.small.iter(), at_once, |(path, text)| {
            draft.write(path, |out| out.write_all(text.as_bytes())).map_err(storage)
        })?;
        draft.make_durable().map_err(storage)?;
        let reading = ReadingBack::new(&work.context, &work.meter, &work.signal);
        let all = self.paths().map(|(document, path)| (path.to_owned(), document.digest));
        let wrong = reading.compare(|path| draft.open_back(path), all)?;
        // A byte may flip on its way from a bucket to us: what is right the second time was written rightly.
        let again = wrong.into_iter().map(|wrong| (wrong.path, wrong.expected));
        match reading.compare(|path| draft.open_back(path), again)?.pop() {
            Some(wrong) => Err(StepError::retry(WrongDocument(wrong.path))),
            None => Ok(()),
        }
    }

    /// Makes sure that a version which is in the store already is the very one that these documents describe.
    ///
    /// # Errors
    /// It is another one: somebody else has written to the object. A person must look.
    pub fn assert_committed(&self, store: &Store, object_path: &str, number: u32) -> Result<(), StepError> {
        let object = store.object(object_path).map_err(storage)?;
        let object = object.ok_or_else(|| StepError::retry(WrongDocument(object_path.to_owned())))?;
        let path = format!("v{number}/inventory.json");
        let ours = self.paths().find(|(_, known)| *known == path).map(|(document, _)| document.digest);
        // Twice: what follows from another version is that a person must look.
        for _ in 0..2 {
            let seen = digest_of(object.open(&path).map_err(storage)?).map_err(StepError::retry)?;
            if seen.is_some() && seen == ours {
                return Ok(());
            }
        }
        Err(StepError::stop(format!(
            "the store {} has another version {number} at {object_path} than this item made: somebody else wrote there",
            store.id()
        )))
    }

    /// Returns what each of the documents must be: path below the object's folder, and sha256 in hexadecimal.
    ///
    /// # Errors
    /// None that is known: sha256 is always computed.
    pub fn digests(&self) -> Result<Vec<(String, String)>, StepError> {
        let small = self.small.iter().map(|(path, text)| (path, digest_of(text.as_bytes())));
        let small = small.map(|(path, digest)| match digest {
            Ok(Some(digest)) => Ok((path.clone(), digest.to_hex())),
            _ => Err(StepError::stop("sha256 was not computed")),
        });
        let composed = self.paths().map(|(document, path)| Ok((path.to_owned(), document.digest.to_hex())));
        composed.chain(small).collect()
    }

    fn paths(&self) -> impl Iterator<Item = (&Document, &str)> {
        self.all.iter().flat_map(|document| document.paths.iter().map(move |path| (document, path.as_str())))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0} was read back with other bytes than it was written with")]
struct WrongDocument(String);

/// Returns the folder of the documents, which is made if it is not there.
fn folder(work: &Work) -> Result<PathBuf, StepError> {
    let folder = work.staging().join(DOCUMENTS);
    fs::create_dir_all(&folder).map_err(StepError::retry)?;
    Ok(folder)
}

/// Returns where a document about version N goes.
fn in_logs(number: u32, name: &str) -> Vec<String> {
    vec![format!("logs/v{number}-{name}")]
}

/// Returns where the digests of a version's documents lie.
pub fn sums_path(number: u32) -> String {
    format!("logs/v{number}-sha256sums.txt")
}

/// Returns which documents of a version its sums name, in their order.
pub fn summed_paths(number: u32) -> [String; 4] {
    let [object, files, premis] =
        ["object.json", "files.jsonl", "premis.xml.gz"].map(|name| format!("logs/v{number}-{name}"));
    [format!("v{number}/inventory.json"), object, files, premis]
}

/// Writes the digests as `sha256sum` does: in the object's folder, `sha256sum -c logs/vN-sha256sums.txt` proves them.
fn sums(number: u32, all: &[Document]) -> String {
    let line = |(document, path): (&Document, String)| format!("{}  {path}\n", document.digest.to_hex());
    all.iter().zip(summed_paths(number)).map(line).collect()
}

/// What the registry knows of the object and this version of it.
#[derive(Serialize)]
struct ObjectDocument<'a> {
    format: &'static str,
    object: model::Object,
    version: model::ObjectVersion,
    replicas: &'a [model::Replica],
    re_deposit: model::ReDeposit,
    tags: &'a [(String, String, String)],
    manifests: &'a [model::ReceiptManifest],
    events: &'a [Event],
}

fn write_object(work: &Work, state: &ItemState, events: &[Event], out: &mut Composing) -> Result<(), StepError> {
    let document = ObjectDocument {
        format: OBJECT_FORMAT,
        object: record::object(work)?,
        version: record::version(work)?,
        replicas: &state.replicas,
        re_deposit: work.claim.item.deposit.options.re_deposit,
        tags: &state.tags,
        manifests: &state.manifests,
        events,
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(StepError::retry)?;
    out.write_all(b"\n").map_err(StepError::retry)
}

/// Adds what was done, and what did it.
fn end_premis(work: &Work, events: &[Event], mut writer: Writer<GzEncoder<Composing>>) -> Result<Composing, StepError> {
    let entity = Identifier::from(plan::planned(work)?.object.0);
    let program = as_premis::program(&work.context.agent);
    for event in events {
        let event = as_premis::event(event, &entity, &program.identifier)?;
        writer.event(&event).map_err(StepError::retry)?;
    }
    writer.agent(&program).map_err(StepError::retry)?;
    writer.finish().map_err(StepError::retry)?.finish().map_err(StepError::retry)
}
