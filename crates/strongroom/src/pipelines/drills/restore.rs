//! The spot restore: an object is given back as a bag, and others look at it.

use std::sync::Arc;
use std::time::Instant;

use model::{Drill, DrillKind, Event, Object, StepError};
use premis::{EventType, Outcome};

use super::super::restoration::{self, Doors, Existing, Request, RestorationError, Target};
use super::super::work::ask;
use super::super::{Context, Meter, Signal, foreign};
use super::DrillTerms;
use super::scratch::Scratch;

/// The name of the bag's folder: the object's own may be longer than a file system takes beside others.
const BAG: &str = "bag";

/// Gives an object back, has it validated by every program of the terms, and keeps what they said. Call where it may
/// block.
///
/// # Errors
/// Another process holds such a drill, the database cannot be reached, or the work is to stop. Whatever keeps the object
/// from being given back is no error but a drill that failed.
pub fn restore(
    context: &Context,
    terms: &DrillTerms,
    object: Object,
    meter: Arc<Meter>,
    signal: &Signal,
) -> Result<Drill, StepError> {
    let scratch = Scratch::take(&terms.scratch, DrillKind::Restore)?;
    let (begun_at, begun) = (context.clock.now(), Instant::now());
    let folder = scratch.path().join(BAG);
    let doors = Doors {
        database: context.database.clone(),
        stores: context.stores.clone(),
        staging: context.staging.clone(),
        clock: context.clock.clone(),
        agent: context.agent.clone(),
        signatures: context.signatures,
        meter,
        signal: signal.clone(),
    };
    std::fs::create_dir_all(&context.staging).map_err(StepError::retry)?;
    let (version, target) = (object.head, Target::Folder(folder.clone()));
    let request = Request { object: object.clone(), version, file: None, target, existing: Existing::Keep };
    let outcome = restoration::restore(&doors, request);
    let mut seen = Seen::default();
    match &outcome.result {
        Err(RestorationError::Interrupted) => return Err(StepError::Interrupted),
        Err(error) => seen.failed(format!("it could not be given back: {}", told(error))),
        Ok(restored) => {
            let seconds = begun.elapsed().as_secs_f64();
            (seen.files, seen.size_bytes) = (restored.files, restored.size_bytes);
            seen.report.push(format!("given back in {seconds:.1} seconds"));
            seen.validate(terms, &folder, signal)?;
        }
    }
    if outcome.damage_count > 0 {
        seen.report.push(format!("{} faults of replicas were passed over on the way", outcome.damage_count));
    }
    let mut drill = Drill {
        id: 0,
        kind: DrillKind::Restore,
        institution: Some(object.identifier.institution.clone()),
        store: None,
        object: Some(object.identifier.to_string()),
        version: Some(version),
        begun_at,
        ended_at: context.clock.now(),
        is_passed: seen.is_passed,
        files: seen.files,
        size_bytes: seen.size_bytes,
        report: seen.report,
    };
    // Before the row that tells of it: killed in between, there is nothing to clean up that nobody knows of.
    drop(scratch);
    let event = event(context, &object, &drill);
    drill.id = ask(context.database.add_drill(&drill, &[event]))?;
    Ok(drill)
}

struct Seen {
    is_passed: bool,
    files: u64,
    size_bytes: u64,
    report: Vec<String>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { is_passed: true, files: 0, size_bytes: 0, report: Vec::new() }
    }
}

impl Seen {
    fn failed(&mut self, because: String) {
        self.is_passed = false;
        self.report.push(because);
    }

    fn validate(&mut self, terms: &DrillTerms, folder: &std::path::Path, signal: &Signal) -> Result<(), StepError> {
        for validator in &terms.validators {
            let mut command = validator.clone();
            command.push(folder.display().to_string());
            let name =
                validator.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).collect::<Vec<_>>().join(" ");
            let begun = Instant::now();
            match foreign::run(&command, b"", terms.limit, signal) {
                Ok(_) => self.report.push(format!("{name}: valid, in {:.1} seconds", begun.elapsed().as_secs_f64())),
                Err(foreign::ForeignError::Stopped { .. }) => return Err(StepError::Interrupted),
                Err(error) => self.failed(format!("{name}: {}", told(&error))),
            }
        }
        Ok(())
    }
}

fn event(context: &Context, object: &Object, drill: &Drill) -> Event {
    let outcome = if drill.is_passed { Outcome::Success } else { Outcome::Fail };
    Event {
        id: context.clock.event_id(),
        event_type: EventType::Validation.label().to_owned(),
        at: drill.ended_at,
        outcome: outcome.label().to_owned(),
        detail: "a spot restore: the object was given back as a bag, and the bag validated".to_owned(),
        note: drill.report.join("; "),
        agent: context.agent.clone(),
        item: None,
        object: Some(object.id),
        version: drill.version,
        path: None,
        store: None,
    }
}

/// Writes an error with all its sources in one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
