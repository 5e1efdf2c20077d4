//! `GET /api/v1/me`: who is asking.

use super::answer::{Answer, one};
use super::asked::Asked;

/// Tells the user whose login and token came.
///
/// # Errors
/// It cannot be written as JSON.
pub async fn show(asked: Asked) -> Answer {
    one(asked.user()?)
}
