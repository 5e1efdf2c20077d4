//! The writing of byte sequences: hex, ranges, sets, masks, quoted text, gaps, alternatives.

use super::Fault;
use crate::table::{ByteSet, Pattern, Piece, SPAN_BYTES_MAX};

/// Bytes of the text of one sequence.
pub const SEQUENCE_TEXT_BYTES_MAX: usize = 64 << 10;
/// Parentheses within parentheses.
pub const DEPTH_MAX: usize = 8;
/// Alternatives at one place, those of inner parentheses multiplied.
pub const ALTERNATIVES_MAX: usize = 1024;
/// Pieces of all alternatives at one place together, each plain byte counted as one.
const ALTERNATIVES_WEIGHT_MAX: usize = 32 << 10;

/// One thing of a sequence, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Bytes of a known length.
    Piece(Piece),
    /// Bytes that do not matter; without a bound it is the `*` that separates subsequences.
    Gap {
        /// How many, at least.
        least: u32,
        /// How many, at most.
        most: Option<u32>,
    },
    /// One of these.
    Choice(Vec<Pattern>),
}

/// Reads a sequence.
///
/// # Errors
/// When the text is no sequence, or goes over a bound.
pub fn parse(text: &str) -> Result<Vec<Node>, Fault> {
    if text.len() > SEQUENCE_TEXT_BYTES_MAX {
        return Err(Fault::TooLong { limit: SEQUENCE_TEXT_BYTES_MAX as u64 });
    }
    let mut parser = Parser { text, place: 0 };
    let nodes = parser.nodes(0)?;
    match parser.peek() {
        None => Ok(nodes),
        Some(_) => Err(parser.fault("a ) or | without its (")),
    }
}

/// Reads bytes of a known length: neither `*` nor `{n-m}` nor alternatives of several lengths.
///
/// # Errors
/// When the text is no sequence, goes over a bound, or its length is not known.
pub fn parse_pattern(text: &str) -> Result<Pattern, Fault> {
    // Nine patterns of ten are nothing but plain bytes.
    if let Some(plain) = plain_bytes(text) {
        return Ok(Pattern::plain(plain));
    }
    let pieces = parse(text)?.into_iter().map(|node| match node {
        Node::Piece(piece) => Ok(piece),
        Node::Gap { least, most } if most == Some(least) => Ok(Piece::Any(least)),
        _ => Err(Fault::VariableLength),
    });
    Ok(Pattern::new(pieces.collect::<Result<_, _>>()?))
}

fn plain_bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| if let [high, low] = pair { Some(digit(*high)? << 4 | digit(*low)?) } else { None };
    pairs.map(byte).collect()
}

/// Reads what a fragment may be: one pattern, or several where there are parentheses.
///
/// # Errors
/// When the text is no sequence, goes over a bound, or its length is not known.
pub fn parse_fragment(text: &str) -> Result<Vec<Pattern>, Fault> {
    if text.len() > SEQUENCE_TEXT_BYTES_MAX {
        return Err(Fault::TooLong { limit: SEQUENCE_TEXT_BYTES_MAX as u64 });
    }
    let mut parser = Parser { text, place: 0 };
    let patterns = parser.branch(0)?;
    if parser.peek().is_some() { Err(parser.fault("a ) or | without its (")) } else { Ok(patterns) }
}

struct Parser<'a> {
    text: &'a str,
    place: usize,
}

