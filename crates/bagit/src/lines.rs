//! Lines of bounded length from a reader, ended by LF, CR or CRLF: RFC 8493 §2.3.

use std::io::{self, Read};

use crate::encoding::{Decoded, TextEncoding};

const BUFFER_BYTES: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Text(&'a str),
    /// Longer than the bound: passed over as a whole.
    TooLong,
    /// Not UTF-8: passed over as a whole.
    NotText,
}

/// Reads lines; memory is bounded by the longest line allowed.
pub(crate) struct Lines<R> {
    reader: Decoded<R>,
    line_bytes_max: usize,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    /// The last line ended with CR: a LF that comes now belongs to it.
    is_after_return: bool,
    is_begun: bool,
    is_ended: bool,
    has_byte_order_mark: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R, encoding: TextEncoding, line_bytes_max: usize) -> Self {
        Self {
            reader: Decoded::new(reader, encoding),
            line_bytes_max,
            buffer: vec![0; BUFFER_BYTES.max(line_bytes_max + 1)],
            start: 0,
            end: 0,
            number: 0,
            is_after_return: false,
            is_begun: false,
            is_ended: false,
            has_byte_order_mark: false,
        }
    }

    /// Returns whether the text began with a UTF-8 byte-order mark; known after the first line.
    pub(crate) fn has_byte_order_mark(&self) -> bool {
        self.has_byte_order_mark
    }

    /// Returns whether bytes were met that are not text of the encoding.
    pub(crate) fn is_damaged(&self) -> bool {
        self.reader.is_damaged()
    }

    /// Returns the number of the last line, counted from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line; `None` at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.begin()?;
        self.pass_line_feed()?;
        let mut looked = 0;
        loop {
            let unread = &self.buffer[self.start + looked..self.end];
            if let Some(place) = unread.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                return Ok(Some(self.take(looked + place, 1)));
            }
            looked = self.end - self.start;
            if looked > self.line_bytes_max {
                self.pass_rest_of_line()?;
                self.number += 1;
                return Ok(Some(Line::TooLong));
            }
            if !self.fill()? {
                return Ok(if looked == 0 { None } else { Some(self.take(looked, 0)) });
            }
        }
    }

    fn take(&mut self, length: usize, ending: usize) -> Line<'_> {
        let bytes = &self.buffer[self.start..self.start + length];
        self.number += 1;
        self.is_after_return = ending == 1 && self.buffer[self.start + length] == b'\r';
        self.start += length + ending;
        if length > self.line_bytes_max {
            return Line::TooLong;
        }
        std::str::from_utf8(bytes).map_or(Line::NotText, Line::Text)
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.is_begun {
            return Ok(());
        }
        self.is_begun = true;
        while self.end < BYTE_ORDER_MARK.len() && self.fill()? {}
        if self.buffer[..self.end].starts_with(BYTE_ORDER_MARK) {
            self.start = BYTE_ORDER_MARK.len();
            self.has_byte_order_mark = true;
        }
        Ok(())
    }

    fn pass_line_feed(&mut self) -> io::Result<()> {
        if self.is_after_return {
            self.is_after_return = false;
            if (self.start < self.end || self.fill()?) && self.buffer[self.start] == b'\n' {
                self.start += 1;
            }
        }
        Ok(())
    }

    fn pass_rest_of_line(&mut self) -> io::Result<()> {
        loop {
            let unread = &self.buffer[self.start..self.end];
            if let Some(place) = unread.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                self.is_after_return = unread[place] == b'\r';
                self.start += place + 1;
                return Ok(());
            }
            self.start = self.end;
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Reads more behind what is unread; false at the end of the reader.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_ended {
            return Ok(false);
        }
        if self.end == self.buffer.len() || self.start == self.end {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(got) => {
                    self.end += got;
                    self.is_ended = got == 0;
                    return Ok(got > 0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], line_bytes_max: usize, expected: &[&str]) {
        struct OneByOne<'a>(&'a [u8]);
        impl Read for OneByOne<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let end = buffer.len().min(1);
                self.0.read(&mut buffer[..end])
            }
        }
        assert_eq!(all(bytes, line_bytes_max), expected);
        assert_eq!(all(OneByOne(bytes), line_bytes_max), expected);
    }

    fn all(reader: impl Read, line_bytes_max: usize) -> Vec<String> {
        let mut lines = Lines::new(reader, TextEncoding::UTF_8, line_bytes_max);
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().expect("memory can be read") {
            found.push(match line {
                Line::Text(text) => text.to_owned(),
                Line::TooLong => "<too long>".to_owned(),
                Line::NotText => "<not text>".to_owned(),
            });
        }
        assert_eq!(lines.number(), found.len() as u64);
        found
    }

    #[test]
    fn all_three_line_ends_are_known() {
        check(b"a\nb\rc\r\nd", 9, &["a", "b", "c", "d"]);
        check(b"a\n\nb\r\rc\r\n\r\n", 9, &["a", "", "b", "", "c", ""]);
        check(b"", 9, &[]);
        check(b"\n", 9, &[""]);
    }

    #[test]
    fn a_line_over_the_bound_is_passed_over_and_the_next_is_read() {
        check(b"12345\n123456\r\n12\n1234567", 5, &["12345", "<too long>", "12", "<too long>"]);
        let long = [vec![b'x'; 1 << 20], b"\nnext".to_vec()].concat();
        check(&long, 100, &["<too long>", "next"]);
    }

    #[test]
    fn a_line_that_is_not_utf8_is_passed_over() {
        check(b"a\n\xff\xfe\nb", 9, &["a", "<not text>", "b"]);
    }

    #[test]
    fn a_byte_order_mark_is_noted_and_taken_off() {
        let mut lines = Lines::new(&b"\xef\xbb\xbfa"[..], TextEncoding::UTF_8, 9);
        assert_eq!(lines.next_line().expect("memory can be read"), Some(Line::Text("a")));
        assert!(lines.has_byte_order_mark());
    }
}
