//! How many files were told by what.

use pronom::MatchKind;
use serde::{Deserialize, Serialize};

use super::super::output::{bytes, count};
use super::row::{Row, RowKind};

/// How many files were told by what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    files: u64,
    members: u64,
    bytes: u64,
    signature: u64,
    container: u64,
    extension: u64,
    text: u64,
    unknown: u64,
    warnings: u64,
    /// Rows that have an error.
    pub unread: u64,
    /// Folders in the folders that were named, which are gone through with `-r`.
    pub folders_below: u64,
    /// Symbolic links, which are not followed.
    pub links: u64,
    /// Devices, pipes and sockets, which are passed over.
    pub special: u64,
}

impl Tally {
    /// Counts a row.
    pub fn add(&mut self, row: &Row<'_>) {
        let Ok(answer) = row.answer else {
            self.unread += 1;
            return;
        };
        if row.kind == RowKind::Folder {
            return;
        }
        if row.location.inner.is_empty() {
            self.files += 1;
            self.bytes += row.size_bytes.unwrap_or(0);
        } else {
            self.members += 1;
        }
        self.warnings += u64::from(row.has_warnings());
        let kind = match answer.best.as_ref().map(|best| best.kind) {
            Some(MatchKind::Signature) => &mut self.signature,
            Some(MatchKind::Container) => &mut self.container,
            Some(MatchKind::Extension) => &mut self.extension,
            Some(MatchKind::Text) => &mut self.text,
            None => &mut self.unknown,
        };
        *kind += 1;
    }

    /// Adds what others counted.
    pub fn merge(&mut self, other: &Self) {
        self.files += other.files;
        self.members += other.members;
        self.bytes += other.bytes;
        self.signature += other.signature;
        self.container += other.container;
        self.extension += other.extension;
        self.text += other.text;
        self.unknown += other.unknown;
        self.warnings += other.warnings;
        self.unread += other.unread;
        self.folders_below += other.folders_below;
        self.links += other.links;
        self.special += other.special;
    }

    /// Says it in one line.
    #[must_use]
    pub fn summary(&self, seconds: f64) -> String {
        let mut text = count(self.files, "file");
        if self.members > 0 {
            text.push_str(&format!(" and {} of archives", count(self.members, "member")));
        }
        text.push_str(&format!(
            ", {}: {} by signature, {} by container, {} by extension, {} as text, {} unknown; {} with warnings",
            bytes(self.bytes),
            self.signature,
            self.container,
            self.extension,
            self.text,
            self.unknown,
            self.warnings
        ));
        for (number, what) in [
            (self.unread, "could not be read"),
            (self.folders_below, "folders passed over: add -r to go through them"),
            (self.links, "symbolic links not followed"),
            (self.special, "devices, pipes and sockets passed over"),
        ] {
            if number > 0 {
                text.push_str(&format!("; {number} {what}"));
            }
        }
        text.push_str(&format!("; {seconds:.2} s"));
        text
    }
}
