//! certify: a tombstone, the certificate and the public key are put into each store.
//!
//! Takes a deletion that is recorded. Leaves in each store that held the object what was deleted, by whom and why. Safe to
//! repeat because each file is written whole under its name, and says the same each time.

use model::{Answer, ItemState, StepError};

use super::super::Work;
use super::super::context::storage;
use super::super::ingest::remove_staging;
use super::certificate::{Certificate, KEYS, sha256};
use super::{target, tombstone, waiting_for_stores};

/// Writes the tombstones.
///
/// # Errors
/// A store cannot be reached or written.
pub async fn certify(work: &Work) -> Result<Answer, StepError> {
    let (deletion, target) = target(work).await?;
    let written = work.blocking(move |work| {
        let registry = &work.context.database;
        let certificate = work.ask(registry.certificate(target.deletion, target.object))?;
        let text = certificate.ok_or_else(|| StepError::stop("the deletion has no certificate: it skipped a stage"))?;
        let certificate = Certificate::parse(&text).map_err(StepError::stop)?;
        let certified = certificate.statement().map_err(StepError::stop)?;
        let composed = tombstone::compose(work, &deletion, &target)?;
        if certified.tombstone_sha256 != sha256(composed.tombstone.as_bytes()) {
            return Err(StepError::stop("the tombstone came out otherwise than it was certified"));
        }
        let key = certificate.key().map_err(StepError::stop)?;
        let [own, files, signed] = tombstone::names(target.object, target.deletion);
        let certificate = serde_json::to_string_pretty(&certificate).map_err(StepError::stop)? + "\n";
        let pem = (format!("{KEYS}/{}", key.file_name()), key.pem().into_bytes());
        // The certificate comes last: without it, a tombstone is not believed.
        let all =
            [pem, (files, composed.files), (own, composed.tombstone.into_bytes()), (signed, certificate.into_bytes())];
        for confirmed in &certified.stores {
            work.signal.check()?;
            let store = work.context.stores.open(&confirmed.store)?;
            for (path, bytes) in &all {
                store.write_tombstone(path, |out| out.write_all(bytes)).map_err(storage)?;
            }
        }
        remove_staging(&work.staging()).map_err(StepError::retry)?;
        Ok(Answer::done(ItemState::clone(&work.state)))
    });
    waiting_for_stores(work, written.await)
}
