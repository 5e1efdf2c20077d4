//! Held files are looked at again by newer signatures: what changed, and why.

use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::{Mutex, PoisonError};

use backends::database::{Database, DatabaseError, FileCursor, FormatFilter, Replaces, SettledFormat};
use backends::storage::{ObjectReader, Store, StoredFile};
use digests::{Algorithm, Digest};
use jiff::Timestamp;
use model::{Event, EventId, FileFormat, FileVersion, Object, ObjectIdentifier};
use ocfl::Inventory;
use premis::{EventType, Outcome};
use pronom::{Identifier, Limits, Scope, Signatures, Source};
use serde::Serialize;

use crate::formats;

/// Files that are looked at, noted and told of at once.
const PAGE_FILES: u32 = 1_000;
/// Changes that an event tells one by one.
const CHANGES_TOLD_MAX: usize = 20;

/// A file that is something else now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedFormat {
    /// The object.
    pub object: ObjectIdentifier,
    /// The path in the bag.
    pub path: String,
    /// The version that brought the bytes.
    pub version: u32,
    /// What the registry said.
    pub was: FileFormat,
    /// What it says now.
    pub is: FileFormat,
}

/// A file that could not be looked at; the registry says of it what it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadFile {
    /// The object.
    pub object: ObjectIdentifier,
    /// The path in the bag.
    pub path: String,
    /// Why, store by store.
    pub because: String,
}

/// What came of it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Reidentified {
    /// Files that were looked at.
    pub files: u64,
    /// Those that are something else now.
    pub changed: u64,
    /// Those that no store gave.
    pub unread: u64,
}

/// Who is told of each page, so that a long run can be watched.
pub trait Listener {
    /// A file is something else now.
    fn changed(&mut self, changed: &ChangedFormat);
    /// A file could not be looked at.
    fn unread(&mut self, unread: &UnreadFile);
    /// So far.
    fn progress(&mut self, so_far: Reidentified);
}

/// What an identification of holdings needs.
pub struct Reidentification<'a> {
    /// The registry.
    pub database: &'a Database,
    /// The stores that can be read, the preferred one first.
    pub stores: &'a [Store],
    /// The signatures to look with.
    pub signatures: &'a Signatures,
    /// Which files.
    pub filter: FormatFilter,
    /// Whether to say only what would change.
    pub is_rehearsal: bool,
    /// The program, for events.
    pub agent: String,
    /// The time.
    pub now: fn() -> Timestamp,
    /// New identities of events.
    pub event_id: fn() -> EventId,
}

impl Reidentification<'_> {
    /// Looks at every file of the filter. May be broken off and begun again: each page is noted before the next.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn run(&self, listener: &mut dyn Listener) -> Result<Reidentified, DatabaseError> {
        let mut all = Reidentified::default();
        let mut after = None;
        while let Some(object) = self.database.object_to_identify(after, &self.filter).await? {
            self.object(&object, &mut all, listener).await?;
            after = Some(object.id);
        }
        Ok(all)
    }

    async fn object(
        &self,
        object: &Object,
        all: &mut Reidentified,
        listener: &mut dyn Listener,
    ) -> Result<(), DatabaseError> {
        let copies = self.copies(object).await?;
        let mut identifier = Identifier::new(self.signatures, Limits::default());
        let mut cursor: Option<FileCursor> = None;
        loop {
            let files = self.database.files_to_identify(object.id, cursor.as_ref(), &self.filter, PAGE_FILES).await?;
            let Some(last) = files.last() else { return Ok(()) };
            cursor = Some(FileCursor { path: last.path.clone(), version: last.version });
            let page = self.look(object, &files, &copies, &mut identifier);
            if !self.is_rehearsal {
                let event = (!page.changed.is_empty()).then(|| self.event(object, &page));
                self.database.settle_formats(object.id, &page.settled, self.replaces(), event.as_ref()).await?;
            }
            all.files += files.len() as u64;
            all.changed += page.changed.len() as u64;
            all.unread += page.unread.len() as u64;
            page.changed.iter().for_each(|changed| listener.changed(changed));
            page.unread.iter().for_each(|unread| listener.unread(unread));
            listener.progress(*all);
        }
    }

    /// A person may say what a file is while its page is looked at.
    fn replaces(&self) -> Replaces {
        if self.filter.with_overrides { Replaces::Anything } else { Replaces::AllButPersons }
    }

    /// Opens the object in each store that has it.
    async fn copies(&self, object: &Object) -> Result<Vec<Copied>, DatabaseError> {
        let replicas = self.database.replicas(object.id).await?;
        let mut copies = Vec::new();
        for store in self.stores {
            let of_store = replicas.iter().rev().find(|replica| replica.store.0 == store.id());
            let Some(replica) = of_store else { continue };
            match Copied::open(store, &replica.object_path) {
                Ok(copied) => copies.push(copied),
                Err(error) => tracing::warn!(store.id = store.id(), object.id = %object.id, %error, "cannot open"),
            }
        }
        Ok(copies)
    }

    fn look(&self, object: &Object, files: &[FileVersion], copies: &[Copied], identifier: &mut Identifier<'_>) -> Page {
        let versions = formats::versions(self.signatures);
        let mut page = Page::default();
        for file in files {
            match identify(file, copies, identifier) {
                Ok(identification) => {
                    let is = formats::of_identification(&identification, &versions);
                    page.note(object, file, is);
                }
                Err(because) => {
                    let (object, path) = (object.identifier.clone(), file.path.clone());
                    page.unread.push(UnreadFile { object, path, because });
                }
            }
        }
        page
    }

    fn event(&self, object: &Object, page: &Page) -> Event {
        let versions = formats::versions(self.signatures);
        let told = page.changed.iter().take(CHANGES_TOLD_MAX).map(|changed| {
            let (was, is) = (name_of(&changed.was), name_of(&changed.is));
            format!("{}: {was} is {is} now", changed.path.escape_debug())
        });
        let told: Vec<_> = told.collect();
        let more = if page.changed.len() > CHANGES_TOLD_MAX { "; and more" } else { "" };
        Event {
            id: (self.event_id)(),
            event_type: EventType::FormatIdentification.label().to_owned(),
            at: (self.now)(),
            outcome: Outcome::Success.label().to_owned(),
            detail: format!("held files were identified again by PRONOM's signatures {versions}"),
            note: format!("{} of {} files changed: {}{more}", page.changed.len(), page.settled.len(), told.join("; ")),
            agent: self.agent.clone(),
            item: None,
            object: Some(object.id),
            version: None,
            path: None,
            store: None,
        }
    }
}

