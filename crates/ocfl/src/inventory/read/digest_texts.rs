//! The digests of manifest and states, as bytes; and how they were spelt, which matters nevertheless.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, DefaultHasher};

use crate::Error;
use crate::inventory::{DigestInterner, DigestTable};

/// Bytes of the longest digest, sha512.
const BYTES_MAX: usize = 64;

/// All different digests, and what is known of each.
#[derive(Default)]
pub(super) struct DigestTexts {
    interner: Option<DigestInterner>,
    notes: Vec<Note>,
    /// The spelling in the manifest of those that have capitals there.
    manifest_spelling: HashMap<u32, u64, ByNumber>,
    /// The spellings with capitals in states.
    state_spelling: HashSet<(u32, u64), ByNumber>,
}

type ByNumber = std::hash::BuildHasherDefault<DefaultHasher>;

#[derive(Clone, Copy, Default)]
struct Note {
    is_in_manifest: bool,
    /// Then the spelling that a state has may be that of either.
    is_twice_in_manifest: bool,
    is_small_in_state: bool,
    is_used: bool,
    /// One more than the count of states before the last one that it was in.
    last_state: u32,
}

/// What can be wrong with the text of a digest.
pub(super) enum DigestFault {
    /// It is not hexadecimal.
    NotHexadecimal,
    /// It has the length of another algorithm's digests, or of none.
    Length,
}

impl DigestTexts {
    /// Sets the length of all digests before the first is read; later it is what the first one has.
    pub fn expect_width(&mut self, width: usize) {
        self.interner.get_or_insert_with(|| DigestInterner::new(width));
    }

    pub fn width(&self) -> Option<usize> {
        self.interner.as_ref().map(|interner| interner.digests.width())
    }

    pub fn table(&mut self) -> Option<DigestTable> {
        self.interner.take().map(|interner| interner.digests)
    }

    /// Returns the number of a digest, or what is wrong with its text.
    pub fn intern(&mut self, text: &str) -> Result<Result<u32, DigestFault>, Error> {
        let mut bytes = [0; BYTES_MAX];
        let bytes = match decode(text, &mut bytes) {
            Ok(bytes) => bytes,
            Err(fault) => return Ok(Err(fault)),
        };
        let interner = self.interner.get_or_insert_with(|| DigestInterner::new(bytes.len()));
        if bytes.len() != interner.digests.width() {
            return Ok(Err(DigestFault::Length));
        }
        let digest = interner.intern(bytes)?;
        if digest as usize == self.notes.len() {
            self.notes.push(Note::default());
        }
        Ok(Ok(digest))
    }

    /// Notes a key of the manifest; says whether it is there for the first time.
    pub fn add_to_manifest(&mut self, digest: u32, text: &str) -> bool {
        let note = &mut self.notes[digest as usize];
        let is_first = !note.is_in_manifest;
        note.is_twice_in_manifest = note.is_in_manifest;
        note.is_in_manifest = true;
        if is_first && has_capitals(text) {
            self.manifest_spelling.insert(digest, fingerprint(text));
        }
        is_first
    }

    /// Notes a key of the state of a given number; says whether it is in this state for the first time.
    pub fn add_to_state(&mut self, digest: u32, text: &str, state: u32) -> bool {
        let note = &mut self.notes[digest as usize];
        let is_first = note.last_state != state + 1;
        note.last_state = state + 1;
        if has_capitals(text) {
            self.state_spelling.insert((digest, fingerprint(text)));
        } else {
            note.is_small_in_state = true;
        }
        is_first
    }

    /// Notes that a logical path of some version has the digest: a key without paths is no use of it.
    pub fn use_digest(&mut self, digest: u32) {
        self.notes[digest as usize].is_used = true;
    }

    /// Returns the digests of states that are not in the manifest, or are spelt otherwise there.
    pub fn not_in_manifest(&self) -> impl Iterator<Item = u32> {
        (0..self.notes.len() as u32).filter(|digest| {
            let note = self.notes[*digest as usize];
            let has_capitals = !note.is_twice_in_manifest && self.manifest_spelling.contains_key(digest);
            note.last_state > 0 && !note.is_in_manifest || note.is_small_in_state && has_capitals
        })
    }

    /// Returns the digests that some state spells with capitals other than the manifest's.
    pub fn spelt_otherwise(&self) -> Vec<u32> {
        let differs = |(digest, spelling): &&(u32, u64)| {
            let note = self.notes[*digest as usize];
            note.is_in_manifest && !note.is_twice_in_manifest && self.manifest_spelling.get(digest) != Some(spelling)
        };
        let mut digests: Vec<u32> = self.state_spelling.iter().filter(differs).map(|(digest, _)| *digest).collect();
        digests.sort_unstable();
        digests.dedup();
        digests
    }

    /// Returns the digests of the manifest that no state has.
    pub fn unused(&self) -> impl Iterator<Item = u32> {
        let unused = |note: &Note| note.is_in_manifest && !note.is_used;
        (0..self.notes.len() as u32).filter(move |digest| unused(&self.notes[*digest as usize]))
    }

    /// Returns the hexadecimal text of a digest, for people.
    pub fn text(&self, digest: u32) -> String {
        let bytes = self.interner.as_ref().map_or(&[][..], |interner| interner.digests.get(digest));
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Reads hexadecimal digits of either case.
pub(super) fn decode<'bytes>(text: &str, bytes: &'bytes mut [u8; BYTES_MAX]) -> Result<&'bytes [u8], DigestFault> {
    if text.is_empty() || !text.len().is_multiple_of(2) || text.len() / 2 > BYTES_MAX {
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        return Err(if is_hexadecimal { DigestFault::Length } else { DigestFault::NotHexadecimal });
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(&bytes[..text.len() / 2])
}

fn nibble(digit: u8) -> Result<u8, DigestFault> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(DigestFault::NotHexadecimal),
    }
}

fn has_capitals(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn fingerprint(text: &str) -> u64 {
    ByNumber::default().hash_one(text)
}
