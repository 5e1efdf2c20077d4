//! The rebuilding that is rehearsed: from one store, into a file beside the registry, which is only read.

use std::sync::Arc;

use backends::database::{Address, Database};
use model::{Drill, DrillKind, StepError, StoreId};

use super::super::rebuild::{self, RebuildError};
use super::super::work::ask;
use super::super::{Context, Meter, Signal};
use super::DrillTerms;
use super::compare::Comparing;
use super::scratch::Scratch;

/// The database that is made and removed.
const REGISTRY: &str = "registry.sqlite";

/// Makes the registry anew from a store, compares it with the one in use, and keeps what differs. Call where it may
/// block. Memory is that of a rebuilding; the disk holds one registry more while it lasts.
///
/// # Errors
/// Another process holds such a drill, the registry in use cannot be reached, or the work is to stop. Whatever keeps the
/// other one from being made is no error but a drill that failed.
pub fn rebuild(
    context: &Context,
    terms: &DrillTerms,
    store: &StoreId,
    meter: Arc<Meter>,
    signal: &Signal,
) -> Result<Drill, StepError> {
    let scratch = Scratch::take(&terms.scratch, DrillKind::Rebuild)?;
    let begun_at = context.clock.now();
    let mut comparing = Comparing::new(context, store, begun_at, signal);
    let (mut files, mut size_bytes) = (0, 0);
    let made = context.stores.open(store).map_err(|error| error.to_string()).and_then(|opened| {
        let (clock, signal) = (context.clock.clone(), signal.clone());
        let request = rebuild::Request { store: opened, last_item: 0, clock, meter, signal };
        let path = scratch.path().join(REGISTRY);
        let mut left_out = |one: rebuild::LeftOut| {
            let (code, message) = (&one.finding.code, &one.finding.message);
            comparing.left_out(format!("left out: {}: {code}: {message}", one.object_path));
        };
        match rebuild::rebuild(&request, &path, &mut left_out) {
            Ok(rebuilt) => Ok(Some((rebuilt, path))),
            Err(RebuildError::Stopped) => Ok(None),
            Err(error) => Err(StepError::stop(error).to_string()),
        }
    });
    let mut failure = None;
    match made {
        Ok(None) => return Err(StepError::Interrupted),
        Ok(Some((rebuilt, path))) => {
            (files, size_bytes) = (rebuilt.files, rebuilt.size_bytes);
            let anew = ask(Database::open_existing(&Address::File(path.clone())))?;
            let compared = comparing.compare(&anew);
            ask(async {
                anew.close().await;
                Ok(())
            })?;
            compared?;
        }
        Err(because) => failure = Some(format!("it could not be made: {because}")),
    }
    let is_passed = failure.is_none() && comparing.is_same();
    let mut drill = Drill {
        id: 0,
        kind: DrillKind::Rebuild,
        institution: None,
        store: Some(store.clone()),
        object: None,
        version: None,
        begun_at,
        ended_at: context.clock.now(),
        is_passed,
        files,
        size_bytes,
        report: failure.into_iter().chain(comparing.report()).collect(),
    };
    drop(scratch);
    drill.id = ask(context.database.add_drill(&drill, &[]))?;
    Ok(drill)
}
