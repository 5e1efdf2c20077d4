//! The streaming reader: the events of a PREMIS document, one after the other, in bounded memory.

mod draft;
mod tokens;

use std::io::BufRead;

use crate::read::draft::Draft;
use crate::read::tokens::{Token, Tokens};
use crate::{Error, Event, ITEM_BYTES_MAX};

/// How deeply elements may stand in one another; our own documents need six.
pub const DEPTH_MAX: usize = 32;

/// Bytes of one tag or piece of text: room for [`crate::TEXT_BYTES_MAX`] of percent-encoded text.
pub const TOKEN_BYTES_MAX: usize = 4 << 20;

/// Reads the events of a document as [`crate::Writer`] makes it; objects, agents and rights are passed over.
///
/// An event that lacks what we always write, or has twice what we write once, is an error, and so is any document type
/// declaration. After an error nothing more is read. A document that breaks off is an error at its end, so that the
/// events before it may be used only once the iterator has ended well.
pub struct EventReader<R: BufRead> {
    tokens: Tokens<R>,
    place: Place,
}

/// Where in the document the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeRoot,
    InRoot,
    AfterRoot,
    Ended,
}

impl<R: BufRead> EventReader<R> {
    /// Starts to read; nothing is read before the first event is asked for.
    pub fn new(input: R) -> Self {
        Self { tokens: Tokens::new(input), place: Place::BeforeRoot }
    }

    fn read(&mut self) -> Result<Option<Event>, Error> {
        loop {
            match (self.place, self.tokens.next()?) {
                (Place::BeforeRoot, Token::Start(Some(name))) if name == "premis" => self.place = Place::InRoot,
                (Place::BeforeRoot, Token::Start(name)) => {
                    return Err(Error::NotPremis(name.unwrap_or_else(|| "of another namespace".to_owned())));
                }
                (Place::InRoot, Token::Start(Some(name))) if name == "event" => return self.event().map(Some),
                (Place::InRoot, Token::Start(_)) => self.pass_over()?,
                (Place::InRoot, Token::End(_)) => self.place = Place::AfterRoot,
                (Place::AfterRoot | Place::Ended, Token::Start(_)) => {
                    return Err(Error::NotXml("there is a second root element".to_owned()));
                }
                (Place::AfterRoot, Token::EndOfInput) => return Ok(None),
                (_, Token::EndOfInput) => return Err(breaks_off()),
                (_, Token::End(_) | Token::Text(_)) => {}
            }
        }
    }

    /// Reads on to the end of an element whose start was just read.
    fn pass_over(&mut self) -> Result<(), Error> {
        let mut depth = 1;
        while depth > 0 {
            match self.tokens.next()? {
                Token::Start(_) => depth += 1,
                Token::End(_) => depth -= 1,
                Token::Text(_) => {}
                Token::EndOfInput => return Err(breaks_off()),
            }
        }
        Ok(())
    }

    /// Reads an event whose start was just read.
    fn event(&mut self) -> Result<Event, Error> {
        let begin = self.tokens.position_bytes();
        let mut draft = Draft::default();
        let mut text = String::new();
        loop {
            match self.tokens.next()? {
                Token::Start(Some(_)) => text.clear(),
                Token::Start(None) => self.pass_over()?,
                Token::Text(piece) => text.push_str(&piece),
                Token::End(name) if name == "event" => return draft.finish(),
                Token::End(name) => draft.close(&name, std::mem::take(&mut text))?,
                Token::EndOfInput => return Err(breaks_off()),
            }
            if self.tokens.position_bytes().saturating_sub(begin) > ITEM_BYTES_MAX as u64 {
                return Err(Error::ItemTooLong { item: "event".to_owned(), max: ITEM_BYTES_MAX });
            }
        }
    }
}

fn breaks_off() -> Error {
    Error::NotXml("the document breaks off".to_owned())
}

impl<R: BufRead> Iterator for EventReader<R> {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.place == Place::Ended {
            return None;
        }
        let read = self.read().transpose();
        if !matches!(read, Some(Ok(_))) {
            self.place = Place::Ended;
        }
        read
    }
}
