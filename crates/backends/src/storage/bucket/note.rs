//! The note of what becomes of an object's files when it leaves, whole or in part: names, not listings, say what there was.
//!
//! A server whose listings are late must not decide what is destroyed, nor what is left.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Write};

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
    /// Writes one path a line, after a sign of what becomes of it.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (sign, paths) in [('=', &self.stays), ('+', &self.comes), ('-', &self.goes)] {
            paths.iter().try_for_each(|path| writeln!(out, "{sign}{path}"))?;
        }
        Ok(())
    }

    /// Reads what was written so.
    pub(super) fn read(text: impl io::Read) -> io::Result<Self> {
        let mut note = Self::default();
        for line in BufReader::new(text).lines() {
            let line = line?;
            let unknown = || io::Error::new(io::ErrorKind::InvalidData, format!("`{line}` is no line of such a note"));
            let mut letters = line.chars();
            let paths = match letters.next() {
                Some('=') => &mut note.stays,
                Some('+') => &mut note.comes,
                Some('-') => &mut note.goes,
                _ => return Err(unknown()),
            };
            paths.insert(letters.as_str().to_owned());
        }
        Ok(note)
    }

    /// Says whether the object has a path when all is done.
    pub(super) fn has(&self, path: &str) -> bool {
        self.stays.contains(path) || self.comes.contains(path)
    }
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
        for wrong in ["\n", "v1/content/a\n"] {
            assert!(LeavingNote::read(wrong.as_bytes()).is_err());
        }
    }
}
