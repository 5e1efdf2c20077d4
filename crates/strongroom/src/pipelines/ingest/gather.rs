//! gather: the package is read once, as a stream of members.
//!
//! Takes a deposit that is there. Leaves a row for each member with its digests and format, and the contents of the tag files and
//! manifests in staging. Safe to repeat because rows have the member's place as their key; what a killed gather has
//! already digested is not read again, where the package allows for reading by range.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use backends::database::NewGathered;
use bagit::{BagitError, Member, Members, PathClass};
use bagit::{Form, GatherOptions, Gathered, Observer};
use digests::{Algorithm, Algorithms, Control, Digests, Limits};
use model::{Answer, Disposition, GatheredFile, ItemState, StepError, Totals};

use super::super::Work;
use super::known::Known;
use super::layout::{Layout, kept_path};
use super::passing::Passing;
use super::{members, object, plain_folder};

/// Rows that are written in one transaction.
const BATCH_ROWS: usize = 5_000;
/// Rows that are handed to the writer at once: to wake it for each would cost more than to write it.
const SENT_ROWS: usize = 1_000;
/// So many rows each may wait to be written; past this the reading waits for the database.
const QUEUE_SENDINGS: usize = 20;

/// Reads the deposit, digests every member, and keeps its tag files and manifests.
///
/// # Errors
/// A read, staging or the database fails, or the work is to stop.
pub async fn gather(work: &Work) -> Result<Answer, StepError> {
    object::unless_gone(work, work.blocking(read).await).await
}

fn read(work: &Work) -> Result<Answer, StepError> {
    let layout = Layout::open(work)?;
    let staging = work.staging();
    fs::create_dir_all(kept_path(&staging, "x").parent().unwrap_or(&staging)).map_err(StepError::retry)?;
    let known = known(work, &layout)?;
    work.meter.expect(0, work.claim.item.deposit.size_bytes);
    let gathered = listen(work, &layout, &known)?;
    known.finish()?;
    if let Some(place) = object::in_bucket(work)?
        && let Some(end) = object::ended(&place)?
    {
        return Ok(end);
    }
    add_unread(work, &gathered.members)?;
    let mut state = ItemState::clone(&work.state);
    let mut extra = Vec::new();
    if layout.package().form() == Form::PlainFolder {
        extra = plain_folder::make_tag_files(work, &gathered.members)?;
        work.ask(work.context.database.add_gathered(&work.claim, &extra))?;
    }
    state.has_payload_folder = gathered.members.has_payload_folder();
    state.gathered = totals(&gathered.members);
    state.manifests = manifests(&gathered.members, &extra);
    state.top_folder = gathered.top_folder;
    state.package_findings = gathered.findings;
    if extra.is_empty() {
        work.remembered.put(gathered.members);
    }
    Ok(Answer::done(state))
}

/// Returns what an earlier, killed gather of the same package has digested.
fn known<'a>(work: &'a Work, layout: &Layout) -> Result<Known<'a>, StepError> {
    if layout.package().is_read_by_member() && layout.package().form().has_random_access() {
        return Ok(Known::rows(work));
    }
    work.ask(work.context.database.clear_gathered(&work.claim))?;
    Ok(Known::nothing(work))
}

/// Reads the package while another thread writes the rows.
fn listen(work: &Work, layout: &Layout, known: &Known<'_>) -> Result<Gathered, StepError> {
    let (rows, waiting) = sync_channel(QUEUE_SENDINGS);
    let staging = work.staging();
    let handle = tokio::runtime::Handle::current();
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let _inside = handle.enter();
            write_rows(work, &waiting)
        });
        let formats = Passing::new(work.context.signatures);
        let rows = Mutex::new(Outgoing { batch: Vec::new(), writer: rows });
        let listener = Listener { work, staging: &staging, known, formats, rows };
        let limits = Limits { threads: work.context.limits.threads, buffer_bytes: work.context.limits.buffer_bytes };
        let options = GatherOptions {
            algorithms: Algorithms::from(Algorithm::Sha256),
            limits: work.context.limits.package,
            hashing: limits,
        };
        let gathered = bagit::gather(layout.package(), &options, &listener);
        listener.end();
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        work.signal.check()?;
        written?;
        gathered.map_err(|error| match error {
            BagitError::Stopped => StepError::Interrupted,
            error => StepError::retry(error),
        })
    })
}

/// Writes rows in batches until the reading has ended.
fn write_rows(work: &Work, waiting: &Receiver<Vec<NewGathered>>) -> Result<(), StepError> {
    let mut batch = Vec::with_capacity(BATCH_ROWS);
    while let Ok(mut rows) = waiting.recv() {
        batch.append(&mut rows);
        if batch.len() >= BATCH_ROWS {
            work.ask(work.context.database.add_gathered(&work.claim, &batch))?;
            batch.clear();
        }
    }
    if batch.is_empty() { Ok(()) } else { work.ask(work.context.database.add_gathered(&work.claim, &batch)) }
}

