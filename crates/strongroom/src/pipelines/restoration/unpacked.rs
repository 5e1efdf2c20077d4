//! The bag as files in a folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use digests::{Algorithm, Digest};
use ocfl::safe_relative_path;

use super::RestorationError;
use super::bag_info::BAG_INFO;
use super::contents::{Contents, sha256};
use super::output::Output;
use super::publish::{parent_of, read_back, time_of};
use super::replicas::Replicas;
use super::tag_files::TagFiles;

/// Writes the bag into a folder that nobody sees yet.
///
/// # Errors
/// A path cannot be that of a file, no replica of one is good, or the folder cannot be written.
pub fn write(
    contents: &Contents<'_>,
    tag_files: &mut TagFiles,
    replicas: &mut Replicas<'_>,
    folder: &Path,
) -> Result<(), RestorationError> {
    fs::create_dir_all(folder.join("data")).map_err(RestorationError::writing(folder))?;
    for document in &mut tag_files.documents {
        let (mut output, _) = begin(folder, &document.path)?;
        document.give(&mut output)?;
        output.end().map_err(RestorationError::writing(folder))?;
    }
    contents.each_page(|mut page| {
        page.retain(|file| file.path != BAG_INFO);
        replicas.give_all(&page, |replicas, file| {
            let (mut output, path) = begin(folder, &file.path)?;
            replicas.give(file, &mut output)?;
            let written = output.end().map_err(RestorationError::writing(&path))?;
            written.file.set_modified(time_of(file.modified_at)).map_err(RestorationError::writing(&path))
        })
    })
}

/// Reads all files back once they are durable.
///
/// # Errors
/// One of them has other bytes than it was written with, or cannot be read.
pub fn prove(contents: &Contents<'_>, tag_files: &TagFiles, folder: &Path) -> Result<(), RestorationError> {
    let one = |path: &str, expected: Option<Digest>| {
        let path = place(folder, path)?;
        let seen = read_back(&path).map_err(RestorationError::writing(&path))?;
        if Some(seen) == expected { Ok(()) } else { Err(RestorationError::ReadBack(path)) }
    };
    for document in &tag_files.documents {
        one(&document.path, document.digests.get(Algorithm::Sha256))?;
    }
    contents.each(|file| if file.path == BAG_INFO { Ok(()) } else { one(&file.path, Some(sha256(&file)?)) })
}

fn place(folder: &Path, path: &str) -> Result<PathBuf, RestorationError> {
    let safe = safe_relative_path(path).map_err(|_| RestorationError::UnsafePath(path.to_owned()))?;
    Ok(folder.join(safe))
}

fn begin(folder: &Path, path: &str) -> Result<(Output, PathBuf), RestorationError> {
    let path = place(folder, path)?;
    let parent = parent_of(&path);
    fs::create_dir_all(parent).map_err(RestorationError::writing(parent))?;
    // New, so that two paths which this file system takes for one are an error and not a loss.
    let file = File::create_new(&path).map_err(RestorationError::writing(&path))?;
    Ok((Output::undigested(file), path))
}
