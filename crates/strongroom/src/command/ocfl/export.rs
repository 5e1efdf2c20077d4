//! `strongroom ocfl export`: an object given back as plain files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use ocfl::{FolderTree, Inventory, RootCheck, VersionNumber, export_version, safe_relative_path};
use rustix::io::Errno;

use super::super::exit::Exit;
use super::super::output;
use super::super::shown::shown;
use super::place::{Place, inventory};
use super::show::known;

/// Hostile paths that are named one by one; of more only their number.
const UNSAFE_TOLD_MAX: usize = 100;

/// Give an object back as plain files.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  strongroom ocfl export path/to/object --to letters
  strongroom ocfl export strongroom-data/stores/first --version v1 --to letters-v1 \\
      --object strongroom:library.example.org/letters-1917

Each file is held against the digest of the inventory as it is written. The target appears only
when it is whole; one that is there already is never touched. Exit codes: 0 done, 1 the object is
damaged or holds paths that no file can have, 2 it could not be done.",
    disable_version_flag = true
)]
pub struct Export {
    /// An object, or a storage root or store together with --object
    path: PathBuf,
    /// The version to give back [default: the newest]
    #[arg(long, value_name = "vN")]
    version: Option<VersionNumber>,
    /// The folder to make: it must not be there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The id of the object in the storage root
    #[arg(long, value_name = "ID")]
    object: Option<String>,
}

impl Export {
    /// Gives it back, or leaves nothing.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let object = self.find()?;
        let inventory = inventory(&object)?;
        let version = self.version.map_or(Ok(inventory.head()), |version| known(&inventory, version))?;
        if refuse_unsafe(&inventory, version) {
            return Ok(Exit::Refused);
        }
        let target = Target::make(&self.to)?;
        let mut written = Written::default();
        let tree = FolderTree::new(&object);
        let exported = export_version(&tree, &inventory, version, &mut |path, bytes| {
            written.bytes += write(&target.partial, path, bytes)?;
            written.files += 1;
            Ok(())
        });
        match exported {
            Ok(()) => target.publish()?,
            Err(error) => {
                target.discard()?;
                let is_damaged = matches!(error, ocfl::Error::Damaged { .. } | ocfl::Error::NoContent { .. });
                output::error(&format!("nothing was exported: {:#}", anyhow::Error::new(error)));
                return Ok(if is_damaged { Exit::Refused } else { Exit::Failed });
            }
        }
        output::line(&format!(
            "{} {version} of {}: {}, {}, all proven",
            shown(&self.to.display().to_string()),
            shown(inventory.id()),
            output::count(written.files, "file"),
            output::bytes(written.bytes)
        ));
        Ok(Exit::Done)
    }

    fn find(&self) -> anyhow::Result<PathBuf> {
        match (Place::of(&self.path)?, &self.object) {
            (Place::Root(root), Some(id)) => find_object(&root, id),
            (Place::Root(root), None) => {
                bail!(
                    "{} is a storage root: say which object with --object; `strongroom ocfl show` lists them",
                    root.display()
                )
            }
            (Place::Object(object), None) => Ok(object),
            (Place::Object(object), Some(id)) if inventory(&object)?.id() == id => Ok(object),
            (Place::Object(object), Some(id)) => bail!("the object at {} is not {id}", object.display()),
        }
    }
}

#[derive(Default)]
struct Written {
    files: u64,
    bytes: u64,
}

/// Finds an object where the root's layout places it, or else by looking at every object.
fn find_object(root: &Path, id: &str) -> anyhow::Result<PathBuf> {
    let tree = FolderTree::new(root);
    let mut check = RootCheck::open(&tree)?;
    if let Some(placed) = check.layout().and_then(|layout| layout.object_path(id).ok()) {
        let path = root.join(placed);
        if path.is_dir() && inventory(&path)?.id() == id {
            return Ok(path);
        }
    }
    while let Some(path) = check.next_object() {
        let path = root.join(path);
        // One that cannot be read may not stand in the way of another that can.
        if inventory(&path).is_ok_and(|inventory| inventory.id() == id) {
            return Ok(path);
        }
    }
    bail!("no object of {} has the id {id}; `strongroom ocfl show` lists them", root.display())
}

/// Names the logical paths that cannot be those of files; `true` when there are any.
fn refuse_unsafe(inventory: &Inventory, version: VersionNumber) -> bool {
    let paths: Vec<_> =
        inventory.state(version).map(|(path, _)| path).filter(|path| safe_relative_path(path).is_err()).collect();
    for path in paths.iter().take(UNSAFE_TOLD_MAX) {
        output::error(&format!("refused: the logical path {} cannot be that of a file", shown(path)));
    }
    if !paths.is_empty() {
        let count = output::count(paths.len() as u64, "path");
        output::error(&format!("nothing was exported: {count} of {version} would leave the folder or name no file"));
    }
    !paths.is_empty()
}

fn write(folder: &Path, logical_path: &str, bytes: &mut dyn Read) -> io::Result<u64> {
    let path = folder.join(safe_relative_path(logical_path).map_err(io::Error::other)?);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // New, so that two logical paths which this file system takes for one are an error and not a loss.
    let mut file = File::create_new(path)?;
    io::copy(bytes, &mut file)
}

/// The folder to be made, under another name until it is whole.
struct Target<'a> {
    path: &'a Path,
    partial: PathBuf,
}

impl<'a> Target<'a> {
    fn make(path: &'a Path) -> anyhow::Result<Self> {
        if fs::symlink_metadata(path).is_ok() {
            bail!("{} is there already; name a folder that is not", path.display());
        }
        let name = path.file_name().with_context(|| format!("{} is no name for a folder", path.display()))?;
        let mut partial_name = std::ffi::OsString::from(".");
        partial_name.push(name);
        partial_name.push(format!(".partial-{}", std::process::id()));
        let partial = path.with_file_name(partial_name);
        fs::create_dir(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
        Ok(Self { path, partial })
    }

    /// Makes the files durable and gives the folder its name, unless somebody took it meanwhile.
    fn publish(self) -> anyhow::Result<()> {
        let cannot =
            || format!("cannot finish {}; what was exported is in {}", self.path.display(), self.partial.display());
        rustix::fs::syncfs(File::open(&self.partial).with_context(cannot)?).with_context(cannot)?;
        let (here, flags) = (rustix::fs::CWD, rustix::fs::RenameFlags::NOREPLACE);
        match rustix::fs::renameat_with(here, &self.partial, here, self.path, flags) {
            // Some network file systems have no such flag.
            Err(Errno::INVAL | Errno::NOSYS) if fs::symlink_metadata(self.path).is_err() => {
                fs::rename(&self.partial, self.path).with_context(cannot)
            }
            other => other.with_context(cannot),
        }
    }

    fn discard(self) -> anyhow::Result<()> {
        fs::remove_dir_all(&self.partial).with_context(|| format!("cannot remove {}", self.partial.display()))
    }
}
