//! The note of what becomes of an object's files when it leaves, whole or in part: names, not listings, say what there was.
//!
//! A server whose listings are late must not decide what is destroyed, nor what is left.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Write};

use digests::{Algorithm, Hasher};

/// The last line begins with it.
const END: char = '.';

/// What becomes of each file, by its path in the object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct LeavingNote {
    /// It stays where it is.
    pub(super) stays: BTreeSet<String>,
    /// It waits in the workspace for its place.
    pub(super) comes: BTreeSet<String>,
    /// It goes.
    pub(super) goes: BTreeSet<String>,
}

impl LeavingNote {
    /// What is written anew under a name that goes does not go.
    pub(super) fn settle(&mut self) {
        let Self { stays, comes, goes } = self;
        goes.retain(|path| !stays.contains(path) && !comes.contains(path));
    }

    /// Writes one path a line, after a sign of what becomes of it; at the end the sha256 of all that, since one flipped bit
    /// makes of a file that stays one that goes.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut hasher = Hasher::new(Algorithm::Sha256.into());
        for (sign, paths) in [('=', &self.stays), ('+', &self.comes), ('-', &self.goes)] {
            for path in paths {
                let line = format!("{sign}{path}\n");
                hasher.update(line.as_bytes());
                out.write_all(line.as_bytes())?;
            }
        }
        writeln!(out, "{END}{}", hex(hasher))
    }

    /// Reads what was written so, whole and unchanged.
    pub(super) fn read(text: impl io::Read) -> io::Result<Self> {
        let wrong = |because: &str| io::Error::new(io::ErrorKind::InvalidData, because.to_owned());
        let (mut note, mut hasher, mut is_ended) = (Self::default(), Hasher::new(Algorithm::Sha256.into()), None);
        for line in BufReader::new(text).lines() {
            let line = line?;
            let mut letters = line.chars();
            let sign = letters.next();
            let paths = match sign {
                _ if is_ended.is_some() => return Err(wrong("the note goes on behind its end")),
                Some('=') => &mut note.stays,
                Some('+') => &mut note.comes,
                Some('-') => &mut note.goes,
                Some(END) => {
                    is_ended = Some(letters.as_str().to_owned());
                    continue;
                }
                _ => return Err(wrong("a line of the note says nothing")),
            };
            paths.insert(letters.as_str().to_owned());
            hasher.update(line.as_bytes());
            hasher.update(b"\n");
        }
        match is_ended {
            Some(sha256) if sha256 == hex(hasher) => Ok(note),
            Some(_) => Err(wrong("the note was read with other bytes than it was written with")),
            None => Err(wrong("the note is cut short")),
        }
    }

    /// Says whether the object has a path when all is done.
    pub(super) fn has(&self, path: &str) -> bool {
        self.stays.contains(path) || self.comes.contains(path)
    }
}

fn hex(hasher: Hasher) -> String {
    hasher.finish().get(Algorithm::Sha256).map_or_else(String::new, |digest| digest.to_hex())
}

#[cfg(test)]
mod tests {
    use super::LeavingNote;

    #[test]
    fn a_note_is_read_as_it_was_written_and_nothing_else_is() {
        let of = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let note = LeavingNote { stays: of(&["a", "=b"]), comes: of(&["inventory.json"]), goes: of(&["-c", "d e"]) };
        let mut text = Vec::new();
        note.write(&mut text).unwrap();
        assert_eq!(LeavingNote::read(text.as_slice()).unwrap(), note);
        // Whatever bit flips on its way, and wherever it is cut short.
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut flipped = text.clone();
                flipped[place] ^= 1 << bit;
                let read = LeavingNote::read(flipped.as_slice());
                assert!(read.is_err(), "{place}, {bit}: {read:?}");
            }
            // Without the end of its last line it is whole.
            let cut = LeavingNote::read(&text[..place]);
            assert!(cut.is_err() || place == text.len() - 1, "{place}: {cut:?}");
        }
    }

    #[test]
    fn what_is_written_anew_does_not_go() {
        let of = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let mut note = LeavingNote { stays: of(&["a"]), comes: of(&["b"]), goes: of(&["a", "b", "c"]) };
        note.settle();
        assert_eq!(note.goes, of(&["c"]));
    }
}
