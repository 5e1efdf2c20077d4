//! The documents that are written beside an object's content: its inventory, and all that the registry knows of it.
//!
//! The registry can be rebuilt from them, and a stranger can read them without us. OCFL 1.1 §3.8 leaves `logs/` to the
//! archive: there lie, for each version N, `vN-object.json`, `vN-files.jsonl` and `vN-premis.xml`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use backends::storage::{Draft, FolderStore};
use digests::{Algorithm, Algorithms, Digest, Digests, Hasher};
use model::{Event, FileFormat, GatheredFile, ItemState, StepError};
use ocfl::{Declaration, Inventory, Plan, Specification};
use premis::{Agent, AgentRole, AgentType, Fixity, Format, Identifier, LinkedAgent, LinkedObject, ObjectRole, Writer};
use serde::Serialize;

use super::super::Work;
use super::super::context::storage;
use super::{events, members, paged, plan, record};

/// The folder of staging in which the documents are composed before they are copied to every store.
const DOCUMENTS: &str = "documents";
const SHA256: Algorithms = Algorithms::NONE.with(Algorithm::Sha256);

/// The documents of a version, composed once and copied to every store.
pub struct Documents {
    all: Vec<Document>,
    /// What is written out of memory: (path in the draft, text).
    small: Vec<(String, String)>,
}

struct Document {
    /// Where it goes in the draft.
    paths: Vec<String>,
    staged: PathBuf,
    digest: Digest,
}

impl Documents {
    /// Composes the documents in staging.
    ///
    /// # Errors
    /// Staging cannot be written or the rows cannot be read.
    pub fn make(work: &Work, state: &ItemState, plan: Plan) -> Result<Self, StepError> {
        let number = plan::planned(work)?.number;
        let folder = work.staging().join(DOCUMENTS);
        std::fs::create_dir_all(&folder).map_err(StepError::retry)?;
        let events = events::accession(work, state)?;
        let inventory = inventory_of(work, plan)?;
        let name = |name: &str| folder.join(name);
        let in_logs = |name: &str| vec![format!("logs/v{number}-{name}")];
        let of_inventory = vec![format!("v{number}/inventory.json"), "inventory.json".to_owned()];
        let inventory =
            compose(&name("inventory.json"), of_inventory, |out| inventory.write_to(out).map_err(StepError::retry))?;
        let sidecar = ocfl::sidecar(inventory.digest);
        let sidecar_name = ocfl::sidecar_name(Algorithm::Sha256);
        let mut small = vec![(format!("v{number}/{sidecar_name}"), sidecar.clone()), (sidecar_name, sidecar)];
        if number == 1 {
            let declaration = Declaration::of_object(Specification::NEWEST);
            small.push((declaration.file_name, declaration.text));
        }
        let composed = work.side_by_side(&["object.json", "files.jsonl", "premis.xml"], |file| {
            compose(&name(file), in_logs(file), |out| match *file {
                "object.json" => write_object(work, state, &events, out),
                "files.jsonl" => write_files(work, out),
                _ => write_premis(work, &events, out),
            })
        })?;
        let all = std::iter::once(inventory).chain(composed).collect();
        Ok(Self { all, small })
    }

    /// Copies the documents into a draft and proves each by reading it back.
    ///
    /// # Errors
    /// The store cannot be written, or gives back other bytes than it was given.
    pub fn write(&self, draft: &Draft) -> Result<(), StepError> {
        for (document, path) in self.paths() {
            let mut staged = BufReader::new(File::open(&document.staged).map_err(StepError::retry)?);
            draft.write(path, |out| io::copy(&mut staged, out).map(|_| ())).map_err(storage)?;
        }
        for (path, text) in &self.small {
            draft.write(path, |out| out.write_all(text.as_bytes())).map_err(storage)?;
        }
        draft.make_durable().map_err(storage)?;
        for (document, path) in self.paths() {
            let digest = digest_of(draft.open_back(path).map_err(storage)?).map_err(StepError::retry)?;
            if digest != Some(document.digest) {
                return Err(StepError::retry(WrongDocument(path.to_owned())));
            }
        }
        Ok(())
    }