/// Returns what people call a format: its PUID, or the media type of what has none.
pub fn name_of(format: &FileFormat) -> &str {
    format.puid.as_deref().unwrap_or(&format.media_type)
}

/// What came of one page.
#[derive(Default)]
struct Page {
    settled: Vec<SettledFormat>,
    changed: Vec<ChangedFormat>,
    unread: Vec<UnreadFile>,
}

impl Page {
    fn note(&mut self, object: &Object, file: &FileVersion, is: FileFormat) {
        if (&is.puid, &is.media_type) != (&file.format.puid, &file.format.media_type) {
            self.changed.push(ChangedFormat {
                object: object.identifier.clone(),
                path: file.path.clone(),
                version: file.version,
                was: file.format.clone(),
                is: is.clone(),
            });
        }
        self.settled.push(SettledFormat { path: file.path.clone(), version: file.version, format: is });
    }
}

/// An object in one store, with the way to its contents.
struct Copied {
    store: String,
    reader: ObjectReader,
    inventory: Inventory,
}

impl Copied {
    fn open(store: &Store, object_path: &str) -> anyhow::Result<Self> {
        let reader = store.object(object_path)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let inventory = Inventory::read(io::BufReader::new(reader.open("inventory.json")?))?;
        Ok(Self { store: store.id().to_owned(), reader, inventory })
    }

    fn content(&self, file: &FileVersion) -> anyhow::Result<Content> {
        let hex = file.digests.iter().find(|(algorithm, _)| algorithm == Algorithm::Sha256.name());
        let digest = hex.and_then(|(_, hex)| Digest::parse(Algorithm::Sha256, hex).ok());
        let path = digest.and_then(|digest| self.inventory.content_path(digest));
        let path = path.ok_or_else(|| anyhow::anyhow!("the inventory does not name its content"))?;
        Ok(Content { file: Mutex::new(self.reader.open(&path)?), size_bytes: file.size_bytes })
    }
}

/// Looks at a file in the first store that gives it.
fn identify<'s>(
    file: &FileVersion,
    copies: &[Copied],
    identifier: &mut Identifier<'s>,
) -> Result<pronom::Identification<'s>, String> {
    let mut because = Vec::new();
    for copied in copies {
        let looked = copied
            .content(file)
            .and_then(|content| Ok(identifier.identify(&content, Some(&file.path), Scope::Windows)?));
        match looked {
            Ok(identification) => return Ok(identification),
            Err(error) => because.push(format!("{}: {error:#}", copied.store)),
        }
    }
    if because.is_empty() { Err("no store that holds it can be read".to_owned()) } else { Err(because.join("; ")) }
}

/// The content of a file in a store.
struct Content {
    file: Mutex<StoredFile>,
    size_bytes: u64,
}

impl Source for Content {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // A file of a bucket has a window that moves with the reader.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}
