//! One object, event, agent or rights statement in the making: written whole to the document, or not at all.

use crate::{Error, Identifier, VocabularyTerm, text};

/// Bytes of one text.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Bytes of XML of one object, event, agent or rights statement.
pub const ITEM_BYTES_MAX: usize = 64 << 20;

/// The names of an element that is an identifier.
#[derive(Clone, Copy)]
pub(crate) struct IdentifierNames {
    element: &'static str,
    kind: &'static str,
    value: &'static str,
}

/// Returns the names of an identifier's elements: all are made alike.
macro_rules! identifier_names {
    ($name:literal) => {
        IdentifierNames {
            element: concat!("premis:", $name),
            kind: concat!("premis:", $name, "Type"),
            value: concat!("premis:", $name, "Value"),
        }
    };
}

pub(crate) const OBJECT: IdentifierNames = identifier_names!("objectIdentifier");
pub(crate) const EVENT: IdentifierNames = identifier_names!("eventIdentifier");
pub(crate) const AGENT: IdentifierNames = identifier_names!("agentIdentifier");
pub(crate) const RIGHTS: IdentifierNames = identifier_names!("rightsStatementIdentifier");
pub(crate) const LINKED_OBJECT: IdentifierNames = identifier_names!("linkingObjectIdentifier");
pub(crate) const LINKED_AGENT: IdentifierNames = identifier_names!("linkingAgentIdentifier");
pub(crate) const LINKED_RIGHTS: IdentifierNames = identifier_names!("linkingRightsStatementIdentifier");
pub(crate) const RELATED_OBJECT: IdentifierNames = identifier_names!("relatedObjectIdentifier");
pub(crate) const LICENSE_DOCUMENT: IdentifierNames = identifier_names!("licenseDocumentationIdentifier");
pub(crate) const LOCATION: IdentifierNames = identifier_names!("contentLocation");

/// Spaces that an element stands in from the one around it.
const INDENT: usize = 2;

/// One item in the making.
///
/// Writes its few forms of XML itself: a file takes some forty elements, and a writer that allocates for each costs more
/// than the compression of the text.
pub(crate) struct Item {
    xml: Vec<u8>,
    depth: usize,
}

impl Item {
    /// Starts an item in a buffer, whose old content is thrown away.
    pub(crate) fn new(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { xml: buffer, depth: 0 }
    }

    /// Returns the item's XML.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.xml
    }

    /// Writes an element with an attribute, and with other elements in it.
    pub(crate) fn element(
        &mut self,
        name: &'static str,
        attribute: (&'static str, &str),
        content: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.begin(name);
        self.attribute(attribute);
        self.rest(name, content)
    }

    /// Writes an element without attributes and with other elements in it.
    pub(crate) fn nested(
        &mut self,
        name: &'static str,
        content: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.begin(name);
        self.rest(name, content)
    }

    /// Writes an element with any text in it.
    pub(crate) fn text(&mut self, name: &'static str, value: &str) -> Result<(), Error> {
        self.begin(name);
        self.leaf(name, &text::encode(value), value.len())
    }

    /// Writes an element with a text in it, where there is one.
    pub(crate) fn text_if(&mut self, name: &'static str, value: Option<&str>) -> Result<(), Error> {
        value.map_or(Ok(()), |value| self.text(name, value))
    }

    /// Writes an element with a term of a vocabulary in it, and where the term is defined.
    pub(crate) fn term(&mut self, name: &'static str, term: VocabularyTerm) -> Result<(), Error> {
        self.begin(name);
        match (term.scheme_uri(), term.uri()) {
            (Some(scheme_uri), Some(uri)) => {
                self.attribute(("authority", term.scheme));
                self.attribute(("authorityURI", &scheme_uri));
                self.attribute(("valueURI", &uri));
            }
            _ => self.attribute(("authority", "local")),
        }
        self.leaf(name, term.label, term.label.len())
    }

    /// Writes an identifier.
    pub(crate) fn identifier(&mut self, names: IdentifierNames, identifier: &Identifier) -> Result<(), Error> {
        self.identifier_with(names, identifier, |_| Ok(()))
    }

    /// Writes an identifier with more elements behind its value.
    pub(crate) fn identifier_with(
        &mut self,
        names: IdentifierNames,
        identifier: &Identifier,
        more: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (kind, value) = text::encode_identifier(identifier.scheme.name(), &identifier.value);
        self.nested(names.element, |item| {
            item.begin(names.kind);
            item.leaf(names.kind, &kind, identifier.scheme.name().len())?;
            item.begin(names.value);
            item.leaf(names.value, &value, identifier.value.len())?;
            more(item)
        })
    }

    /// Begins an element on a line of its own; attributes may follow, then what ends its start.
    fn begin(&mut self, name: &str) {
        if !self.xml.is_empty() {
            self.line();
        }
        self.xml.push(b'<');
        self.xml.extend_from_slice(name.as_bytes());
    }

    fn line(&mut self) {
        self.xml.push(b'\n');
        self.xml.resize(self.xml.len() + self.depth * INDENT, b' ');
    }

    fn attribute(&mut self, (name, value): (&str, &str)) {
        for part in [" ", name, "=\"", &text::escape_in_quotes(value), "\""] {
            self.xml.extend_from_slice(part.as_bytes());
        }
    }

    fn end(&mut self, name: &str) {
        for part in ["</", name, ">"] {
            self.xml.extend_from_slice(part.as_bytes());
        }
    }

    fn rest(&mut self, name: &str, content: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        self.xml.push(b'>');
        self.depth += 1;
        content(self)?;
        self.depth -= 1;
        self.line();
        self.end(name);
        Ok(())
    }

    fn leaf(&mut self, name: &str, clean: &str, text_bytes: usize) -> Result<(), Error> {
        if text_bytes > TEXT_BYTES_MAX {
            return Err(Error::TextTooLong { element: name.to_owned(), seen: text_bytes, max: TEXT_BYTES_MAX });
        }
        self.xml.push(b'>');
        self.xml.extend_from_slice(text::escape(clean).as_bytes());
        self.end(name);
        if self.xml.len() > ITEM_BYTES_MAX {
            return Err(Error::ItemTooLong { item: name.to_owned(), max: ITEM_BYTES_MAX });
        }
        Ok(())
    }
}
