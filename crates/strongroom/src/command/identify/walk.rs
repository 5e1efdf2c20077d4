//! The files of paths and of the folders below them, in an order that is always the same.

use std::io;
use std::path::{Path, PathBuf};

use super::names::{NameKind, Names};

/// What the walk comes by.
#[derive(Debug)]
pub struct Step {
    /// Which of the paths of the call led here.
    pub argument: usize,
    /// The path.
    pub path: PathBuf,
    /// How many folders of this walk are above it.
    pub level: usize,
    /// What is there.
    pub found: Found,
}

/// What is at a path.
#[derive(Debug)]
pub enum Found {
    /// A file.
    File,
    /// A folder, before what is in it.
    Folder,
    /// A folder in a folder, when only what is named is gone through.
    FolderBelow,
    /// A symbolic link, which is not followed.
    Link,
    /// A device, pipe or socket.
    Special,
    /// Something that cannot be looked at.
    Unread(io::Error),
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The files of the folders that are named.
    OwnFiles,
    /// All folders below them too.
    AllBelow,
}

/// The place behind which an earlier walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Which of the paths of the call.
    pub argument: usize,
    /// The last path that was dealt with.
    pub path: PathBuf,
}

/// Goes through paths in their order, and through each folder by the bytes of its names.
#[derive(Debug)]
pub struct Walk {
    paths: Vec<PathBuf>,
    reach: Reach,
    next: usize,
    /// The folders that are gone through, the innermost last.
    folders: Vec<(PathBuf, Names)>,
    after: Option<Reached>,
}

impl Walk {
    /// Begins at the first path, or behind the place that an earlier walk reached.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>, reach: Reach, after: Option<Reached>) -> Self {
        Self { paths, reach, next: 0, folders: Vec::new(), after }
    }

    /// Says whether an earlier walk has dealt with a path. Whole names are compared, as the walk orders by them: `a`
    /// and what is in it come before `a.txt`.
    fn is_done(&self, argument: usize, path: &Path) -> bool {
        self.after.as_ref().is_some_and(|after| (argument, path) <= (after.argument, after.path.as_path()))
    }

    /// Says whether an earlier walk has dealt with a folder and all that is in it.
    fn is_behind(&self, argument: usize, folder: &Path) -> bool {
        self.is_done(argument, folder)
            && self.after.as_ref().is_some_and(|after| after.argument != argument || !after.path.starts_with(folder))
    }

    fn enter(&mut self, argument: usize, path: PathBuf, level: usize) -> Option<Step> {
        if self.is_behind(argument, &path) {
            return None;
        }
        let found = match Names::of(&path) {
            Ok(names) => {
                self.folders.push((path.clone(), names));
                Found::Folder
            }
            Err(error) => Found::Unread(error),
        };
        (!self.is_done(argument, &path)).then_some(Step { argument, path, level, found })
    }

    fn first_of(&mut self, argument: usize) -> Option<Step> {
        let path = self.paths[argument].clone();
        // What is named is meant, even by a link.
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => self.enter(argument, path, 0),
            _ if self.is_done(argument, &path) => None,
            Ok(metadata) => {
                let found = if metadata.is_file() { Found::File } else { Found::Special };
                Some(Step { argument, path, level: 0, found })
            }
            Err(error) => Some(Step { argument, path, level: 0, found: Found::Unread(error) }),
        }
    }
}

impl Iterator for Walk {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            let level = self.folders.len();
            let Some((folder, names)) = self.folders.last_mut() else {
                if self.next == self.paths.len() {
                    return None;
                }
                self.next += 1;
                if let Some(step) = self.first_of(self.next - 1) {
                    return Some(step);
                }
                continue;
            };
            let Some((name, kind)) = names.next() else {
                self.folders.pop();
                continue;
            };
            let (argument, path) = (self.next - 1, folder.join(name));
            let found = match kind {
                NameKind::Folder if self.reach == Reach::OwnFiles => Found::FolderBelow,
                NameKind::Folder => match self.enter(argument, path, level) {
                    Some(step) => return Some(step),
                    None => continue,
                },
                NameKind::File => Found::File,
                NameKind::Link => Found::Link,
                NameKind::Special => Found::Special,
            };
            if !self.is_done(argument, &path) {
                return Some(Step { argument, path, level, found });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(root: &Path, after: Option<Reached>) -> Vec<(usize, PathBuf, usize)> {
        let walk = Walk::new(vec![root.to_owned(), root.join("a")], Reach::AllBelow, after);
        walk.map(|step| (step.argument, step.path, step.level)).collect()
    }

    #[test]
    fn a_walk_goes_on_behind_any_place_that_it_reached() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for path in ["a/b/c", "a/b.x/d", "a-b/e", "a.txt", "b/f/g/h", "z"] {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let all = steps(root, None);
        let names: Vec<_> =
            all.iter().map(|(_, path, _)| path.strip_prefix(root).unwrap().display().to_string()).collect();
        let first = ["", "a", "a/b", "a/b/c", "a/b.x", "a/b.x/d", "a-b", "a-b/e", "a.txt", "b", "b/f", "b/f/g"];
        let rest = ["b/f/g/h", "z", "a", "a/b", "a/b/c", "a/b.x", "a/b.x/d"];
        assert_eq!(names, [first.as_slice(), &rest].concat());
        for (place, (argument, path, _)) in all.iter().enumerate() {
            let after = Reached { argument: *argument, path: path.clone() };
            assert_eq!(steps(root, Some(after)), all[place + 1..], "after {}", path.display());
        }
    }
}
