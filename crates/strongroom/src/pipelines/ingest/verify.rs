//! verify: each replica is read back from its disk and proven; then the OCFL version is committed.
//!
//! Takes drafts with the new content. Leaves the version in every store, each replica with evidence grade A. Safe to
//! repeat because what is proven is noted before the first commit, and a commit finds out by itself how far it came.

use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use backends::storage::{Commit, Draft, Store};
use digests::{Algorithm, Algorithms, Digest};
use model::{Answer, Evidence, ItemState, Replica, Stage, StepError, StoreId};
use ocfl::Plan;

use super::super::Work;
use super::super::context::storage;
use super::super::reading_back::{ReadingBack, Wrong};
use super::layout::{Bytes, Layout};
use super::{members, plan, sidecars, store};

/// Proves every replica, then commits the version in every store.
///
/// # Errors
/// A store cannot be reached, a replica stays wrong however often it is written, or the work is to stop.
pub async fn verify(work: &Work) -> Result<Answer, StepError> {
    work.blocking(prove_and_commit).await
}

fn prove_and_commit(work: &Work) -> Result<Answer, StepError> {
    let planned = plan::planned(work)?;
    let stores = work.context.stores_of(&planned.storage_option)?;
    let plan = plan::make(work)?;
    let mut state = ItemState::clone(&work.state);
    let is_proven = !state.replicas.is_empty();
    let prove = || if is_proven { Ok(Vec::new()) } else { prove_all(work, &plan, &stores) };
    // What the documents say of the files does not wait for the disks.
    let (replicas, described) = work.both(prove, || sidecars::describe(work, &plan))?;
    if !is_proven {
        state.replicas = replicas;
        // From here on the times and grades are settled: every sidecar and the registry will say the same.
        work.ask(work.context.database.save_state(&work.claim, &state))?;
    }
    let documents = sidecars::Documents::complete(work, &state, plan, described)?;
    work.side_by_side(&stores, |in_store| work.part("commit", in_store, || commit(work, &documents, in_store)))?;
    state.documents = documents.digests()?;
    Ok(Answer::done(state))
}

fn prove_all(work: &Work, plan: &Plan, stores: &[Store]) -> Result<Vec<Replica>, StepError> {
    let planned = plan::planned(work)?;
    let object_path = plan::object_path(&work.claim.item.deposit.identifier)?;
    let copies = stores.len() as u64;
    work.meter.expect(planned.new.files * copies, planned.new.size_bytes * copies);
    let proven = |store: &Store| {
        work.part("read_back", store, || prove(work, plan, store))?;
        Ok(Replica {
            object: planned.object,
            version: planned.number,
            store: StoreId(store.id().to_owned()),
            object_path: object_path.clone(),
            evidence: Evidence::A,
            verified_at: work.context.clock.now(),
            files: planned.new.files,
            size_bytes: planned.new.size_bytes,
        })
    };
    // All stores at once: while one disk is asked, the bytes of another are hashed.
    work.side_by_side(stores, proven)
}

/// Reads back all new content of one store; what is wrong is written again, a few times at the most.
fn prove(work: &Work, plan: &Plan, in_store: &Store) -> Result<(), StepError> {
    let draft = store::draft(work, in_store)?;
    draft.make_durable().map_err(storage)?;
    let mut wrong = read_back(work, &draft, plan.new_content().map(|new| (new.content_path, new.digest)))?;
    for _ in 0..work.context.limits.rewrites_max {
        if wrong.is_empty() {
            break;
        }
        mend(work, plan, &draft, in_store, &wrong)?;
        draft.make_durable().map_err(storage)?;
        wrong = read_back(work, &draft, wrong.into_iter().map(|wrong| (wrong.path, wrong.expected)))?;
    }
    match wrong.first() {
        None => Ok(()),
        Some(wrong) => Err(StepError::stop(StillWrong {
            store: in_store.id().to_owned(),
            content_path: wrong.path.clone(),
            seen: wrong.seen.clone(),
        })),
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the store {store} gives other bytes than it was given for {content_path} ({seen}), each time it was written: \
     nothing of the deposit is committed; look at the disk, then retry the item"
)]
struct StillWrong {
    store: String,
    content_path: String,
    seen: String,
}

fn read_back(
    work: &Work,
    draft: &Draft,
    contents: impl Iterator<Item = (String, Digest)> + Send,
) -> Result<Vec<Wrong>, StepError> {
    let reading = ReadingBack::new(&work.context, &work.meter, &work.signal);
    reading.compare(|path| draft.open_back(path), contents)
}

