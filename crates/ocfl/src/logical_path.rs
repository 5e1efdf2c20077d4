//! What a logical path may be, and how it becomes a path below a folder.

use std::path::PathBuf;

use crate::Error;

/// What is wrong with a path of elements joined by `/` (OCFL 1.1 §3.5.2 and §3.5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathFault {
    /// It is empty, or begins or ends with a slash.
    Slash,
    /// It has an element that is empty, `.` or `..`.
    Element,
}

/// Says what is wrong with a path; both faults can be there, the slash is told first.
pub(crate) fn path_faults(path: &str) -> impl Iterator<Item = PathFault> {
    let slash = path.is_empty() || path.starts_with('/') || path.ends_with('/');
    let inner = path.strip_prefix('/').unwrap_or(path);
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let element = inner.split('/').any(|element| element == "." || element == "..")
        || inner.contains("//")
        || (inner.starts_with('/') || inner.ends_with('/'));
    [(slash, PathFault::Slash), (element, PathFault::Element)].into_iter().filter(|(is, _)| *is).map(|(_, fault)| fault)
}

/// Checks that a logical path is one that OCFL allows (OCFL 1.1 §3.5.3.1).
///
/// # Errors
/// The path is empty, or has an empty element, `.` or `..`.
pub fn check_logical_path(path: &str) -> Result<(), Error> {
    match path_faults(path).next() {
        None => Ok(()),
        Some(_) => Err(Error::LogicalPath(path.to_owned())),
    }
}

/// Turns a logical path into one that stays below whatever folder it is joined to, on this system.
///
/// # Errors
/// The path is not a legal logical path, holds a NUL, or has an element that this system reads as something else
/// than a name: a drive, a root, a separator of its own.
pub fn safe_relative_path(logical: &str) -> Result<PathBuf, Error> {
    let unsafe_path = || Error::UnsafePath(logical.to_owned());
    check_logical_path(logical).map_err(|_| unsafe_path())?;
    let mut path = PathBuf::new();
    for element in logical.split('/') {
        let mut parts = std::path::Path::new(element).components();
        let is_name = matches!(parts.next(), Some(std::path::Component::Normal(name)) if name == element);
        if !is_name || parts.next().is_some() || element.contains('\0') {
            return Err(unsafe_path());
        }
        path.push(element);
    }
    Ok(path)
}

/// Finds the first path that another one has as a folder, or that stands there twice; of texts in order of bytes.
pub(crate) fn conflicts<'names>(
    count: usize,
    name: impl Fn(usize) -> &'names str,
) -> impl Iterator<Item = (&'names str, &'names str)> {
    (1..count).filter_map(move |place| {
        let (path, after) = (name(place - 1), name(place));
        if !after.starts_with(path) {
            return None;
        }
        if after.len() == path.len() || after.as_bytes()[path.len()] == b'/' {
            return Some((path, after));
        }
        // Between a path and what lies in it as a folder may stand names with a lesser byte than the slash.
        let folder = format!("{path}/");
        let (mut low, mut high) = (place, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if name(middle) < folder.as_str() { low = middle + 1 } else { high = middle }
        }
        (low < count && name(low).starts_with(&folder)).then(|| (path, name(low)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_ocfl_forbids_are_refused() {
        for wrong in ["", "/", "/a", "a/", "a//b", "//a", ".", "..", "a/..", "./a", "a/./b", "a//"] {
            assert!(check_logical_path(wrong).is_err(), "{wrong:?}");
            assert!(safe_relative_path(wrong).is_err(), "{wrong:?}");
        }
        for right in ["a", "a/b", "...", "a/.b", "..a", " ", "a\\b", "-"] {
            assert!(check_logical_path(right).is_ok(), "{right:?}");
        }
        assert!(safe_relative_path("a\0b").is_err());
        assert_eq!(safe_relative_path("a/b").expect("it is safe"), PathBuf::from("a/b"));
    }

    #[test]
    fn faults_are_told_apart() {
        let faults = |path| path_faults(path).collect::<Vec<_>>();
        assert_eq!(faults("/a"), [PathFault::Slash]);
        assert_eq!(faults("a//b"), [PathFault::Element]);
        assert_eq!(faults("../a/"), [PathFault::Slash, PathFault::Element]);
    }

    #[test]
    fn a_file_that_is_also_a_folder_is_found_behind_its_neighbours() {
        let check = |names: &[&'static str], expected: &[(&str, &str)]| {
            let seen: Vec<_> = conflicts(names.len(), |place| names[place]).collect();
            assert_eq!(seen, expected);
        };
        check(&["a", "a!", "a.txt", "a/b", "b"], &[("a", "a/b")]);
        check(&["a", "a", "b/c", "b/d"], &[("a", "a")]);
        check(&["a", "a-b", "ab", "b"], &[]);
    }
}
