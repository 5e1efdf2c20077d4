//! What keeps a check from being made at all, as opposed to what a check finds.

use std::io;
use std::path::PathBuf;

/// The check could not be made. Nothing is known about the bag.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BagitError {
    /// The kept contents of a member cannot be read.
    #[error("cannot read `{path}` of the bag")]
    Read {
        /// The member, by its path in the bag.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The profile is not JSON of the form that BagIt Profiles 1.4 describes.
    #[error("cannot read the BagIt profile")]
    ProfileForm(#[source] serde_json::Error),
    /// The profile contradicts itself or asks for something unknown.
    #[error("the BagIt profile makes no sense: {0}")]
    ProfileMeaning(String),
    /// The file of a profile cannot be read.
    #[error("cannot read the BagIt profile `{name}`")]
    ProfileUnreadable {
        /// The file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// No profile of that name is built in, nor is there a file of that name.
    #[error("no BagIt profile or file is called `{0}`; built in are {names}", names = crate::Profile::BUILT_IN.join(", "))]
    ProfileUnknown(String),
    /// The package cannot be opened, or a read of it fails.
    #[error("cannot read the package {}", path.display())]
    Package {
        /// The package, or the file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Neither the contents nor the name are of any form that holds a bag.
    #[error("{} is neither a folder nor a tar, tar.gz, tar.zst or zip archive", path.display())]
    NotAPackage {
        /// The file.
        path: PathBuf,
    },
    /// Members of a compressed package cannot be read one by one.
    #[error("{} can only be read from its beginning to its end", path.display())]
    NotRandomAccess {
        /// The package.
        path: PathBuf,
    },
    /// The archive is damaged, so that its members cannot be had out of it.
    #[error("cannot unpack {}: {finding}", path.display())]
    Damaged {
        /// The package.
        path: PathBuf,
        /// The damage.
        finding: Box<findings::Finding>,
    },
    /// What the caller gave to keep or to take the contents of a member failed.
    #[error("cannot write the contents of `{path}`")]
    Keep {
        /// The member, by its path in the bag.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// An observer asked to stop.
    #[error("the reading was stopped on request")]
    Stopped,
    /// A file or folder of the new bag cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is something already where the new bag should be.
    #[error("{} exists already", path.display())]
    TargetExists {
        /// Where.
        path: PathBuf,
    },
    /// What is to be bagged cannot be: the findings say why. Nothing was written.
    #[error("{} cannot be made a bag: {}", path.display(), first_error(findings))]
    CannotBag {
        /// The folder.
        path: PathBuf,
        /// What is in the way.
        findings: Box<findings::Findings>,
    },
    /// An option contradicts itself or the standard.
    #[error("a bag cannot be made in this way: {0}")]
    BagOption(String),
}

/// Warnings may come before what is in the way.
fn first_error(findings: &findings::Findings) -> String {
    findings.list.iter().find(|finding| finding.is_error()).map_or_else(String::new, ToString::to_string)
}
