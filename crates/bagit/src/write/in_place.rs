//! Makes a folder of plain files a bag where it stands.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::bag::WrittenBag;
use super::options::BagOptions;
use super::staged::rename_without_replacing;
use super::tag_files::TagFiles;
use crate::{BagitError, Form, GatherOptions, Observer, Package, gather};

/// Where the tag files wait, and where the payload is collected. While it exists the bagging is not finished.
const WORK: &str = ".bagging";
/// The same before the tag files in it are whole.
const WORK_PARTIAL: &str = ".bagging.partial";

/// Makes a folder of plain files a bag of BagIt 1.0: everything in it moves into `data/`, and manifests and tag files
/// appear beside. Files are only renamed, never copied.
///
/// Crash-safe: the tag files are made durable before the first file moves, and a second call after a crash either
/// moves everything back and begins again, or, once the payload is in place, finishes.
///
/// # Errors
/// The folder is a bag already, holds what cannot be in a bag, changes while it is read, or cannot be written to; an
/// option contradicts the standard; the observer asks to stop.
pub fn bag_in_place(folder: &Path, options: &BagOptions, observer: &dyn Observer) -> Result<WrittenBag, BagitError> {
    options.check()?;
    let failed = |source: io::Error| BagitError::Write { path: folder.to_owned(), source };
    let work = Work { folder: folder.to_owned() };
    work.recover().map_err(failed)?;
    let package = Package::open(folder)?;
    if package.form() != Form::PlainFolder {
        return Err(BagitError::BagOption(format!("{} is a bag already, or no folder", folder.display())));
    }
    let asked = GatherOptions { algorithms: options.algorithms, limits: options.limits, hashing: options.hashing };
    let gathered = gather(&package, &asked, observer)?;
    if !gathered.findings.is_acceptable() {
        return Err(BagitError::CannotBag { path: folder.to_owned(), findings: Box::new(gathered.findings) });
    }
    let mut members = gathered.members;
    let files = TagFiles::generate(&members, options)?;
    work.prepare(&files, &members).map_err(failed)?;
    work.collect_payload().map_err(failed)?;
    work.finish().map_err(failed)?;
    for file in files.iter() {
        let index = members.push(&file.path, file.size_bytes, 0, options.created_at);
        members.set_digests(index, &file.digests);
    }
    Ok(WrittenBag { members, findings: gathered.findings })
}

/// The folder's state: no work folder, one with `data` in it (files are moving in), one without (tag files move out).
struct Work {
    folder: PathBuf,
}

impl Work {
    fn path(&self) -> PathBuf {
        self.folder.join(WORK)
    }

    /// Brings an interrupted bagging to one of its two ends.
    fn recover(&self) -> io::Result<()> {
        let partial = self.folder.join(WORK_PARTIAL);
        if fs::symlink_metadata(&partial).is_ok_and(|metadata| metadata.is_dir()) {
            fs::remove_dir_all(&partial)?;
        }
        if !fs::symlink_metadata(self.path()).is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        let collected = self.path().join("data");
        if collected.is_dir() {
            for entry in fs::read_dir(&collected)? {
                let name = entry?.file_name();
                rename_without_replacing(&collected.join(&name), &self.folder.join(&name))?;
            }
            sync(&self.folder)?;
        } else if self.folder.join("data").is_dir() {
            return self.finish();
        }
        // First it stops being what says how far the bagging is: what is left of it when this is killed must not look like
        // one whose payload is in place.
        rename_without_replacing(&self.path(), &partial)?;
        sync(&self.folder)?;
        fs::remove_dir_all(partial)
    }

    /// Writes the tag files where nobody takes them for those of a bag.
    fn prepare(&self, files: &TagFiles, members: &crate::Members) -> io::Result<()> {
        let partial = self.folder.join(WORK_PARTIAL);
        fs::create_dir(&partial)?;
        let tags = partial.join("tags");
        fs::create_dir(&tags)?;
        fs::create_dir(partial.join("data"))?;
        for file in files.iter() {
            let path = tags.join(&file.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut writer = io::BufWriter::new(File::create_new(path)?);
            files.write(file, members, &mut writer)?;
            writer.flush()?;
        }
        rustix::fs::syncfs(File::open(&partial)?)?;
        rename_without_replacing(&partial, &self.path())?;
        sync(&self.folder)
    }

    /// Moves everything into the work folder's `data`, and then that to its place.
    fn collect_payload(&self) -> io::Result<()> {
        let collected = self.path().join("data");
        let entries = fs::read_dir(&self.folder)?.collect::<io::Result<Vec<_>>>()?;
        for name in entries.iter().map(fs::DirEntry::file_name).filter(|name| name != WORK) {
            rename_without_replacing(&self.folder.join(&name), &collected.join(&name))?;
        }
        sync(&collected)?;
        rename_without_replacing(&collected, &self.folder.join("data"))?;
        sync(&self.folder)
    }

    /// Moves the tag files to their places, `bagit.txt` last: with it the folder is a bag.
    fn finish(&self) -> io::Result<()> {
        let tags = self.path().join("tags");
        let mut names: Vec<_> = match fs::read_dir(&tags) {
            Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        names.sort_by_key(|name| name == "bagit.txt");
        for name in names {
            rename_without_replacing(&tags.join(&name), &self.folder.join(&name))?;
        }
        sync(&self.folder)?;
        fs::remove_dir_all(self.path())
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
