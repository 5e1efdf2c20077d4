//! The bag as files in a folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use digests::Algorithm;
use model::FileVersion;
use ocfl::safe_relative_path;

use super::RestorationError;
use super::bag_info::BAG_INFO;
use super::contents::{Contents, sha256};
use super::output::Output;
use super::publish::{parent_of, time_of};
use super::reading_back::{Expected, read_back_all};
use super::replicas::Replicas;
use super::tag_files::TagFiles;

/// A bag on its way into a folder that nobody sees yet.
pub struct Unpacked<'a> {
    /// What is given back.
    pub contents: &'a Contents<'a>,
    /// Where it is written.
    pub folder: &'a Path,
    /// Of each file in the order of the registry, whether it was there already and was proven.
    there: Vec<bool>,
    /// Files that were there already.
    pub there_files: u64,
    /// Their bytes.
    pub there_bytes: u64,
}

impl<'a> Unpacked<'a> {
    /// Begins in a folder, which may hold what a killed restoration has left, if it was made durable.
    pub fn new(contents: &'a Contents<'a>, folder: &'a Path) -> Self {
        Self { contents, folder, there: Vec::new(), there_files: 0, there_bytes: 0 }
    }

    /// Writes all files but those that are there already, whole and right.
    ///
    /// # Errors
    /// A path cannot be that of a file, no replica of one is good, or the folder cannot be written.
    pub fn write(&mut self, tag_files: &mut TagFiles, replicas: &mut Replicas<'_>) -> Result<(), RestorationError> {
        let data = self.folder.join("data");
        fs::create_dir_all(&data).map_err(RestorationError::writing(self.folder))?;
        for document in &mut tag_files.documents {
            let path = self.place(&document.path)?;
            remove(&path)?;
            let mut output = begin(&path)?;
            document.give(&mut output)?;
            output.end().map_err(RestorationError::writing(&path))?;
        }
        let contents = self.contents;
        contents.each_page(|mut page| {
            page.retain(|file| file.path != BAG_INFO);
            let there = self.look(&page)?;
            let mut answers = there.iter();
            page.retain(|_| answers.next() != Some(&true));
            self.there.extend(there);
            replicas.give_all(&page, |replicas, file| {
                let path = self.place(&file.path)?;
                let mut output = begin(&path)?;
                replicas.give(file, &mut output)?;
                let written = output.end().map_err(RestorationError::writing(&path))?;
                written.file.set_modified(time_of(file.modified_at)).map_err(RestorationError::writing(&path))
            })
        })
    }

    /// Says of each file of a page whether it is there and right. What is there and is not is removed.
    fn look(&mut self, page: &[FileVersion]) -> Result<Vec<bool>, RestorationError> {
        let mut there = vec![false; page.len()];
        let (mut candidates, mut places) = (Vec::new(), Vec::new());
        for (place, file) in page.iter().enumerate() {
            let path = self.place(&file.path)?;
            match fs::symlink_metadata(&path) {
                Ok(seen) if seen.is_file() && seen.len() == file.size_bytes => {
                    candidates.push(Expected { path, digest: sha256(file)?, size_bytes: file.size_bytes });
                    places.push(place);
                }
                Ok(_) => remove(&path)?,
                // Whatever stands in its way is told when it is written.
                Err(_) => {}
            }
        }
        let seen = read_back_all(&candidates, self.contents.signal)?;
        for ((candidate, place), seen) in candidates.iter().zip(places).zip(seen) {
            if !matches!(seen, Ok(true)) {
                remove(&candidate.path)?;
                continue;
            }
            let writing = || RestorationError::writing(&candidate.path);
            let file = File::open(&candidate.path).map_err(writing())?;
            file.set_modified(time_of(page[place].modified_at)).map_err(writing())?;
            there[place] = true;
            (self.there_files, self.there_bytes) = (self.there_files + 1, self.there_bytes + candidate.size_bytes);
        }
        Ok(there)
    }

    /// Reads all files back once they are durable, but for those that were read back when they were found there.
    ///
    /// # Errors
    /// One of them has other bytes than it was written with, or cannot be read.
    pub fn prove(&self, tag_files: &TagFiles) -> Result<(), RestorationError> {
        let documents = tag_files.documents.iter().filter_map(|document| {
            let digest = document.digests.get(Algorithm::Sha256)?;
            Some(self.place(&document.path).map(|path| Expected { path, digest, size_bytes: document.size_bytes }))
        });
        self.assert_right(&documents.collect::<Result<Vec<_>, _>>()?)?;
        let mut there = self.there.iter();
        self.contents.each_page(|page| {
            let mut written = Vec::new();
            for file in page.iter().filter(|file| file.path != BAG_INFO) {
                if there.next() != Some(&true) {
                    let path = self.place(&file.path)?;
                    written.push(Expected { path, digest: sha256(file)?, size_bytes: file.size_bytes });
                }
            }
            self.assert_right(&written)
        })
    }

    fn assert_right(&self, files: &[Expected]) -> Result<(), RestorationError> {
        for (file, seen) in files.iter().zip(read_back_all(files, self.contents.signal)?) {
            match seen {
                Ok(true) => {}
                Ok(false) => return Err(RestorationError::ReadBack(file.path.clone())),
                Err(error) => return Err(RestorationError::writing(&file.path)(error)),
            }
        }
        Ok(())
    }

    /// Returns whether the folder holds the files of the bag alone, each under a name of its own; folders that are empty are
    /// removed.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn has_only(&self, tag_files: &TagFiles) -> Result<bool, RestorationError> {
        let files = self.there.len() + tag_files.documents.len();
        let (mut count, mut folders, mut seen) = (0, vec![self.folder.to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(RestorationError::writing(&folder))? {
                let entry = entry.map_err(RestorationError::writing(&folder))?;
                match entry.file_type().map_err(RestorationError::writing(&folder))? {
                    kind if kind.is_dir() => folders.push(entry.path()),
                    _ => count += 1,
                }
            }
            seen.push(folder);
        }
        // Deepest first: what is not empty stays, and so does the folder of a payload without files.
        for folder in seen.iter().rev().filter(|folder| **folder != self.folder.join("data")) {
            drop(fs::remove_dir(folder));
        }
        Ok(count == files)
    }

    fn place(&self, path: &str) -> Result<PathBuf, RestorationError> {
        let safe = safe_relative_path(path).map_err(|_| RestorationError::UnsafePath(path.to_owned()))?;
        Ok(self.folder.join(safe))
    }
}

fn begin(path: &Path) -> Result<Output, RestorationError> {
    let parent = parent_of(path);
    fs::create_dir_all(parent).map_err(RestorationError::writing(parent))?;
    // New, so that two paths which this file system takes for one are an error and not a loss.
    let file = File::create_new(path).map_err(RestorationError::writing(path))?;
    Ok(Output::undigested(file))
}

/// Removes what bears a name and is not what it should be; nothing there is well.
fn remove(path: &Path) -> Result<(), RestorationError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(seen) if seen.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => return Ok(()),
    };
    removed.map_err(RestorationError::writing(path))
}