/// Writes wrong files again, after making sure that the source is still what was validated.
fn mend(work: &Work, plan: &Plan, draft: &Draft, in_store: &Store, wrong: &[Wrong]) -> Result<(), StepError> {
    let layout = Layout::open(work)?;
    let places = members::places(work)?;
    for wrong in wrong {
        let named = plan.new_content().find(|new| new.content_path == wrong.path);
        let index = named.and_then(|new| places.find(new.logical_path));
        let index = index.ok_or_else(|| StepError::stop("a content of the plan belongs to no member"))?;
        let member = places.get(index);
        prove_source(work, &layout, &member, index.get(), wrong.expected)?;
        tracing::warn!(
            work.id = work.claim.item.id.0,
            store.id = in_store.id(),
            file.path = member.path,
            seen = wrong.seen,
            "a replica was not what was written; writing it again"
        );
        let source = layout.bytes(&member, index.get()).source(member.size_bytes);
        draft.replace(&wrong.path, &source).map_err(storage)?;
    }
    Ok(())
}

/// Reads the source of a wrong replica again: if it changed, the deposit is no longer the one that was validated.
fn prove_source(
    work: &Work,
    layout: &Layout,
    member: &bagit::Member<'_>,
    place: usize,
    expected: Digest,
) -> Result<(), StepError> {
    let unpacked = match layout.bytes(member, place) {
        Bytes::Staged(path) if layout.has_compressed_members() => Some(path),
        _ => None,
    };
    match digest_of_source(work, layout, member, place) {
        Ok(seen) if seen == Some(expected) => return Ok(()),
        // The proof of another store, at the same time, has found it damaged and removed it.
        Err(SourceError::Read(error)) if unpacked.is_some() && error.kind() == io::ErrorKind::NotFound => {}
        Err(SourceError::Read(error)) if !layout.is_another()? => return Err(StepError::retry(error)),
        Err(SourceError::Step(error)) => return Err(error),
        // Another lies there now: it is not what was validated.
        Err(SourceError::Read(_)) | Ok(_) => {}
    }
    let path = member.path.escape_debug();
    if let Some(unpacked) = unpacked {
        // Staging is not synchronised to its disk: after a power cut an unpacked file may be damaged.
        match std::fs::remove_file(unpacked) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(StepError::retry(error)),
            _ => {}
        }
        let because = format!("what staging keeps of {path} is not what was gathered; unpacking it again");
        return Err(StepError::RetryFrom(Stage::Unpack, because.into()));
    }
    Err(StepError::stop(format!(
        "the deposit changed while it was taken in: {path} is not what was validated. Nothing of it is committed; \
         deposit the bag again, then cancel this item"
    )))
}

/// Why a source was not read to its end.
enum SourceError {
    Read(io::Error),
    Step(StepError),
}

fn digest_of_source(
    work: &Work,
    layout: &Layout,
    member: &bagit::Member<'_>,
    place: usize,
) -> Result<Option<Digest>, SourceError> {
    let mut hasher = digests::Hasher::new(Algorithms::from(Algorithm::Sha256));
    let mut reader = open_source(layout, member, place).map_err(SourceError::Read)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        work.signal.check().map_err(SourceError::Step)?;
        match reader.read(&mut buffer).map_err(SourceError::Read)? {
            0 => return Ok(hasher.finish().get(Algorithm::Sha256)),
            got => hasher.update(&buffer[..got]),
        }
    }
}

fn open_source<'a>(layout: &'a Layout, member: &bagit::Member<'a>, place: usize) -> io::Result<Box<dyn Read + 'a>> {
    match layout.bytes(member, place) {
        Bytes::In { object, offset_bytes, size_bytes } => Ok(Box::new(object.stretch(offset_bytes, size_bytes))),
        Bytes::Stretch { file, offset_bytes, size_bytes } => {
            Ok(Box::new(Stretch { file, offset_bytes, left_bytes: size_bytes }))
        }
        Bytes::File(path) | Bytes::Staged(path) => Ok(Box::new(std::fs::File::open(path)?)),
    }
}

/// Reads a stretch of a file without moving its cursor.
struct Stretch<'a> {
    file: &'a std::fs::File,
    offset_bytes: u64,
    left_bytes: u64,
}

impl Read for Stretch<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left_bytes).unwrap_or(usize::MAX));
        let got = self.file.read_at(&mut buffer[..wanted], self.offset_bytes)?;
        self.offset_bytes += got as u64;
        self.left_bytes -= got as u64;
        Ok(got)
    }
}

fn commit(work: &Work, documents: &sidecars::Documents, in_store: &Store) -> Result<(), StepError> {
    let number = plan::planned(work)?.number;
    let draft = store::draft(work, in_store)?;
    let object_path = plan::object_path(&work.claim.item.deposit.identifier)?;
    if plan::is_committed(in_store, &object_path, number).map_err(storage)? {
        documents.assert_committed(in_store, &object_path, number)?;
    } else {
        documents.write(work, &draft)?;
    }
    // After the last file that is written by its name: if the lease is lost from here on, the draft is another's, and the
    // renames of the commit find nothing.
    work.assert_held()?;
    let commit = if number == 1 { Commit::NewObject } else { Commit::NextVersion };
    draft.commit(commit).map(|_| ()).map_err(storage)
}
