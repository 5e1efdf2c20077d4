//! Small files opened before they are wanted, so that a disk has many reads to do at once.

use std::collections::VecDeque;

use backends::storage::ReadBack;

/// Files that are open ahead of the one that is given.
pub const FILES_AHEAD: usize = 32;

/// A file of one replica, opened; the disk was asked for its bytes.
pub struct Asked {
    /// Which replica.
    pub index: usize,
    /// Its bytes.
    pub reader: ReadBack,
    /// Where they lie.
    pub place: String,
}

/// The files that come next, in their order. `None` stands for one that is not worth it or could not be opened: then
/// what is wrong is found out when its turn comes.
#[derive(Default)]
pub struct Ahead {
    coming: VecDeque<Option<Asked>>,
    present: Option<Asked>,
}

impl Ahead {
    /// Returns how many of the files that come next were dealt with.
    pub fn len(&self) -> usize {
        self.coming.len()
    }

    /// Adds the one that comes after those.
    pub fn push(&mut self, asked: Option<Asked>) {
        self.coming.push_back(asked);
    }

    /// The next file has its turn.
    pub fn turn(&mut self) {
        self.present = self.coming.pop_front().flatten();
    }

    /// Returns the file whose turn it is, if it was opened in this replica.
    pub fn take(&mut self, index: usize) -> Option<(ReadBack, String)> {
        let asked = self.present.take_if(|asked| asked.index == index)?;
        Some((asked.reader, asked.place))
    }
}
