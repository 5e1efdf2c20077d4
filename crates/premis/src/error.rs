//! Why a PREMIS document cannot be written or read.

use std::io;

/// Why a PREMIS document cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream beneath failed.
    #[error("cannot read or write the PREMIS document")]
    Io(#[from] io::Error),
    /// The schema wants all objects first, then events, agents, rights.
    #[error("PREMIS wants objects, events, agents, rights in this order: {found} came after {after}")]
    OutOfOrder {
        /// What was handed in.
        found: &'static str,
        /// What had been written before.
        after: &'static str,
    },
    /// The schema wants at least one object.
    #[error("a PREMIS document needs at least one object")]
    NoObject,
    /// A write failed before, so that the end of the document is unknown.
    #[error("the PREMIS document is broken: an earlier write failed")]
    Broken,
    /// A text is longer than [`crate::TEXT_BYTES_MAX`].
    #[error("the text of {element} has {seen} bytes; {max} are allowed")]
    TextTooLong {
        /// The element that should hold it.
        element: String,
        /// Bytes of the text.
        seen: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// One object, event, agent or rights statement is longer than [`crate::ITEM_BYTES_MAX`].
    #[error("one {item} has more than {max} bytes of XML")]
    ItemTooLong {
        /// Its element.
        item: String,
        /// Bytes allowed.
        max: usize,
    },
    /// A file has more bytes than the schema's type for sizes can say.
    #[error("a size of {0} bytes does not fit the schema, which ends at 2^63 - 1")]
    SizeTooLarge(u64),
    /// The document is not well-formed XML.
    #[error("the document is not well-formed XML: {0}")]
    NotXml(String),
    /// The root is not `premis` of the 3.0 namespace.
    #[error("the document is not PREMIS 3.0: its root element is `{0}`")]
    NotPremis(String),
    /// A document type declaration: never read, because entities are a way to blow up a reader.
    #[error("the document has a document type declaration, which is not allowed")]
    DocumentType,
    /// An entity that XML itself does not define.
    #[error("the entity `&{0};` is not defined")]
    UnknownEntity(String),
    /// Elements stand in one another more deeply than [`crate::DEPTH_MAX`].
    #[error("elements are nested more than {0} deep")]
    TooDeep(usize),
    /// One tag or piece of text is longer than [`crate::TOKEN_BYTES_MAX`].
    #[error("one tag or text has more than {0} bytes")]
    TokenTooLong(usize),
    /// An event lacks an element that we always write.
    #[error("event {event} has no {element}")]
    Missing {
        /// The event's identifier, as far as known.
        event: String,
        /// The element.
        element: &'static str,
    },
    /// An event has an element twice that we write once.
    #[error("event {event} has more than one {element}")]
    Repeated {
        /// The event's identifier, as far as known.
        event: String,
        /// The element.
        element: &'static str,
    },
    /// An element has a value that cannot be understood.
    #[error("{element} cannot be `{value}`: {reason}")]
    BadValue {
        /// The element.
        element: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}
