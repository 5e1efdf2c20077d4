//! Names in storage that stay apart on file systems that do not tell letters of either case apart.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use crate::CONTENT_PATH_BYTES_MAX;
use crate::content_path::{content_path, mark, with_mark};

/// Gives the files of one version names that differ even when letters' case is ignored.
///
/// The first of two twins keeps the name that [`content_path`] gives; the later one gets `~` and sixteen digits
/// of the sha256 of its logical path. Where a folder is to stand in the place of a file, the folder is marked.
/// Twins of Unicode normalisation need no care: their names are ASCII, and differ.
///
/// The same paths in the same order get the same names. Kept are hashes of eight bytes, not names; where two hashes
/// collide a name is marked that need not be, which does no harm.
#[derive(Debug, Clone, Default)]
pub struct ContentNames(HashSet<u64, BuildHasherDefault<AsItIs>>);

/// The lowest bit of a kept hash says what bears the name.
const FILE: u64 = 1;
const FOLDER: u64 = 0;

impl ContentNames {
    /// Returns the name for a logical path; a path that was named before gets a marked name.
    pub fn name(&mut self, logical: &str) -> String {
        let mut name = content_path(logical);
        while let Some(folder) = self.folder_in_place_of_a_file(&name) {
            let marked = with_mark(folder, folder);
            name = format!("{marked}{}", &name[folder.len()..]);
        }
        if name.len() > CONTENT_PATH_BYTES_MAX {
            name = mark(logical);
        }
        let mut original = logical.to_owned();
        while self.is_taken(hash(&name)) {
            name = with_mark(&name, &original);
            original.push('~');
        }
        self.take(&name);
        name
    }

    fn folder_in_place_of_a_file<'name>(&self, name: &'name str) -> Option<&'name str> {
        folders(name).find(|(_, hash)| self.0.contains(&(hash & !1 | FILE))).map(|(folder, _)| folder)
    }

    fn is_taken(&self, hash: u64) -> bool {
        [FILE, FOLDER].iter().any(|kind| self.0.contains(&(hash & !1 | kind)))
    }

    fn take(&mut self, name: &str) {
        for (_, hash) in folders(name) {
            self.0.insert(hash & !1 | FOLDER);
        }
        self.0.insert(hash(name) & !1 | FILE);
    }
}

/// FNV-1a over small letters: the hash of each leading part falls out on the way to that of the whole.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
}

fn hash(name: &str) -> u64 {
    name.bytes().fold(SEED, step)
}

/// Returns each folder that the name lies in, the outermost first, with its hash.
fn folders(name: &str) -> impl Iterator<Item = (&str, u64)> {
    let before = name.bytes().scan(SEED, |hash, byte| {
        let before = *hash;
        *hash = step(before, byte);
        Some((before, byte))
    });
    before.enumerate().filter(|(_, (_, byte))| *byte == b'/').map(|(end, (hash, _))| (&name[..end], hash))
}

/// A hasher for keys that are hashes.
#[derive(Debug, Clone, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        // The table looks at the topmost bits and the lowest: one multiplication spreads all to the top.
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| step(hash, *byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], expected: &[&str]) {
        let mut names = ContentNames::default();
        let seen: Vec<String> = paths.iter().map(|path| names.name(path)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_later_of_two_case_twins_is_marked() {
        check(&["a/B.txt", "a/b.txt"], &["a/B.txt", &format!("a/b.txt{}", mark("a/b.txt"))]);
        check(&["A/b", "a/c"], &["A/b", "a/c"]);
    }

    #[test]
    fn a_file_and_a_folder_of_one_name_are_kept_apart() {
        check(&["A/b", "a"], &["A/b", &format!("a{}", mark("a"))]);
        check(&["A", "a/b", "a/c/d"], &["A", &format!("a{}/b", mark("a")), &format!("a{}/c/d", mark("a"))]);
    }

    #[test]
    fn normalisation_twins_have_different_names_already() {
        check(&["e\u{301}", "\u{e9}"], &["e%CC%81", "%C3%A9"]);
    }

    #[test]
    fn a_path_named_twice_gets_two_names() {
        let mut names = ContentNames::default();
        let all: std::collections::BTreeSet<String> = (0..5).map(|_| names.name("a")).collect();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn a_long_path_with_a_marked_folder_stays_within_the_limit() {
        let deep = "folder/".repeat(114);
        let mut names = ContentNames::default();
        names.name("FOLDER");
        let name = names.name(&format!("{deep}x"));
        assert!(name.len() <= CONTENT_PATH_BYTES_MAX, "{name}");
    }
}