impl Parser<'_> {
    fn fault(&self, what: &'static str) -> Fault {
        Fault::Syntax { what, column: self.place + 1 }
    }

    /// Returns the next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.place..)?;
        self.place += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.place).copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.place += usize::from(is_there);
        is_there
    }

    /// Reads up to the end or to a `|` or `)`, which the caller judges.
    fn nodes(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut nodes = Vec::new();
        while let Some(next) = self.peek() {
            match next {
                b')' | b'|' => break,
                b'(' => nodes.push(self.choice(depth)?),
                b'{' => nodes.push(self.gap()?),
                b'*' => {
                    self.place += 1;
                    nodes.push(Node::Gap { least: 0, most: None });
                }
                b'`' => nodes.extend(self.without_case()?),
                _ => nodes.push(Node::Piece(self.piece(next)?)),
            }
        }
        Ok(nodes)
    }

    fn piece(&mut self, next: u8) -> Result<Piece, Fault> {
        match next {
            b'[' => self.bracket(),
            b'\'' => Ok(Piece::Bytes(self.quoted(b'\'')?.into())),
            b'&' | b'~' => self.mask().and_then(|set| self.one_of(set)),
            b'?' => {
                self.place += 1;
                if self.take(b'?') { Ok(Piece::Any(1)) } else { Err(self.fault("? comes in pairs: ??")) }
            }
            _ => Ok(Piece::Bytes(self.hex_run()?.into())),
        }
    }

    /// Reads pairs of hex digits up to whatever else there is.
    fn hex_run(&mut self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        while let Some(high) = self.hex_digit() {
            self.place += 1;
            let Some(low) = self.hex_digit() else { return Err(self.fault("a byte is two hex digits")) };
            self.place += 1;
            bytes.push(high << 4 | low);
        }
        if bytes.is_empty() { Err(self.fault("a byte, a set, a text or a gap should be here")) } else { Ok(bytes) }
    }

    fn hex_digit(&self) -> Option<u8> {
        let digit = char::from(*self.text.as_bytes().get(self.place)?).to_digit(16)?;
        u8::try_from(digit).ok()
    }

    /// Reads quoted text. As in DROID its characters are those of ISO 8859-1, one byte each.
    fn quoted(&mut self, quote: u8) -> Result<Vec<u8>, Fault> {
        let begin = self.place + 1;
        let rest = self.text.get(begin..).unwrap_or_default();
        let Some(length) = rest.find(char::from(quote)) else { return Err(self.fault("the quote is not closed")) };
        let bytes: Option<Vec<u8>> = rest[..length].chars().map(|letter| u8::try_from(letter).ok()).collect();
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return Err(self.fault("quoted text has one or more characters of ISO 8859-1"));
        };
        self.place = begin + length + 1;
        Ok(bytes)
    }

    /// Reads text between backticks, whose letters may be of either case.
    fn without_case(&mut self) -> Result<Vec<Node>, Fault> {
        let cases = |byte: u8| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()].into_iter().collect();
        Ok(self.quoted(b'`')?.into_iter().map(|byte| Node::Piece(Piece::OneOf(cases(byte)))).collect())
    }

    /// Reads `&XX` (all of these bits) or `~XX` (any of these bits).
    fn mask(&mut self) -> Result<ByteSet, Fault> {
        let needs_all = self.take(b'&');
        self.place += usize::from(!needs_all);
        let [bits] = self.hex_run()?[..] else { return Err(self.fault("a mask is one byte")) };
        let fits = |byte: &u8| if needs_all { byte & bits == bits } else { byte & bits != 0 };
        Ok((0..=u8::MAX).filter(fits).collect())
    }

    /// Reads what stands in brackets: a set of bytes, or the bounds of several bytes taken together.
    fn bracket(&mut self) -> Result<Piece, Fault> {
        self.place += 1;
        let is_inverted = self.take(b'!') || self.take(b'^');
        let mut set = ByteSet::default();
        let mut whole = None;
        let mut count = 0;
        while !self.take(b']') {
            count += 1;
            match self.member(is_inverted)? {
                Member::Set(members) => set = set.union(&members),
                Member::Whole(low, high) => whole = Some((low, high)),
            }
            self.take(b',');
        }
        match whole {
            Some((low, high)) if count == 1 => Ok(Piece::Between { low: low.into(), high: high.into(), is_inverted }),
            Some(_) => Err(self.fault("in brackets, several bytes taken together stand alone")),
            None if count == 0 => Err(self.fault("nothing is between the brackets")),
            None => self.one_of(if is_inverted { set.inverted() } else { set }),
        }
    }

    fn one_of(&self, set: ByteSet) -> Result<Piece, Fault> {
        if set.is_empty() { Err(self.fault("no byte is ever like this")) } else { Ok(Piece::OneOf(set)) }
    }

    fn member(&mut self, is_inverted: bool) -> Result<Member, Fault> {
        let Some(next) = self.peek() else { return Err(self.fault("the [ is not closed")) };
        if matches!(next, b'&' | b'~') {
            return self.mask().map(Member::Set);
        }
        let low = self.bound(next)?;
        if !(self.take(b':') || self.take(b'-')) {
            // PRONOM writes [!0000] for two bytes that are not both zero, and lists as [00 01].
            let is_whole = is_inverted && low.len() > 1 && next != b'\'';
            let members = || Member::Set(low.iter().copied().collect());
            return Ok(if is_whole { Member::Whole(low.clone(), low) } else { members() });
        }
        let Some(next) = self.peek() else { return Err(self.fault("a range needs its upper bound")) };
        let high = self.bound(next)?;
        // Some writers give the upper bound first; the lower of the two is meant to be the lower.
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        match (low.as_slice(), high.as_slice()) {
            (low, high) if low.len() != high.len() => Err(self.fault("the bounds of a range are of one length")),
            ([low], [high]) => Ok(Member::Set((*low..=*high).collect())),
            _ => Ok(Member::Whole(low, high)),
        }
    }

    fn bound(&mut self, next: u8) -> Result<Vec<u8>, Fault> {
        if next == b'\'' { self.quoted(b'\'') } else { self.hex_run() }
    }

    /// Reads `{n}`, `{n-m}` or `{n-*}`.
    fn gap(&mut self) -> Result<Node, Fault> {
        self.place += 1;
        let least = self.number()?;
        let most = match self.take(b'-') {
            false => Some(least),
            true if self.take(b'*') => None,
            true => Some(self.number()?),
        };
        match most {
            _ if !self.take(b'}') => Err(self.fault("the { is not closed")),
            Some(most) if most < least => Err(self.fault("a gap grows from its least to its most")),
            Some(most) if u64::from(most) > SPAN_BYTES_MAX => Err(Fault::TooLong { limit: SPAN_BYTES_MAX }),
            _ => Ok(Node::Gap { least, most }),
        }
    }

    fn number(&mut self) -> Result<u32, Fault> {
        self.peek();
        let rest = self.text.get(self.place..).unwrap_or_default();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().map_err(|_| self.fault("a number of bytes should be here"))?;
        self.place += digits;
        Ok(number)
    }

    /// Reads `(a|b)`.
    fn choice(&mut self, depth: usize) -> Result<Node, Fault> {
        if depth == DEPTH_MAX {
            return Err(self.fault("parentheses are nested too deeply"));
        }
        self.place += 1;
        let mut patterns = Vec::new();
        loop {
            patterns.append(&mut self.branch(depth + 1)?);
            if patterns.len() > ALTERNATIVES_MAX {
                return Err(Fault::TooMany { what: "alternatives at one place", limit: ALTERNATIVES_MAX });
            }
            if self.take(b')') {
                return Ok(Node::Choice(patterns));
            }
            if !self.take(b'|') {
                return Err(self.fault("the ( is not closed"));
            }
        }
    }

    /// Reads one branch and multiplies out the alternatives within it.
    fn branch(&mut self, depth: usize) -> Result<Vec<Pattern>, Fault> {
        let mut branches: Vec<Vec<Piece>> = vec![Vec::new()];
        for node in self.nodes(depth)? {
            let choices: Vec<Vec<Piece>> = match node {
                Node::Piece(piece) => vec![vec![piece]],
                Node::Gap { least, most } if most == Some(least) => vec![vec![Piece::Any(least)]],
                Node::Gap { .. } => return Err(self.fault("within ( ) the bytes have a known length")),
                Node::Choice(patterns) => patterns.iter().map(|pattern| pattern.pieces().to_vec()).collect(),
            };
            let weight = branches.len() * weigh(&choices) + choices.len() * weigh(&branches);
            if branches.len() * choices.len() > ALTERNATIVES_MAX || weight > ALTERNATIVES_WEIGHT_MAX {
                return Err(Fault::TooMany { what: "alternatives at one place", limit: ALTERNATIVES_MAX });
            }
            branches = branches.iter().flat_map(|branch| choices.iter().map(|c| [&branch[..], c].concat())).collect();
        }
        if branches.iter().any(Vec::is_empty) {
            return Err(self.fault("an alternative is empty"));
        }
        Ok(branches.into_iter().map(Pattern::new).collect())
    }
}

fn weigh(branches: &[Vec<Piece>]) -> usize {
    let weight = |piece: &Piece| if let Piece::Any(_) = piece { 1 } else { piece.length() };
    branches.iter().flatten().map(weight).sum()
}

enum Member {
    Set(ByteSet),
    Whole(Vec<u8>, Vec<u8>),
}