    /// Makes sure that a version which is in the store already is the very one that these documents describe.
    ///
    /// # Errors
    /// It is another one: somebody else has written to the object. A person must look.
    pub fn assert_committed(&self, store: &FolderStore, object_path: &str, number: u32) -> Result<(), StepError> {
        let object = store.object(object_path).map_err(storage)?;
        let object = object.ok_or_else(|| StepError::retry(WrongDocument(object_path.to_owned())))?;
        let path = format!("v{number}/inventory.json");
        let seen = digest_of(object.open(&path).map_err(storage)?).map_err(StepError::retry)?;
        let ours = self.paths().find(|(_, known)| *known == path).map(|(document, _)| document.digest);
        if seen.is_some() && seen == ours {
            return Ok(());
        }
        Err(StepError::stop(format!(
            "the store {} has another version {number} at {object_path} than this item made: somebody else wrote there",
            store.id()
        )))
    }

    fn paths(&self) -> impl Iterator<Item = (&Document, &str)> {
        self.all.iter().flat_map(|document| document.paths.iter().map(move |path| (document, path.as_str())))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0} was read back with other bytes than it was written with")]
struct WrongDocument(String);

/// Returns the sha256 of all that a reader gives.
///
/// # Errors
/// Those of the reader.
pub fn digest_of(mut reader: impl Read) -> io::Result<Option<Digest>> {
    let mut hasher = Hasher::new(SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hasher.finish().get(Algorithm::Sha256)),
            got => hasher.update(&buffer[..got]),
        }
    }
}

/// Composes one document in staging and remembers the digest of what was written.
fn compose(
    staged: &Path,
    paths: Vec<String>,
    fill: impl FnOnce(&mut Hashed) -> Result<(), StepError>,
) -> Result<Document, StepError> {
    let file = File::create(staged).map_err(StepError::retry)?;
    let mut out = Hashed { file: BufWriter::with_capacity(1 << 18, file), hasher: Hasher::new(SHA256) };
    fill(&mut out)?;
    out.flush().map_err(StepError::retry)?;
    let digest =
        out.hasher.finish().get(Algorithm::Sha256).ok_or_else(|| StepError::stop("sha256 was not computed"))?;
    Ok(Document { paths, staged: staged.to_owned(), digest })
}

