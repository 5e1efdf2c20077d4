//! The elements of a signature file, one after the other, each with its line.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::{CompileError, Fault};
use crate::table::Puid;

/// Bytes of a signature file.
pub const XML_BYTES_MAX: usize = 64 << 20;
/// Bytes of all patterns of a file together, alternatives multiplied out.
const WEIGHT_MAX: usize = 32 << 20;
/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 64;

/// An element, without what it contains.
#[derive(Debug)]
pub struct Element {
    pub name: String,
    pub line: u64,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Returns an attribute that is a PUID: one word, which the encoded table relies on.
    pub fn puid(&self, name: &str) -> Option<Puid> {
        let is_word = |text: &&str| !text.is_empty() && !text.contains(char::is_whitespace);
        self.attribute(name).filter(is_word).map(Puid::new)
    }
}

/// Reads a signature file from its first element to its last.
pub struct Elements<'a> {
    file: &'a str,
    xml: &'a str,
    reader: Reader<&'a [u8]>,
    /// How far the lines are counted, in bytes.
    counted: usize,
    line: u64,
    /// Elements that are begun and not ended.
    depth: u64,
    /// What the patterns so far take.
    weight: usize,
}

impl<'a> Elements<'a> {
    pub fn new(file: &'a str, xml: &'a str) -> Result<Self, CompileError> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().expand_empty_elements = true;
        let elements = Self { file, xml, reader, counted: 0, line: 1, depth: 0, weight: 0 };
        if xml.len() > XML_BYTES_MAX {
            return Err(elements.refuse(1, "the file", Fault::TooLong { limit: XML_BYTES_MAX as u64 }));
        }
        Ok(elements)
    }

    pub fn refuse(&self, line: u64, element: &str, fault: Fault) -> CompileError {
        CompileError { file: self.file.to_owned(), line, element: element.to_owned(), fault }
    }

    /// Says that an element is at fault.
    pub fn blame(&self, element: &Element, fault: Fault) -> CompileError {
        self.refuse(element.line, &element.name, fault)
    }

    /// Counts what a sequence takes.
    pub fn add_weight(&mut self, element: &Element, more: usize) -> Result<(), CompileError> {
        self.weight = self.weight.saturating_add(more);
        if self.weight <= WEIGHT_MAX {
            return Ok(());
        }
        Err(self.blame(element, Fault::TooMany { what: "bytes in all sequences of the file", limit: WEIGHT_MAX }))
    }

    /// Returns the root.
    pub fn root(&mut self) -> Result<Element, CompileError> {
        let root = self.child()?;
        root.ok_or_else(|| self.refuse(1, "the file", Fault::OtherKind))
    }

    /// Returns the next element within the current one, which it enters; none when the current one ends.
    pub fn child(&mut self) -> Result<Option<Element>, CompileError> {
        loop {
            match self.event()? {
                Event::Start(start) => return self.element(&start).map(Some),
                Event::End(_) | Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// Passes over the rest of the current element.
    pub fn leave(&mut self) -> Result<(), CompileError> {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.event()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the text of the current element and leaves it; elements within are passed over.
    pub fn text(&mut self) -> Result<String, CompileError> {
        let mut text = String::new();
        loop {
            match self.event()? {
                Event::Text(more) => text.push_str(&more.xml10_content()),
                Event::CData(more) => text.push_str(&more.xml10_content()),
                Event::GeneralRef(reference) => text.push(self.letter(&reference)?),
                Event::Start(_) => self.leave()?,
                Event::End(_) | Event::Eof => return Ok(text.trim().to_owned()),
                _ => {}
            }
        }
    }

    fn letter(&self, reference: &quick_xml::events::BytesRef<'_>) -> Result<char, CompileError> {
        let name = reference.xml10_content();
        let predefined = quick_xml::escape::resolve_predefined_entity(&name).and_then(|text| text.chars().next());
        let letter = predefined.or_else(|| reference.resolve_char_ref().ok().flatten());
        letter.ok_or_else(|| self.refuse(self.line, &format!("&{name};"), Fault::Xml("unknown entity".to_owned())))
    }

    fn event(&mut self) -> Result<Event<'a>, CompileError> {
        let event = self.reader.read_event().map_err(|error| {
            let line = self.line;
            self.refuse(line, "the file", Fault::Xml(error.to_string()))
        })?;
        let place = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.xml.len());
        let passed = self.xml.as_bytes().get(self.counted..place).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.counted = place;
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => return Err(self.refuse(self.line, "<!DOCTYPE", Fault::DocumentType)),
            Event::Eof if self.depth > 0 => {
                return Err(self.refuse(self.line, "the file", Fault::Xml("it breaks off".to_owned())));
            }
            _ => {}
        }
        Ok(event)
    }

    fn element(&self, start: &BytesStart<'_>) -> Result<Element, CompileError> {
        let name = start.local_name().as_ref().to_owned();
        let mut element = Element { name, line: self.line, attributes: Vec::new() };
        for attribute in start.attributes() {
            let broken = |error: &dyn std::error::Error| self.blame(&element, Fault::Xml(error.to_string()));
            let attribute = attribute.map_err(|error| broken(&error))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| broken(&error))?;
            let name = attribute.key.local_name().as_ref().to_owned();
            let value = value.trim().to_owned();
            element.attributes.push((name, value));
            if element.attributes.len() > ATTRIBUTES_MAX {
                let fault = Fault::TooMany { what: "attributes", limit: ATTRIBUTES_MAX };
                return Err(self.blame(&element, fault));
            }
        }
        Ok(element)
    }
}
