//! record_deletion: that the bytes are gone enters the registry, with a signed certificate.
//!
//! Takes a deletion that every store has confirmed. Leaves its end in the registry: what is held no more, the events and
//! the certificate, all in the one transaction that settles this step. Safe to repeat because the transaction is all or
//! nothing, and events and certificate come out the same each time.

use digests::{Algorithm, Digest};
use model::{Answer, Completion, ItemState, Removal, StepError};

use super::super::Work;
use super::certificate::SigningKey;
use super::{target, tombstone};

/// Composes what is to be recorded; the runner writes it.
///
/// # Errors
/// A store has not confirmed, the key cannot be used, or the database not be read.
pub async fn record_deletion(work: &Work) -> Result<Answer, StepError> {
    let (deletion, target) = target(work).await?;
    work.blocking(move |work| {
        let places = work.ask(work.context.database.places_of(target.object))?;
        let composed = tombstone::compose(work, &deletion, &target)?;
        let confirmed = composed.statement.stores.clone();
        if let Some((store, _)) = places.iter().find(|(id, _)| confirmed.iter().all(|one| one.store != *id)) {
            return Err(StepError::stop(format!("the store {store} has not confirmed the deletion")));
        }
        let key = SigningKey::open(&work.context.certificate_key, &work.context.clock).map_err(StepError::retry)?;
        let certificate = key.certify(&composed.statement).map_err(StepError::stop)?;
        let documents = work.state.deleting.iter().flat_map(|deleting| &deleting.documents);
        let documents = documents.map(|(path, sha256)| {
            let digest = Digest::parse(Algorithm::Sha256, sha256).map_err(StepError::stop)?;
            Ok((path.clone(), digest.as_bytes().to_vec()))
        });
        let removal = Removal {
            deletion: deletion.id,
            object: target.object,
            extent: target.extent,
            documents: documents.collect::<Result<_, StepError>>()?,
            deleted_at: composed.statement.deleted_at,
            confirmed,
            certificate: serde_json::to_string(&certificate).map_err(StepError::stop)?,
        };
        Ok(Answer::Done(Box::new(Completion {
            state: ItemState::clone(&work.state),
            events: composed.events,
            removal: Some(removal),
            outcome: Some(format!("{} was deleted as deletion {} asked", target.identifier, deletion.id)),
            ..Completion::default()
        })))
    })
    .await
}