/// A file whose digest is computed as it is written.
struct Hashed {
    file: BufWriter<File>,
    hasher: Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Completes the inventory with the further digests of new content (OCFL 1.1 §3.5.4).
fn inventory_of(work: &Work, plan: Plan) -> Result<Inventory, StepError> {
    let mut rows = paged::to_store(work);
    let fixity = rows.by_ref().filter_map(|file| {
        let address = members::address(&file.path, file.sha256.as_deref()).ok()?;
        let is_other = |digest: &Digest| digest.algorithm() != Algorithm::Sha256;
        Some((address, members::digests(&file).iter().filter(is_other).collect::<Digests>()))
    });
    let inventory = plan.inventory(fixity);
    rows.finish()?;
    inventory.map_err(StepError::stop)
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

fn write_object(work: &Work, state: &ItemState, events: &[Event], out: &mut Hashed) -> Result<(), StepError> {
    let document = ObjectDocument {
        format: "strongroom-object/1",
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

/// One line of `vN-files.jsonl`: what the inventory does not say of a file that is new in the version.
#[derive(Serialize)]
struct FileLine<'a> {
    path: &'a str,
    sha256: String,
    size_bytes: u64,
    modified_at: i64,
    format: Option<&'a FileFormat>,
}

fn write_files(work: &Work, out: &mut Hashed) -> Result<(), StepError> {
    members::each_page_to_store(work, |files| {
        for file in &files {
            let line = FileLine {
                path: &file.path,
                sha256: members::address(&file.path, file.sha256.as_deref())?.to_hex(),
                size_bytes: file.size_bytes,
                modified_at: file.modified_at,
                format: file.format.as_ref(),
            };
            serde_json::to_writer(&mut *out, &line).map_err(StepError::retry)?;
            out.write_all(b"\n").map_err(StepError::retry)?;
        }
        Ok(())
    })
}

fn write_premis(work: &Work, events: &[Event], out: &mut Hashed) -> Result<(), StepError> {
    let object = record::object(work)?;
    let entity = Identifier::from(object.id.0);
    let agent = Identifier::local(&work.context.agent);
    let mut writer = Writer::new(out).map_err(StepError::retry)?;
    let intellectual = premis::IntellectualEntity {
        identifier: entity.clone(),
        other_identifiers: vec![Identifier::local(object.identifier.to_string())],
        original_name: Some(object.identifier.name.to_string()),
        relationships: Vec::new(),
        rights: Vec::new(),
    };
    writer.object(&premis::Object::IntellectualEntity(intellectual)).map_err(StepError::retry)?;
    members::each_page_to_store(work, |files| {
        for file in &files {
            let format = premis_format(work.context.signatures, file.format.as_ref());
            let file = premis_file(&object.identifier, &entity, file, format);
            writer.object(&premis::Object::File(file)).map_err(StepError::retry)?;
        }
        Ok(())
    })?;
    for event in events {
        writer.event(&premis_event(event, &entity, &agent)?).map_err(StepError::retry)?;
    }
    let name = work.context.agent.split(' ').next().map(str::to_owned);
    let version = work.context.agent.split(' ').nth(1).map(str::to_owned);
    let program = Agent { identifier: agent, name, agent_type: AgentType::Software, version, notes: Vec::new() };
    writer.agent(&program).map_err(StepError::retry)?;
    writer.finish().map(|_| ()).map_err(StepError::retry)
}

/// Returns the format as PREMIS 3.0 has it: name and version as PRONOM calls them, and the entry in its registry.
fn premis_format(signatures: &pronom::Signatures, format: Option<&FileFormat>) -> Format {
    let Some(format) = format else { return Format::unknown() };
    let known = format.puid.as_deref().and_then(|puid| signatures.format(&pronom::table::Puid::new(puid)));
    let versions = format.signatures.as_deref().map(|versions| format!("; signatures {versions}")).unwrap_or_default();
    let evidence = format.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    Format {
        name: known.map_or_else(|| format.media_type.clone(), |known| known.name.clone()),
        version: known.and_then(|known| known.version.clone()),
        registry: format.puid.as_deref().map(premis::Registry::pronom),
        note: Some(format!("{}, told by {}{evidence}{versions}", format.media_type, format.basis)),
    }
}

fn premis_file(
    object: &model::ObjectIdentifier,
    entity: &Identifier,
    file: &GatheredFile,
    format: Format,
) -> premis::File {
    premis::File {
        identifier: Identifier::local(format!("{object}/{}", file.path)),
        other_identifiers: Vec::new(),
        fixity: members::digests(file).iter().map(Fixity::from).collect(),
        size_bytes: file.size_bytes,
        format,
        original_name: Some(file.path.clone()),
        locations: Vec::new(),
        relationships: vec![premis::Relationship { kind: premis::RelationshipKind::IsPartOf, object: entity.clone() }],
    }
}

fn premis_event(event: &Event, entity: &Identifier, agent: &Identifier) -> Result<premis::Event, StepError> {
    Ok(premis::Event {
        id: event.id.0,
        event_type: event.event_type.parse().map_err(StepError::stop)?,
        time: event.at,
        detail: Some(event.detail.clone()),
        outcome: event.outcome.parse().map_err(StepError::stop)?,
        outcome_note: Some(event.note.clone()),
        agents: vec![LinkedAgent { identifier: agent.clone(), role: AgentRole::ExecutingProgram }],
        objects: vec![LinkedObject { identifier: entity.clone(), role: ObjectRole::Source }],
    })
}
