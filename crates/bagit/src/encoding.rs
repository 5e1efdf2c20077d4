//! The character encodings of tag files: RFC 8493 §2.1.1 lets `bagit.txt` name any that IANA has registered.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding};

/// Encoded bytes that are read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// An encoding that we can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Utf8,
    /// ISO-8859-1 proper: the registry of browsers would read it as Windows-1252.
    Latin1,
    /// UTF-16 whose byte order the first two bytes tell.
    Utf16,
    Other(&'static Encoding),
}

impl TextEncoding {
    /// UTF-8, the encoding of `bagit.txt` itself and of nearly every bag.
    pub const UTF_8: TextEncoding = TextEncoding(Kind::Utf8);

    /// Finds an encoding by a name of the IANA registry, in any case; `None` when we cannot read it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let kind = match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => Kind::Utf8,
            "ISO-8859-1" | "ISO8859-1" | "LATIN1" | "ISO_8859-1" => Kind::Latin1,
            "UTF-16" | "UTF16" | "ISO-10646-UCS-2" => Kind::Utf16,
            "UTF-16BE" => Kind::Other(encoding_rs::UTF_16BE),
            "UTF-16LE" => Kind::Other(encoding_rs::UTF_16LE),
            _ => Encoding::for_label(name.as_bytes())
                .filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
                .map(Kind::Other)?,
        };
        Some(Self(kind))
    }

    /// Returns whether text of this encoding is UTF-8 as it stands.
    #[must_use]
    pub fn is_utf8(self) -> bool {
        self.0 == Kind::Utf8
    }
}

/// Gives UTF-8 for the encoded bytes of another reader. UTF-8 passes as it is, whether well formed or not.
pub(crate) struct Decoded<R> {
    reader: R,
    state: State,
    encoded: Vec<u8>,
    ready: String,
    /// How much of `ready` has been handed out.
    given: usize,
    is_damaged: bool,
}

enum State {
    Plain,
    Latin1,
    /// UTF-16 of which nothing has been read yet.
    Undecided,
    Decoding(Box<Decoder>),
    Ended,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(reader: R, encoding: TextEncoding) -> Self {
        let state = match encoding.0 {
            Kind::Utf8 => State::Plain,
            Kind::Latin1 => State::Latin1,
            Kind::Utf16 => State::Undecided,
            Kind::Other(other) => State::Decoding(Box::new(other.new_decoder_with_bom_removal())),
        };
        Self { reader, state, encoded: Vec::new(), ready: String::new(), given: 0, is_damaged: false }
    }

    /// Returns whether bytes were met that are not text of the encoding; they were read as U+FFFD.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// Decodes one more block into `ready`, which is empty.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        self.encoded.resize(BLOCK_BYTES, 0);
        let mut got = read_some(&mut self.reader, &mut self.encoded)?;
        if got == 1 && matches!(self.state, State::Undecided) {
            // Two bytes tell the byte order, and a reader may give them one by one.
            got += read_some(&mut self.reader, &mut self.encoded[1..])?;
        }
        self.encoded.truncate(got);
        if matches!(self.state, State::Undecided) {
            self.state = State::Decoding(Box::new(utf16_of(&self.encoded).new_decoder_with_bom_removal()));
        }
        match &mut self.state {
            State::Latin1 => self.ready.extend(self.encoded.iter().map(|byte| char::from(*byte))),
            State::Decoding(decoder) => {
                let room = decoder.max_utf8_buffer_length(got).unwrap_or(got * 4 + 16);
                self.ready.reserve(room);
                let (result, _, had_errors) = decoder.decode_to_string(&self.encoded, &mut self.ready, got == 0);
                debug_assert_eq!(result, CoderResult::InputEmpty);
                self.is_damaged |= had_errors;
            }
            State::Plain | State::Undecided | State::Ended => {}
        }
        if got == 0 {
            self.state = State::Ended;
        }
        Ok(())
    }
}

/// UTF-16 without a byte-order mark: tag files begin with an ASCII character, so the zero byte tells the order.
fn utf16_of(beginning: &[u8]) -> &'static Encoding {
    match beginning {
        [0xfe, 0xff, ..] | [0, _, ..] => encoding_rs::UTF_16BE,
        _ => encoding_rs::UTF_16LE,
    }
}

fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self.state, State::Plain) {
            return self.reader.read(buffer);
        }
        while self.given == self.ready.len() {
            if matches!(self.state, State::Ended) {
                return Ok(0);
            }
            self.refill()?;
        }
        let got = (&self.ready.as_bytes()[self.given..]).read(buffer)?;
        self.given += got;
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], expected: &str) {
        let encoding = TextEncoding::named(name).expect("the encoding is known");
        for block_bytes in [1, 3, 4096] {
            let mut text = String::new();
            let mut decoded = Decoded::new(Slow(bytes, block_bytes), encoding);
            decoded.read_to_string(&mut text).expect("it is UTF-8");
            assert_eq!(text, expected, "{name} in blocks of {block_bytes}");
            assert!(!decoded.is_damaged());
        }
    }

    /// Gives its bytes a few at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(self.1);
            self.0.read(&mut buffer[..end])
        }
    }

    #[test]
    fn each_encoding_becomes_utf8() {
        check("utf-8", "a\nä€".as_bytes(), "a\nä€");
        check("ISO-8859-1", b"caf\xe9 \x85", "café \u{85}");
        check("UTF-16", b"\xfe\xff\x00a\x20\xac", "a€");
        check("UTF-16", b"\xff\xfea\x00\xac\x20", "a€");
        check("UTF-16", b"\x00a\x20\xac", "a€");
        check("UTF-16", b"a\x00\xac\x20", "a€");
        check("UTF-16BE", b"\xfe\xff\x00a", "a");
        check("windows-1252", b"\x80", "€");
        check("Shift_JIS", b"\x93\xfa\x96\x7b", "日本");
    }

    #[test]
    fn an_encoding_that_nobody_knows_is_not_found() {
        assert_eq!(TextEncoding::named("UTF-9"), None);
        assert_eq!(TextEncoding::named(""), None);
    }

    #[test]
    fn half_a_character_at_the_end_is_damage() {
        let encoding = TextEncoding::named("UTF-16LE").expect("the encoding is known");
        let mut decoded = Decoded::new(&b"a\x00b"[..], encoding);
        let mut text = String::new();
        decoded.read_to_string(&mut text).expect("it is UTF-8");
        assert_eq!(text, "a\u{fffd}");
        assert!(decoded.is_damaged());
    }
}
