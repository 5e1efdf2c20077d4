//! The API: what is held and what became of it, told over HTTP to whoever proves who they are.
//!
//! It only reads. `ENDPOINTS` is the single source of what can be asked: the routes, the names of the parameters, the
//! index at `/api/v1` and the reference page are made of it. An endpoint is a file here: it turns what was `Asked` into an
//! `Answer`. What a row looks like is what the command of the same name prints with `--json`.

mod alerts;
mod answer;
mod asked;
mod deletions;
mod endpoints;
mod events;
mod files;
mod incidents;
mod index;
mod items;
mod jobs;
mod me;
mod objects;
mod problem;
mod requests;
mod server;
mod underway;
mod who;

pub use requests::{OUTCOMES, Requests};
pub use server::{ANSWER_MAX, Served, listen};
