//! thaw: each file that is needed and frozen is asked for once, and waited for.
//!
//! Takes a restoration whose good replicas are frozen. Leaves its files thawed for some days. Safe to repeat because each
//! file is looked at before it is asked for: one that thaws already, or is thawed for long enough, is not asked for again.

use std::sync::Mutex;

use backends::s3::{Asked, Kept, Thaw};
use backends::storage::ObjectReader;
use jiff::{SignedDuration, Timestamp};
use model::{Answer, Completion, FileVersion, ItemState, Restoring, Stage, StepError, Thawing};

use super::super::Work;
use super::super::context::storage;
use super::contents::{Contents, sha256};
use super::replica::{Known, Opened, Replica};
use super::{RestorationError, give_back};

/// Questions that are under way at once.
const QUESTIONS_AT_ONCE: usize = 8;
/// How long a thawed file must stay so at least, for the restoration to come to it.
const HOLD_MIN: SignedDuration = SignedDuration::from_hours(6);

/// Asks for what is frozen, and waits until nothing is.
///
/// # Errors
/// The store does not answer, the registry cannot be read, or the work is to stop.
pub async fn thaw(work: &Work) -> Result<Answer, StepError> {
    work.blocking(ask_and_look).await
}

fn ask_and_look(work: &Work) -> Result<Answer, StepError> {
    let mut state = ItemState::clone(&work.state);
    let mut restoring = give_back::asked_for(work)?;
    let Some(object) = work.ask(work.context.database.object(&work.claim.item.deposit.identifier))? else {
        return Ok(Answer::Cancel { because: "the object was deleted".to_owned() });
    };
    let (reader, known) = open(work, &restoring)?;
    let file = give_back::file(work, &restoring)?;
    let thawer = Thawer { work, reader: &reader, known: &known, seen: Mutex::new(Thawing::default()) };
    match &file {
        Some(file) => thawer.some(std::slice::from_ref(file))?,
        None => {
            let database = &work.context.database;
            let contents = Contents { database, object: &object, version: restoring.version, signal: &work.signal };
            let mut failure = None;
            let ended = contents.each_page(|page| {
                thawer.some(&page).map_err(|error| {
                    failure = Some(error);
                    RestorationError::Interrupted
                })
            });
            match (failure, ended) {
                (Some(error), _) => return Err(error),
                (None, Err(error)) => return Err(give_back::step_error(error)),
                (None, Ok(())) => {}
            }
        }
    }
    let now = work.context.clock.now();
    let seen = thawer.seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    restoring.thawing = told(&restoring.thawing, seen, work, now);
    let thawing = restoring.thawing;
    let to = if restoring.path.is_some() { Stage::RestoreFile } else { Stage::RestoreObject };
    let store = restoring.store.clone();
    state.restoring = Some(restoring);
    if thawing.thawed >= thawing.files {
        let completion = Completion { state, skip_to: Some(to), ..Completion::default() };
        return Ok(Answer::Done(Box::new(completion)));
    }
    work.ask(work.context.database.save_state(&work.claim, &state))?;
    let terms = work.context.thaw;
    let until = now + terms.look_again.unwrap_or_else(|| terms.tier.look_again());
    let by = thawing.expected_at.map(|at| format!(", all by {at} or so")).unwrap_or_default();
    let because = format!("{} of {} files of the store {store} are thawed{by}", thawing.thawed, thawing.files);
    Ok(Answer::Wait { until, because })
}

/// Adds what was seen now to what was known before.
fn told(before: &Thawing, seen: Thawing, work: &Work, now: Timestamp) -> Thawing {
    let asked = before.asked + seen.asked;
    let began_at = before.began_at.or((asked > 0).then_some(now));
    // A file that was asked for again just now takes as long as the first one did.
    let latest = if seen.asked > 0 { Some(now) } else { None };
    let class = work.context.stores.class_of(&give_back::store_of(work));
    let expected_at = latest.map(|at| at + work.context.thaw.tier.time_max(class)).or(before.expected_at);
    Thawing { asked, began_at, expected_at, ..seen }
}

fn open(work: &Work, restoring: &Restoring) -> Result<(ObjectReader, std::rc::Rc<Known>), StepError> {
    let held = work.ask(work.context.database.replicas(restoring.object))?;
    let held = held.into_iter().filter(|held| held.store == restoring.store && held.version >= 1);
    let newest = held.max_by_key(|held| held.version);
    let newest = newest.ok_or_else(|| {
        StepError::stop(format!("the store {} does not hold the object any more: restore it anew", restoring.store))
    })?;
    let replica = Replica {
        store: newest.store,
        object_path: newest.object_path,
        version: newest.version,
        faults: 0,
        files: 0,
        bytes: 0,
        opened: Opened::NotYet,
    };
    replica.open(&work.context.stores, &[]).map_err(|wrong| StepError::retry(std::io::Error::other(wrong.what)))
}

struct Thawer<'a> {
    work: &'a Work,
    reader: &'a ObjectReader,
    known: &'a Known,
    seen: Mutex<Thawing>,
}

impl Thawer<'_> {
    /// Looks at some files, several at once, and asks for those that are frozen.
    fn some(&self, files: &[FileVersion]) -> Result<(), StepError> {
        let mut paths = Vec::with_capacity(files.len());
        for file in files {
            let digest = sha256(file).map_err(give_back::step_error)?;
            if let Some(path) = self.known.inventory.content_path(digest) {
                paths.push((path, file.size_bytes));
            }
        }
        // Equal files have one content: it is asked for once, and counted once a page.
        paths.sort();
        paths.dedup();
        let size = paths.len().div_ceil(QUESTIONS_AT_ONCE).max(1);
        let each = |part: &[(String, u64)]| {
            part.iter().try_for_each(|(path, size_bytes)| {
                self.work.signal.check()?;
                self.one(path, *size_bytes)
            })
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = paths.chunks(size).map(|part| scope.spawn(move || each(part))).collect();
            let ended = threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            ended.collect::<Vec<_>>().into_iter().collect::<Result<(), _>>()
        })
    }

    fn one(&self, path: &str, size_bytes: u64) -> Result<(), StepError> {
        let (terms, now) = (self.work.context.thaw, self.work.context.clock.now());
        let kept = self.reader.kept(path).map_err(storage)?;
        // What is not there cannot be thawed: the restoration says so, and asks another store for it.
        let is_readable = kept.as_ref().is_none_or(Kept::is_readable);
        let is_settled = kept.is_none_or(|kept| kept.is_readable_until(now + HOLD_MIN) || kept.thaw == Thaw::UnderWay);
        let asked = if is_settled {
            Asked::Before
        } else {
            let class = self.work.context.stores.class_of(&give_back::store_of(self.work));
            self.reader.ask_to_thaw(path, terms.days, terms.tier.of_class(class)).map_err(storage)?
        };
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.files += 1;
        seen.size_bytes += size_bytes;
        seen.asked += u64::from(asked == Asked::Now);
        seen.thawed += u64::from(is_readable);
        Ok(())
    }
}