/// Adds the members that could not be read to their end: they are in the package, and a finding says what is wrong.
fn add_unread(work: &Work, members: &Members) -> Result<(), StepError> {
    let is_unread = |index| members.digest(index, Algorithm::Sha256).is_none();
    let unread = members.iter().filter(|(index, _)| is_unread(*index));
    let rows: Vec<_> = unread
        .filter_map(|(index, member)| Some(row(u32::try_from(index.get()).ok()?, &member, &Digests::default())))
        .collect();
    if rows.is_empty() { Ok(()) } else { work.ask(work.context.database.add_gathered(&work.claim, &rows)) }
}

/// Hears of each member as it passes.
struct Listener<'a> {
    work: &'a Work,
    staging: &'a Path,
    known: &'a Known<'a>,
    formats: Passing,
    rows: Mutex<Outgoing>,
}

/// Rows on their way to the writer.
struct Outgoing {
    batch: Vec<NewGathered>,
    writer: SyncSender<Vec<NewGathered>>,
}

impl Outgoing {
    /// Takes a row; false when the writer has given up.
    fn push(&mut self, row: NewGathered) -> bool {
        self.batch.push(row);
        self.batch.len() < SENT_ROWS || self.send()
    }

    fn send(&mut self) -> bool {
        self.writer.send(std::mem::take(&mut self.batch)).is_ok()
    }
}

impl Listener<'_> {
    /// Hands on the last rows. A writer that has given up says why itself.
    fn end(self) {
        self.rows.into_inner().unwrap_or_else(PoisonError::into_inner).send();
    }
}

impl Observer for Listener<'_> {
    fn keep(&self, path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        let target: PathBuf = kept_path(self.staging, path);
        Ok(Some(Box::new(BufWriter::new(fs::File::create(target)?))))
    }

    fn known(&self, index: bagit::MemberIndex, member: &Member<'_>) -> Option<Digests> {
        self.known.find(index, member)
    }

    fn block(&self, index: bagit::MemberIndex, path: &str, _offset_bytes: u64, bytes: &[u8]) {
        if is_of_object(PathClass::of(path)) {
            self.formats.push(index, bytes);
        }
    }

    fn member(&self, index: bagit::MemberIndex, member: &Member<'_>, digests: &Digests) -> Control {
        self.work.meter.add_files(1);
        if self.known.has_row(index, digests) {
            return Control::Continue;
        }
        let Ok(place) = u32::try_from(index.get()) else { return Control::Stop };
        let mut new = row(place, member, digests);
        if is_of_object(member.class) {
            let (format, is_provisional) = self.formats.finish(index, member.path);
            (new.file.format, new.file.has_provisional_format) = (Some(format), is_provisional);
        }
        let is_sent = self.rows.lock().unwrap_or_else(PoisonError::into_inner).push(new);
        if is_sent && !self.work.signal.is_raised() { Control::Continue } else { Control::Stop }
    }

    fn go_on(&self) -> Control {
        if self.work.signal.is_raised() { Control::Stop } else { Control::Continue }
    }

    fn progress(&self, bytes: u64) {
        self.work.meter.add_bytes(bytes);
    }
}

/// Makes the row of a member.
pub fn row(place: u32, member: &Member<'_>, digests: &Digests) -> NewGathered {
    let bytes = |algorithm| digests.get(algorithm).map(|digest| digest.as_bytes().to_vec());
    let file = GatheredFile {
        place,
        path: member.path.to_owned(),
        size_bytes: member.size_bytes,
        offset_bytes: member.offset_bytes,
        modified_at: member.modified_at,
        md5: bytes(Algorithm::Md5),
        sha1: bytes(Algorithm::Sha1),
        sha256: bytes(Algorithm::Sha256),
        sha512: bytes(Algorithm::Sha512),
        other_digests: members::other_digests(digests),
        format: None,
        has_provisional_format: false,
    };
    let disposition = if is_of_object(member.class) { Disposition::New } else { Disposition::NotKept };
    NewGathered { file, disposition }
}

/// Manifests are made anew when the bag is given back; they are about a package, not about the object.
pub fn is_of_object(class: PathClass<'_>) -> bool {
    matches!(class, PathClass::Payload | PathClass::Tag)
}

fn totals(members: &Members) -> Totals {
    let size_bytes = members.iter().map(|(_, member)| member.size_bytes).sum();
    Totals { files: members.len() as u64, size_bytes }
}

/// Returns the digests of the payload manifests: they stand for every file of the deposit.
fn manifests(members: &Members, extra: &[NewGathered]) -> Vec<model::ReceiptManifest> {
    let digest = |path: &str, value: String| model::ReceiptManifest {
        path: path.to_owned(),
        algorithm: Algorithm::Sha256.name().to_owned(),
        digest: value,
    };
    let is_manifest = |path: &str| matches!(PathClass::of(path), PathClass::PayloadManifest(_));
    let of_members = members
        .iter()
        .filter(|(_, member)| is_manifest(member.path))
        .filter_map(|(index, member)| Some(digest(member.path, members.digest(index, Algorithm::Sha256)?.to_hex())));
    let of_extra = extra.iter().filter(|row| is_manifest(&row.file.path)).filter_map(|row| {
        let value = members::digests(&row.file).get(Algorithm::Sha256)?;
        Some(digest(&row.file.path, value.to_hex()))
    });
    of_members.chain(of_extra).collect()
}
