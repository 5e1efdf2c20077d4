//! What is said about a file.

mod extension;
mod identification;
mod inside;
mod rank;
mod settle;
mod text;

pub(crate) use extension::Extensions;
pub use identification::{Basis, Identification, Match, MatchKind, Warning};
pub(crate) use inside::Inner;
pub use settle::settle;
pub(crate) use settle::{Evidence, conclude};
pub use text::TextEncoding;
