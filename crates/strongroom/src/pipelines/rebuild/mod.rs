//! rebuild: the registry made anew from one store alone.
//!
//! Every object of the store's OCFL root is taken up in turn: its documents are proven by the digests that lie beside
//! them, held against each other, and only then believed. What does not agree is a finding, and its object is left out
//! whole. No content is read: checks of fixity prove it afterwards, and every replica counts as never proven until then.
//! Safe to repeat because the registry is made under a hidden name and takes its own when it is whole, and never the
//! place of one that holds anything.

mod ahead;
mod all_objects;
mod documents;
mod error;
mod fault;
mod files;
mod item_numbers;
mod object;
mod object_document;
mod on_server;
mod publish;
mod rules;
mod tombstones;
mod walk;

pub use all_objects::{Rebuilt, Request, rebuild};
pub use error::RebuildError;
pub use fault::LeftOut;
pub use item_numbers::last_item;
pub use on_server::OnServer;
pub use publish::Target;
