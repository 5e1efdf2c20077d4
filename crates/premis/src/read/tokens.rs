//! The tokens of an XML document, each of bounded length and depth, with references resolved.

use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesRef, Event as Xml};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use crate::{DEPTH_MAX, Error, NAMESPACE, TOKEN_BYTES_MAX, text};

/// One token. An element of another namespace than PREMIS's has no name.
pub(super) enum Token {
    Start(Option<String>),
    End(String),
    Text(String),
    EndOfInput,
}

/// Reads token after token.
pub(super) struct Tokens<R: BufRead> {
    xml: NsReader<Bounded<R>>,
    buffer: Vec<u8>,
    depth: usize,
}

impl<R: BufRead> Tokens<R> {
    pub(super) fn new(input: R) -> Self {
        let mut xml = NsReader::from_reader(Bounded { input, left_bytes: 0 });
        xml.config_mut().expand_empty_elements = true;
        Self { xml, buffer: Vec::new(), depth: 0 }
    }

    /// Returns how many bytes have been read.
    pub(super) fn position_bytes(&self) -> u64 {
        self.xml.buffer_position()
    }

    /// Reads the next token that is not a comment or an instruction.
    pub(super) fn next(&mut self) -> Result<Token, Error> {
        loop {
            self.buffer.clear();
            self.xml.get_mut().left_bytes = TOKEN_BYTES_MAX;
            let (namespace, event) = match self.xml.read_resolved_event_into(&mut self.buffer) {
                Ok(read) => read,
                Err(error) => return Err(refusal(error, self.xml.get_mut().left_bytes)),
            };
            return match event {
                Xml::Start(start) => {
                    let is_ours = matches!(namespace, ResolveResult::Bound(found) if found.as_ref() == NAMESPACE);
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(Error::TooDeep(DEPTH_MAX));
                    }
                    Ok(Token::Start(is_ours.then(|| start.local_name().into_inner().to_owned())))
                }
                Xml::End(end) => {
                    self.depth -= 1;
                    Ok(Token::End(end.local_name().into_inner().to_owned()))
                }
                Xml::Text(piece) => clean(piece.xml10_content().into_owned()),
                Xml::CData(piece) => clean(piece.xml10_content().into_owned()),
                Xml::GeneralRef(reference) => clean(resolve(&reference)?),
                Xml::DocType(_) => Err(Error::DocumentType),
                Xml::Eof => Ok(Token::EndOfInput),
                Xml::Decl(_) | Xml::PI(_) | Xml::Comment(_) => continue,
                Xml::Empty(_) => Err(Error::NotXml("an empty element was not expanded".to_owned())),
            };
        }
    }
}

fn refusal(error: quick_xml::Error, left_bytes: usize) -> Error {
    match error {
        quick_xml::Error::Io(_) if left_bytes == 0 => Error::TokenTooLong(TOKEN_BYTES_MAX),
        quick_xml::Error::Io(error) => Error::Io(io::Error::new(error.kind(), error)),
        other => Error::NotXml(other.to_string()),
    }
}

/// XML 1.0 §2.2 forbids some characters, by themselves and as references.
fn clean(piece: String) -> Result<Token, Error> {
    if text::is_clean(&piece) {
        Ok(Token::Text(piece))
    } else {
        Err(Error::NotXml("it has a character that XML 1.0 forbids".to_owned()))
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Error> {
    let char = reference.resolve_char_ref().map_err(|error| Error::NotXml(error.to_string()))?;
    let known = char.map(String::from).or_else(|| {
        let entity = quick_xml::escape::resolve_predefined_entity(&reference.xml10_content());
        entity.map(str::to_owned)
    });
    known.ok_or_else(|| Error::UnknownEntity(reference.xml10_content().into_owned()))
}

/// A reader that fails when one token takes more bytes than it may.
struct Bounded<R> {
    input: R,
    left_bytes: usize,
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let taken = ready.len().min(out.len());
        out[..taken].copy_from_slice(&ready[..taken]);
        self.consume(taken);
        Ok(taken)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left_bytes == 0 {
            return Err(io::Error::other("one token is too long"));
        }
        let ready = self.input.fill_buf()?;
        Ok(&ready[..ready.len().min(self.left_bytes)])
    }

    fn consume(&mut self, taken: usize) {
        self.left_bytes = self.left_bytes.saturating_sub(taken);
        self.input.consume(taken);
    }
}
