//! check_reingest: the deposit is compared with the version that is held.
//!
//! Takes a valid bag. Leaves what becomes of each file, and the version that the deposit makes. Safe to repeat because
//! the comparison is computed anew from the rows; the new version's number and identity are settled with it.

use findings::Findings;
use model::{Answer, Completion, ItemState, Object, PlannedVersion, ReDeposit, Stage, StepError};

use super::super::Work;
use super::super::work::database;
use super::{rules, tags};

/// Compares and plans.
///
/// # Errors
/// The database cannot be reached.
pub async fn check_reingest(work: &Work) -> Result<Answer, StepError> {
    let doors = &work.context;
    let item = &work.claim.item;
    let held = doors.database.object(&item.deposit.identifier).await.map_err(database)?;
    let held_id = held.as_ref().map(|object| object.id);
    let mut warnings = work.state.warnings.clone();
    let option = match storage_option(work, held.as_ref(), &mut warnings) {
        Ok(option) => option,
        Err(rejection) => return Ok(Answer::Reject(rejection)),
    };
    doors.database.compare_gathered(&work.claim, held_id).await.map_err(database)?;
    let re_deposit = item.deposit.options.re_deposit;
    let totals = doors.database.version_totals(item.id, held_id, re_deposit).await.map_err(database)?;
    let is_shrunk = re_deposit == ReDeposit::Replace && totals.left_out.files > 0;
    if let Some(object) = held.as_ref().filter(|_| totals.fresh.files == 0 && !is_shrunk) {
        return Ok(unchanged(work, object, warnings));
    }
    let accepted_at = doors.clock.now();
    let planned = PlannedVersion {
        object: held_id.unwrap_or_else(|| doors.clock.object_id()),
        object_created_at: held.as_ref().map_or(accepted_at, |object| object.created_at),
        number: held.as_ref().map_or(1, |object| object.head + 1),
        accepted_at,
        storage_option: option,
        all: totals.all,
        new: totals.fresh,
    };
    Ok(Answer::done(ItemState { planned: Some(planned), warnings, ..ItemState::clone(&work.state) }))
}

/// Settles the storage option: that of the held object, for ever; else what the deposit or the bag asks for.
fn storage_option(work: &Work, held: Option<&Object>, warnings: &mut Findings) -> Result<String, Box<Findings>> {
    let options = &work.context.storage_options;
    let asked = work.claim.item.deposit.options.storage_option.as_deref().or(tags::storage_option(&work.state));
    if let Some(object) = held {
        if let Some(asked) = asked.filter(|asked| !asked.eq_ignore_ascii_case(&object.storage_option)) {
            warnings.push(rules::STORAGE_OPTION_KEPT.finding().expected(&object.storage_option).seen(asked));
        }
        return Ok(object.storage_option.clone());
    }
    let Some(asked) = asked else {
        return Ok(options.first().map_or_else(String::new, |option| option.name.clone()));
    };
    if let Some(option) = work.context.storage_option(asked) {
        return Ok(option.name.clone());
    }
    let names: Vec<_> = options.iter().map(|option| option.name.as_str()).collect();
    let mut findings = Findings::default();
    findings.push(rules::STORAGE_OPTION_UNKNOWN.finding().expected(names.join(", ")).seen(asked));
    Err(Box::new(findings))
}

/// Every file is held already, byte for byte: no version is made.
fn unchanged(work: &Work, object: &Object, warnings: Findings) -> Answer {
    let outcome = format!(
        "nothing new: every file of the deposit is held already, as version {} of {}",
        object.head, object.identifier
    );
    Answer::Done(Box::new(Completion {
        state: ItemState { warnings, ..ItemState::clone(&work.state) },
        skip_to: Some(Stage::CleanUp),
        outcome: Some(outcome),
        ..Completion::default()
    }))
}
