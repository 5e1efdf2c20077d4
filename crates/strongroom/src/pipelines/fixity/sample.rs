//! The files of a frozen replica that were drawn: each is asked for once, waited for, and read.
//!
//! Safe to repeat because each file is looked at before it is asked for, and was charged before that: one that thaws already
//! is not asked for again. One that has frozen again before it was read is charged once more first, or given up.

use backends::database::{FixityClaim, SampleStep};
use backends::s3::Thaw;
use digests::{Algorithm, Digest};
use jiff::{SignedDuration, Timestamp};
use model::{Evidence, Sample, SampleBudget, StepError};

use super::super::context::storage;
use super::super::work::ask;
use super::super::{Context, Meter, Signal};
use super::{Checked, FixityTerms, LEASE, Scope, check, documents};

/// How often a file is charged at the most until it is given up: as often as a restoration asks.
const CHARGES_MAX: u32 = 5;
/// When a file is looked at again that could not be.
pub const RETRY: SignedDuration = SignedDuration::from_hours(1);
/// Files between two signs of life of the claim.
const FILES_BETWEEN_SIGNS: usize = 100;

/// What was done about the files of one replica.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Sampled {
    /// Asked for just now.
    pub asked: u64,
    /// Thawing, or to be looked at later for another reason.
    pub waiting: u64,
    /// Read, and right or put right.
    pub read: u64,
    /// Frozen again, with no budget to ask once more.
    pub given_up: u64,
    /// Wrong still.
    pub damaged: u64,
}

/// Goes on with the files of a claimed replica that are to be looked at by now. Call where it may block.
///
/// # Errors
/// The store does not answer, the claim is lost, or the work is to stop; whatever is not noted is looked at again.
pub fn sample(
    context: &Context,
    claim: &FixityClaim,
    terms: &FixityTerms,
    meter: &Meter,
    signal: &Signal,
) -> Result<Sampled, StepError> {
    let now = context.clock.now();
    let files = ask(context.database.samples_under_way(claim, now))?;
    let budget = terms.sample_of(&claim.replica.store);
    let sampling = Sampling { context, claim, budget: &budget, now };
    let (mut sampled, mut readable) = (Sampled::default(), Vec::new());
    sampling.look(&files, signal, &mut sampled, &mut readable)?;
    if readable.is_empty() {
        return Ok(sampled);
    }
    let scope = Scope::Contents(readable.clone());
    let (step, count) = match check(context, claim, terms, &scope, meter, signal)? {
        Checked::Proven { begun_at, evidence: Evidence::A, .. } => {
            (SampleStep::Read { at: begun_at }, &mut sampled.read)
        }
        // Some of it has frozen again between the look and the reading.
        Checked::Proven { .. } => (SampleStep::Later { look_at: now }, &mut sampled.waiting),
        Checked::Damaged { .. } => {
            let because = "not all of what was read is right: `strongroom incidents` says what";
            (SampleStep::Ended { because }, &mut sampled.damaged)
        }
        Checked::NotChecked(because) => {
            let replica = &claim.replica;
            tracing::warn!(object = %replica.identifier, store.id = replica.store.0, because, "a sample was not read");
            (SampleStep::Later { look_at: now + RETRY }, &mut sampled.waiting)
        }
    };
    *count += readable.len() as u64;
    let steps: Vec<_> = readable.iter().map(|digest| (digest.as_bytes().to_vec(), step)).collect();
    ask(context.database.note_samples(claim, &steps, context.clock.now()))?;
    Ok(sampled)
}

struct Sampling<'a> {
    context: &'a Context,
    claim: &'a FixityClaim,
    budget: &'a SampleBudget,
    now: Timestamp,
}

impl Sampling<'_> {
    /// Looks at each file, and asks for those that are frozen. What can be read, and what is not there, is to be checked.
    fn look(
        &self,
        files: &[Sample],
        signal: &Signal,
        sampled: &mut Sampled,
        readable: &mut Vec<Digest>,
    ) -> Result<(), StepError> {
        let replica = &self.claim.replica;
        let store = self.context.stores.open(&replica.store)?;
        let object = documents::open(&store, &replica.object_path)?;
        let expected = documents::expected(self.context, replica)?;
        let inventory = documents::inventory(self.context, replica, &expected)?;
        let terms = self.context.thaw;
        let look_at = self.now + terms.look_again.unwrap_or_else(|| terms.tier.look_again());
        for (place, file) in files.iter().enumerate() {
            signal.check()?;
            if place % FILES_BETWEEN_SIGNS == FILES_BETWEEN_SIGNS - 1 {
                self.prolong()?;
            }
            let digest = Digest::from_bytes(Algorithm::Sha256, &file.sha256);
            let path = digest.and_then(|digest| Some((digest, inventory.content_path(digest)?)));
            let Some((digest, path)) = path else {
                // The check of the whole replica tells what the inventory lacks.
                self.note(file, SampleStep::Ended { because: "the inventory does not name it" })?;
                sampled.given_up += 1;
                continue;
            };
            let kept = object.kept(&path).map_err(storage)?;
            let Some(kept) = kept.filter(|kept| !kept.is_readable()) else {
                readable.push(digest);
                continue;
            };
            if kept.thaw == Thaw::Frozen {
                if !self.may_ask(file)? {
                    sampled.given_up += 1;
                    continue;
                }
                let tier = terms.tier.of_class(self.context.stores.class_of(&replica.store));
                object.ask_to_thaw(&path, terms.days, tier).map_err(storage)?;
                sampled.asked += 1;
            }
            self.note(file, SampleStep::Asked { look_at })?;
            sampled.waiting += 1;
        }
        Ok(())
    }

    /// Says whether a frozen file may be asked for. It may once for each time that it was charged; if it was asked for since,
    /// or so long ago that nobody can tell, it has thawed and frozen again.
    fn may_ask(&self, file: &Sample) -> Result<bool, StepError> {
        let thawed = SignedDuration::from_hours(24 * i64::from(self.context.thaw.days));
        if file.asked_at.is_none() && self.now < file.wanted_at + thawed {
            return Ok(true);
        }
        let database = &self.context.database;
        let may =
            file.charges < CHARGES_MAX && ask(database.charge_sample_again(self.claim, file, self.now, self.budget))?;
        if !may {
            let replica = &self.claim.replica;
            tracing::warn!(
                object = %replica.identifier, store.id = replica.store.0, size_bytes = file.size_bytes,
                "a file of a sample has frozen again before it was read, and the budget of the month is used up: given up"
            );
            self.note(file, SampleStep::Ended { because: "it has frozen again before it was read" })?;
        }
        Ok(may)
    }

    fn note(&self, file: &Sample, step: SampleStep) -> Result<(), StepError> {
        ask(self.context.database.note_samples(self.claim, &[(file.sha256.clone(), step)], self.now))
    }

    fn prolong(&self) -> Result<(), StepError> {
        ask(self.context.database.prolong_fixity(self.claim, self.context.clock.now() + LEASE))
    }
}
