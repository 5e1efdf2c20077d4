//! `GET /api/v1`: all that can be asked.

use serde::Serialize;

use super::answer::{Answer, one};
use super::endpoints::{ENDPOINTS, Who};
use super::problem::PROBLEMS;

#[derive(Serialize)]
struct Index {
    version: &'static str,
    endpoints: Vec<Told>,
    problems: Vec<Code>,
}

#[derive(Serialize)]
struct Told {
    path: &'static str,
    summary: &'static str,
    for_whom: &'static str,
    parameters: Vec<Parameter>,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    meaning: &'static str,
}

#[derive(Serialize)]
struct Code {
    code: &'static str,
    status: u16,
    title: &'static str,
    what_to_do: &'static str,
}

/// Tells the tables of endpoints and problems.
///
/// # Errors
/// They cannot be written as JSON.
pub fn show() -> Answer {
    let endpoints = ENDPOINTS.iter().map(|row| Told {
        path: row.path,
        summary: row.summary,
        for_whom: match row.who {
            Who::Anybody => "anybody",
            Who::Users => "users, of their own institution; admins, of all",
            Who::Admins => "admins",
        },
        parameters: row.parameters.iter().map(|(name, meaning)| Parameter { name, meaning }).collect(),
    });
    let problems = PROBLEMS.iter().map(|kind| Code {
        code: kind.code,
        status: kind.status.as_u16(),
        title: kind.title,
        what_to_do: kind.advice,
    });
    let version = env!("CARGO_PKG_VERSION");
    one(&Index { version, endpoints: endpoints.collect(), problems: problems.collect() })
}
