//! record: object, version, files, replicas and events enter the registry.
//!
//! Takes a version that every store holds. Leaves it in the registry, in the one transaction that settles this step.
//! Safe to repeat because the transaction is all or nothing, and rows that are there already are left alone.

use digests::{Algorithm, Digest};
use model::{Accession, Answer, Completion, ItemState, Object, ObjectVersion, StepError};

use super::super::Work;
use super::{events, plan, tags};

/// Composes what is to be recorded; the runner writes it.
///
/// # Errors
/// The version has not been planned.
pub async fn record(work: &Work) -> Result<Answer, StepError> {
    let state = ItemState::clone(&work.state);
    let planned = plan::planned(work)?;
    let documents = state.documents.iter().map(|(path, sha256)| {
        let digest = Digest::parse(Algorithm::Sha256, sha256).map_err(StepError::stop)?;
        Ok((path.clone(), digest.as_bytes().to_vec()))
    });
    let accession = Accession {
        object: object(work)?,
        version: version(work)?,
        replicas: state.replicas.clone(),
        documents: documents.collect::<Result<_, StepError>>()?,
    };
    let outcome = format!("stored as version {} of {}", planned.number, work.claim.item.deposit.identifier);
    Ok(Answer::Done(Box::new(Completion {
        events: events::accession(work, &state)?,
        accession: Some(accession),
        outcome: Some(outcome),
        state,
        ..Completion::default()
    })))
}

/// Returns the object as it is from the planned version on.
///
/// # Errors
/// The version has not been planned.
pub fn object(work: &Work) -> Result<Object, StepError> {
    let planned = plan::planned(work)?;
    let identifier = work.claim.item.deposit.identifier.clone();
    Ok(Object {
        id: planned.object,
        title: tags::title(&work.state, identifier.name.as_str()),
        identifier,
        description: tags::description(&work.state),
        access: tags::access(&work.state),
        storage_option: planned.storage_option.clone(),
        profile_identifier: tags::profile_identifier(&work.state),
        created_at: planned.object_created_at,
        updated_at: planned.accepted_at,
        head: planned.number,
        files: planned.all.files,
        size_bytes: planned.all.size_bytes,
    })
}

/// Returns the planned version as the registry will have it.
///
/// # Errors
/// The version has not been planned.
pub fn version(work: &Work) -> Result<ObjectVersion, StepError> {
    let planned = plan::planned(work)?;
    Ok(ObjectVersion {
        object: planned.object,
        number: planned.number,
        item: work.claim.item.id,
        created_at: planned.accepted_at,
        files: planned.all.files,
        size_bytes: planned.all.size_bytes,
        new_files: planned.new.files,
        new_size_bytes: planned.new.size_bytes,
    })
}
