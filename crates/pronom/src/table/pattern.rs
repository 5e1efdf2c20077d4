//! What a stretch of bytes of one known length must look like.

use std::fmt::{Display, Formatter, Result};

use super::ByteSet;

/// One part of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Exactly these bytes.
    Bytes(Box<[u8]>),
    /// One byte of a set.
    OneOf(ByteSet),
    /// As many bytes as the bounds have, and as a whole between them (or not between them).
    Between {
        /// The lowest bytes.
        low: Box<[u8]>,
        /// The highest bytes, as many as the lowest.
        high: Box<[u8]>,
        /// Whether what is between the bounds is what may not be there.
        is_inverted: bool,
    },
    /// So many bytes, whatever they are.
    Any(u32),
}

impl Piece {
    /// Returns how many bytes the piece takes.
    #[must_use]
    pub fn length(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::OneOf(_) => 1,
            Self::Between { low, .. } => low.len(),
            Self::Any(count) => *count as usize,
        }
    }

    /// Says whether bytes, which are of the right length, are of this kind.
    fn matches(&self, bytes: &[u8]) -> bool {
        match self {
            // Most comparisons fail at the first byte, and are not worth a call.
            Self::Bytes(expected) => expected.first() == bytes.first() && **expected == *bytes,
            Self::OneOf(set) => bytes.iter().all(|byte| set.contains(*byte)),
            Self::Between { low, high, is_inverted } => (**low <= *bytes && *bytes <= **high) != *is_inverted,
            Self::Any(_) => true,
        }
    }
}

/// What a stretch of bytes of one known length must look like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    pieces: Box<[Piece]>,
    length: usize,
    /// The longest run of plain bytes: its piece, and its distance from the first byte.
    longest: Option<(usize, usize)>,
}

impl Pattern {
    /// Joins pieces. Equal meanings become equal patterns: plain bytes are joined, a set of one value is a plain byte.
    #[must_use]
    pub fn new(pieces: Vec<Piece>) -> Self {
        let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
        for piece in pieces.into_iter().map(simplified).filter(|piece| piece.length() > 0) {
            match (joined.last_mut(), piece) {
                (Some(Piece::Bytes(last)), Piece::Bytes(next)) => *last = [&**last, &*next].concat().into(),
                (Some(Piece::Any(last)), Piece::Any(next)) => *last = last.saturating_add(next),
                (_, piece) => joined.push(piece),
            }
        }
        Self::of(joined.into())
    }

    /// Makes a pattern of plain bytes.
    #[must_use]
    pub fn plain(bytes: Vec<u8>) -> Self {
        Self::of(if bytes.is_empty() { Box::default() } else { [Piece::Bytes(bytes.into())].into() })
    }

    fn of(pieces: Box<[Piece]>) -> Self {
        let (mut length, mut longest, mut longest_bytes) = (0, None, 0);
        for (number, piece) in pieces.iter().enumerate() {
            if matches!(piece, Piece::Bytes(bytes) if bytes.len() > longest_bytes) {
                (longest, longest_bytes) = (Some((number, length)), piece.length());
            }
            length += piece.length();
        }
        Self { pieces, length, longest }
    }

    /// Returns the parts, from the first byte to the last.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns how many bytes the pattern takes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Says whether the bytes from `place` on match; past the end nothing does.
    #[must_use]
    pub fn matches_at(&self, bytes: &[u8], place: usize) -> bool {
        let Some(mut rest) = bytes.get(place..).and_then(|rest| rest.get(..self.length)) else { return false };
        self.pieces.iter().all(|piece| {
            let (taken, left) = rest.split_at(piece.length());
            rest = left;
            piece.matches(taken)
        })
    }

    /// Says whether the byte at `place` may be the first one of a match: what is quickly told of most places.
    #[must_use]
    pub fn may_begin_at(&self, bytes: &[u8], place: usize) -> bool {
        match self.pieces.first() {
            Some(Piece::Bytes(run)) => bytes.get(place) == run.first(),
            _ => true,
        }
    }

    /// Returns each run of plain bytes with its distance from the first byte.
    pub fn runs(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut distance = 0;
        self.pieces.iter().filter_map(move |piece| {
            let place = distance;
            distance += piece.length();
            match piece {
                Piece::Bytes(bytes) => Some((place, &**bytes)),
                _ => None,
            }
        })
    }

    /// Returns the longest run of plain bytes, the first of several, with its distance from the first byte.
    #[must_use]
    pub fn longest_run(&self) -> Option<(usize, &[u8])> {
        let (number, distance) = self.longest?;
        match self.pieces.get(number) {
            Some(Piece::Bytes(bytes)) => Some((distance, bytes)),
            _ => None,
        }
    }

    /// Returns bytes that match; `filler` stands where any byte would do.
    #[must_use]
    pub fn example(&self, filler: u8) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length);
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(plain) => bytes.extend_from_slice(plain),
                Piece::OneOf(set) => bytes.extend(set.iter().next()),
                Piece::Between { low, is_inverted: false, .. } => bytes.extend_from_slice(low),
                Piece::Between { low, high, is_inverted: true } => bytes.extend(outside(low, high)),
                Piece::Any(count) => bytes.resize(bytes.len() + *count as usize, filler),
            }
        }
        bytes
    }
}

/// Returns bytes above or below the bounds; where the bounds leave none, nothing matches and any answer is as good.
fn outside(low: &[u8], high: &[u8]) -> Vec<u8> {
    let value = if high.iter().any(|byte| *byte != u8::MAX) { u8::MAX } else { 0 };
    vec![value; low.len()]
}

/// Returns the simplest piece of the same meaning.
fn simplified(piece: Piece) -> Piece {
    match piece {
        Piece::OneOf(set) if set.len() == 1 => Piece::Bytes(set.iter().collect()),
        Piece::OneOf(set) if set.len() == 256 => Piece::Any(1),
        Piece::Between { low, high, is_inverted: false } if low == high => Piece::Bytes(low),
        other => other,
    }
}

impl Display for Pattern {
    /// Writes the pattern as the compiler reads it, without a space.
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        for piece in &self.pieces {
            match piece {
                Piece::Bytes(bytes) => write_hex(out, bytes)?,
                Piece::OneOf(set) => write_set(out, set)?,
                Piece::Any(count) => write!(out, "{{{count}}}")?,
                Piece::Between { low, high, is_inverted } => {
                    out.write_str(if *is_inverted { "[!" } else { "[" })?;
                    write_hex(out, low)?;
                    if low != high {
                        out.write_str(":")?;
                        write_hex(out, high)?;
                    }
                    out.write_str("]")?;
                }
            }
        }
        Ok(())
    }
}

fn write_hex(out: &mut Formatter<'_>, bytes: &[u8]) -> Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02X}"))
}

fn write_set(out: &mut Formatter<'_>, set: &ByteSet) -> Result {
    let is_inverted = set.len() > 128;
    out.write_str(if is_inverted { "[!" } else { "[" })?;
    let listed = if is_inverted { set.inverted() } else { *set };
    for (place, range) in listed.ranges().into_iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        match (range.start(), range.end()) {
            (start, end) if start == end => write!(out, "{comma}{start:02X}")?,
            (start, end) => write!(out, "{comma}{start:02X}:{end:02X}")?,
        }
    }
    out.write_str("]")
}
