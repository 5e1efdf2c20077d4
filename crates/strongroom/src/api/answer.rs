//! Answers: one thing, or a page of a listing.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::asked::Asked;
use super::problem::{BROKEN, Problem};

/// What is answered.
pub type Answer = Result<Response, Problem>;

/// A page: its rows, and where the next one is.
#[derive(Debug, Serialize)]
struct Page<T> {
    rows: Vec<T>,
    /// The path of the next page, with all parameters; `null` on the last.
    next: Option<String>,
}

/// Answers with one thing.
///
/// # Errors
/// It cannot be written as JSON.
pub fn one(thing: &impl Serialize) -> Answer {
    let text = serde_json::to_string(thing).map_err(|error| Problem::new(&BROKEN, error.to_string()))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// Answers with a page. `rows` may be one more than was asked for, which tells that there are more; `cursor` gives the names
/// and values of the parameters that lead from the last row to the next page.
///
/// # Errors
/// It cannot be written as JSON.
pub fn page<T: Serialize, const N: usize>(
    asked: &Asked,
    limit: u32,
    mut rows: Vec<T>,
    cursor: impl Fn(&T) -> [(&'static str, String); N],
) -> Answer {
    let are_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| are_more).map(|last| asked.next(&cursor(last)));
    one(&Page { rows, next })
}
