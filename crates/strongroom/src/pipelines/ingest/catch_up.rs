//! The stores that a next version goes to must have the versions before it: one that was added lately gets them first.

use backends::storage::Store;
use model::{StepError, StoreId, StoreState};

use super::super::Work;
use super::super::stores::{For, Replication, Replicator};
use super::plan;

/// Replicas of one object that are looked at.
const REPLICAS_MAX: u32 = 500;

/// Brings the held versions of the object into those stores of its option that lack them.
///
/// # Errors
/// A store is on its way out (this process may know an older configuration), another process is at the object, or the
/// versions cannot be brought there.
pub fn bring(work: &Work, stores: &[Store]) -> Result<(), StepError> {
    let (context, planned) = (&work.context, plan::planned(work)?);
    for store in stores {
        let id = StoreId(store.id().to_owned());
        if let Some(state) = work.ask(context.database.store_state(&id))?.filter(|state| *state != StoreState::Active) {
            return Err(StepError::retry(std::io::Error::other(format!(
                "the store {id} is {state}: take it out of the storage option {}, and start `strongroom up` anew",
                planned.storage_option
            ))));
        }
    }
    if planned.number == 1 {
        return Ok(());
    }
    let held = work.ask(context.database.held_replicas(Some(planned.object), None, None, REPLICAS_MAX))?;
    let lacking = stores.iter().map(|store| StoreId(store.id().to_owned())).filter(|id| {
        let head = held.iter().find(|replica| replica.store == *id).map_or(0, |replica| replica.head);
        head + 1 < planned.number
    });
    let replicator = Replicator { context, owner: &work.claim.owner, meter: &work.meter, signal: &work.signal };
    for id in lacking {
        let identifier = &work.claim.item.deposit.identifier;
        let Some(object) = work.ask(context.database.object(identifier))? else { continue };
        match replicator.bring(&object, &id, For::Deposit(work.claim.item.id))?.replication {
            Replication::Done { .. } | Replication::Held => {}
            Replication::InWork(because) => return Err(StepError::retry(std::io::Error::other(because))),
            Replication::Failed(because) => {
                return Err(StepError::stop(format!(
                    "the store {id} lacks versions of {identifier} before this one, and cannot get them: {because}"
                )));
            }
        }
    }
    Ok(())
}
