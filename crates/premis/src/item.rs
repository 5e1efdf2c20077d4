//! One object, event, agent or rights statement in the making: written whole to the document, or not at all.

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event as Xml};

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

/// One item in the making.
pub(crate) struct Item {
    xml: Writer<Vec<u8>>,
}

impl Item {
    /// Starts an item in a buffer, whose old content is thrown away.
    pub(crate) fn new(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { xml: Writer::new_with_indent(buffer, b' ', 2) }
    }

    /// Returns the item's XML.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.xml.into_inner()
    }

    /// Writes an element with other elements in it.
    pub(crate) fn element(
        &mut self,
        start: BytesStart<'_>,
        content: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let end = BytesEnd::new(start.name().into_inner().to_owned());
        self.xml.write_event(Xml::Start(start))?;
        content(self)?;
        self.xml.write_event(Xml::End(end))?;
        Ok(())
    }

    /// Writes an element without attributes and with other elements in it.
    pub(crate) fn nested(
        &mut self,
        name: &'static str,
        content: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.element(BytesStart::new(name), content)
    }

    /// Writes an element with any text in it.
    pub(crate) fn text(&mut self, name: &'static str, value: &str) -> Result<(), Error> {
        self.leaf(BytesStart::new(name), &text::encode(value), value.len())
    }

    /// Writes an element with a text in it, where there is one.
    pub(crate) fn text_if(&mut self, name: &'static str, value: Option<&str>) -> Result<(), Error> {
        value.map_or(Ok(()), |value| self.text(name, value))
    }

    /// Writes an element with a term of a vocabulary in it, and where the term is defined.
    pub(crate) fn term(&mut self, name: &'static str, term: VocabularyTerm) -> Result<(), Error> {
        let mut start = BytesStart::new(name);
        match (term.scheme_uri(), term.uri()) {
            (Some(scheme_uri), Some(uri)) => {
                start.push_attribute(("authority", term.scheme));
                start.push_attribute(("authorityURI", &*scheme_uri));
                start.push_attribute(("valueURI", &*uri));
            }
            _ => start.push_attribute(("authority", "local")),
        }
        self.leaf(start, term.label, term.label.len())
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
            item.leaf(BytesStart::new(names.kind), &kind, identifier.scheme.name().len())?;
            item.leaf(BytesStart::new(names.value), &value, identifier.value.len())?;
            more(item)
        })
    }

    fn leaf(&mut self, start: BytesStart<'_>, clean: &str, text_bytes: usize) -> Result<(), Error> {
        let name = start.name().into_inner().to_owned();
        if text_bytes > TEXT_BYTES_MAX {
            return Err(Error::TextTooLong { element: name, seen: text_bytes, max: TEXT_BYTES_MAX });
        }
        self.xml.write_event(Xml::Start(start))?;
        self.xml.write_event(Xml::Text(BytesText::from_escaped(text::escape(clean))))?;
        self.xml.write_event(Xml::End(BytesEnd::new(name.as_str())))?;
        if self.xml.get_mut().len() > ITEM_BYTES_MAX {
            return Err(Error::ItemTooLong { item: name, max: ITEM_BYTES_MAX });
        }
        Ok(())
    }
}
