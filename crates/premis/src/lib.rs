//! PREMIS 3.0: what happened to which objects, by whom and with what right, in types, XML and JSON.
//!
//! [`Writer`] streams a document of any size in constant memory; [`EventReader`] streams the events back. The types
//! are plain data with serde, so that the same event is a line of JSON in a sidecar and an element in the XML.
//!
//! # Characters that XML cannot hold
//! A file name may hold any character, XML 1.0 §2.2 forbids some (U+0000 to U+001F but for tab, line feed and
//! carriage return; U+FFFE, U+FFFF). Nothing is dropped or replaced:
//! - an **identifier** with such a character is written percent-encoded (`%` and the forbidden characters only, by
//!   their UTF-8 bytes), and its type ends with ` (percent-encoded)`: the value `a%01b` of type
//!   `local (percent-encoded)` is the local identifier `a`, U+0001, `b`;
//! - any **other text** with such a character is written percent-encoded behind the mark `percent-encoded:`, and so
//!   is a text that happens to begin with that mark;
//! - a carriage return is written as a character reference, because a parser would turn it into a line feed.
//!
//! Reading undoes all of this exactly: what was written is what is read.

mod agent;
mod error;
mod event;
mod fixity;
mod identifier;
mod item;
mod object;
mod read;
mod relationship;
mod rights;
mod text;
mod vocabulary;
mod write;
mod write_object;
mod write_rights;

pub use agent::Agent;
pub use error::Error;
pub use event::{Event, LinkedAgent, LinkedObject};
pub use fixity::Fixity;
pub use identifier::{Identifier, Scheme};
pub use item::{ITEM_BYTES_MAX, TEXT_BYTES_MAX};
pub use object::{File, Format, IntellectualEntity, Location, Object, Registry, Representation};
pub use read::{DEPTH_MAX, EventReader, TOKEN_BYTES_MAX};
pub use relationship::{Relationship, RelationshipKind};
pub use rights::{Basis, Grant, Rights, Term};
pub use vocabulary::{AgentRole, AgentType, EventType, NotInVocabulary, ObjectRole, Outcome, VocabularyTerm};
pub use write::Writer;

/// The namespace of PREMIS 3.0.
pub const NAMESPACE: &str = "http://www.loc.gov/premis/v3";
