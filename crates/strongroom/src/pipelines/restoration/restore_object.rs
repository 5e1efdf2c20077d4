//! restore_object: an object that has thawed is given back.
//!
//! Takes a restoration of a version whose files were thawed. Leaves the bag in its place, or goes back to thawing. Safe to
//! repeat because a result that is there already is recognised by its digest.

use model::{Answer, StepError};

use super::super::Work;
use super::give_back::give_back;

/// Gives the object back.
///
/// # Errors
/// The result cannot be written, no replica is good, or the work is to stop.
pub async fn restore_object(work: &Work) -> Result<Answer, StepError> {
    work.blocking(give_back).await
}
