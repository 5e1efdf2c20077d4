//! Signature files of DROID's two syntaxes, turned into a table.

mod binary;
mod container;
mod fault;
mod layers;
pub(crate) mod parts;
pub(crate) mod syntax;
mod xml;

pub use fault::{CompileError, Fault};
pub use layers::SignatureFile;
pub(crate) use layers::{compile, layer};
