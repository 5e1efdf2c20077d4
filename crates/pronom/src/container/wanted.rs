//! The inner paths that signatures ask for.

use std::ops::Range;

/// The inner paths that signatures ask for: built once, asked for each entry of each container.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Each path with its form without case, in the order of the latter.
    paths: Vec<(String, String)>,
    longest_bytes: usize,
}

impl Wanted {
    /// Takes the paths in any order; doubles count once.
    pub fn new<T: Into<String>>(paths: impl IntoIterator<Item = T>) -> Self {
        let mut paths: Vec<_> = paths.into_iter().map(Into::into).map(|path: String| (folded(&path), path)).collect();
        paths.sort_unstable();
        paths.dedup();
        let longest_bytes = paths.iter().map(|(folded, path)| folded.len().max(path.len())).max().unwrap_or(0);
        Self { paths, longest_bytes }
    }

    /// Returns the number of different paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Says whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Returns the places of the wanted paths that `path` equals when case does not count.
    pub(super) fn alike(&self, path: &str, scratch: &mut String) -> Range<usize> {
        // Folding can shorten a text, by a third at the most (K, the Kelvin sign, to k; four bytes stay four).
        if path.len() / 3 > self.longest_bytes {
            return 0..0;
        }
        fold_into(path, scratch);
        let start = self.paths.partition_point(|(folded, _)| folded.as_str() < scratch.as_str());
        let count = self.paths[start..].iter().take_while(|(folded, _)| folded == scratch).count();
        start..start + count
    }

    /// Says whether the wanted path at `place` is `path` to the letter.
    pub(super) fn is_exactly(&self, place: usize, path: &str) -> bool {
        self.paths.get(place).is_some_and(|(_, wanted)| wanted == path)
    }

    /// Says whether a wanted path leads through this folder, whose path ends in `/`.
    pub(super) fn leads_through(&self, folder: &str, scratch: &mut String) -> bool {
        fold_into(folder, scratch);
        let start = self.paths.partition_point(|(folded, _)| folded.as_str() < scratch.as_str());
        self.paths.get(start).is_some_and(|(folded, _)| folded.starts_with(scratch.as_str()))
    }
}

/// Says whether two names are the same when case does not count.
pub(super) fn is_alike(name: &str, other: &str) -> bool {
    if name.is_ascii() && other.is_ascii() {
        return name.eq_ignore_ascii_case(other);
    }
    lower(name).eq(lower(other))
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn folded(text: &str) -> String {
    lower(text).collect()
}

fn fold_into(text: &str, target: &mut String) {
    target.clear();
    if text.is_ascii() {
        target.push_str(text);
        target.make_ascii_lowercase();
    } else {
        target.extend(lower(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &[&str], path: &str, expected: &[&str]) {
        let wanted = Wanted::new(wanted.iter().copied());
        let found = wanted.alike(path, &mut String::new());
        let found: Vec<_> = wanted.paths[found].iter().map(|(_, path)| path.as_str()).collect();
        assert_eq!(found, expected, "{path:?}");
    }

    #[test]
    fn a_path_is_found_in_any_case() {
        check(&["mimetype", "Contents", "CONTENTS"], "contents", &["CONTENTS", "Contents"]);
        check(&["mimetype", "Contents"], "MimeType", &["mimetype"]);
        check(&["mimetype"], "mimetypes", &[]);
        check(&["mimetype"], "", &[]);
        check(&[], "mimetype", &[]);
        check(&["ÄRGER"], "ärger", &["ÄRGER"]);
        check(&["k"], "\u{212a}", &["k"]);
    }

    #[test]
    fn a_folder_is_entered_only_when_a_wanted_path_leads_through_it() {
        let wanted = Wanted::new(["Version/Data", "a/b/c"]);
        let leads = |folder| wanted.leads_through(folder, &mut String::new());
        assert!(leads("Version/") && leads("VERSION/") && leads("a/") && leads("a/b/"));
        assert!(!leads("Versio/") && !leads("Version/Data/") && !leads("b/") && !leads("z/"));
    }
}
