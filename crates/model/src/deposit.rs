//! A deposit: one arrival of a bag, and what its depositor asked for.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ObjectIdentifier;

/// How a deposit came to us, which decides whether it is ours to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From a receiving folder: removed once it is stored.
    Receiving,
    /// Named by a person in a command: never removed.
    Path,
    /// No arrival at all: the work of a deletion that two people agreed to.
    Deletion,
    /// No arrival at all: a restoration that waits for a thaw.
    Restoration,
}

/// What a new deposit of a held object means for files that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReDeposit {
    /// They stay: deposits are merged, and deleting takes two people.
    #[default]
    Merge,
    /// The new bag is the whole truth: the next version lacks them (the older versions keep them).
    Replace,
}

/// What the depositor asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DepositOptions {
    /// The profile to validate against: a built-in one's name, or the path of a file. Without it, the bag's own.
    pub profile: Option<String>,
    /// The storage option, over whatever the bag's tags say.
    pub storage_option: Option<String>,
    /// What becomes of files that the new bag lacks.
    pub re_deposit: ReDeposit,
    /// Tags for a plain folder that is bagged on the way: (name, value), in order.
    pub tags: Vec<(String, String)>,
}

/// One arrival of a bag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// The object that it is a version of.
    pub identifier: ObjectIdentifier,
    /// Where it lies: an absolute path.
    pub path: String,
    /// How it came.
    pub origin: Origin,
    /// What tells this arrival from another of the same name: device, inode, size, time of change.
    pub fingerprint: String,
    /// Its size as received, in bytes.
    pub size_bytes: u64,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// What was asked for.
    pub options: DepositOptions,
}

/// Endings of archives, the longer before the shorter.
const ENDINGS: [&str; 7] = [".tar.gz", ".tar.zst", ".tar.zstd", ".tgz", ".tzst", ".tar", ".zip"];

/// Returns the name of the object that a deposit is a version of: its own, without the ending of an archive.
#[must_use]
pub fn object_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let has = |ending: &&&str| name.len() > ending.len() && name.to_ascii_lowercase().ends_with(**ending);
    let ending = ENDINGS.iter().find(has).map_or(0, |ending| ending.len());
    name[..name.len() - ending].to_owned()
}

/// Returns a time of a file system, to the microsecond; 1970 for what no calendar reaches.
#[must_use]
pub fn modified_at(nanoseconds: i128) -> Timestamp {
    let micros = Timestamp::from_nanosecond(nanoseconds).map_or(0, Timestamp::as_microsecond);
    Timestamp::from_microsecond(micros).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_bears_the_name_of_its_deposit_without_the_ending() {
        for (path, name) in [
            ("/in/bag.tar", "bag"),
            ("bag.tar.gz", "bag"),
            ("BAG.TGZ", "BAG"),
            ("bag.v1.zip", "bag.v1"),
            ("folder", "folder"),
            (".tar", ".tar"),
        ] {
            assert_eq!(object_name(Path::new(path)), name);
        }
    }
}
