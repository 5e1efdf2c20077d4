//! File format identification by PRONOM: the signature table, its compiler, the matcher.
//!
//! [`identify`] looks at a file that can be read anywhere, a [`Recognizer`] at bytes that go by once; both say the same.
//! As in DROID, what is counted from the begin of a file, or from nowhere, is looked for in its first 64 KiB, and what is
//! counted from the end in its last 64 KiB; [`Scope::Whole`] looks at every byte. Subsequences follow each other at any
//! distance, whatever their maximum says, and offsets count to the outermost fragment.

mod answer;
mod compile;
pub mod container;
mod identify;
mod limits;
mod matching;
mod recognizer;
mod signatures;
mod source;
pub mod table;

pub use answer::{Basis, Identification, Match, MatchKind, TextEncoding, Warning, settle};
pub use compile::{CompileError, Fault, SignatureFile};
pub use container::{ContainerKind, ContainerLimits};
pub use identify::{Identifier, Scope, identify};
pub use limits::{HEAD_BYTES, Limits, TAIL_BYTES};
pub use matching::{Place, WORK_MAX};
pub use recognizer::Recognizer;
pub use signatures::Signatures;
pub use source::Source;
