//! The inside of one container: which of the wanted entries it has, how they begin, how they end.

use super::kept::Kept;
use super::ole2::{Compound, Stream};
use super::wanted::is_alike;
use super::zip::{Archive, Member};
use super::{ContainerError, ContainerKind, ContainerLimits, Flaw, Wanted};
use crate::Source;

/// The inside of one container, opened for the paths that signatures ask for.
///
/// Only bytes that are needed are read: opening reads the directory, [`Inside::read`] the ends of one entry. The
/// memory is bounded by the wanted paths, one window of the source and [`ContainerLimits`], not by the container.
#[derive(Debug)]
pub struct Inside {
    entries: Vec<Entry>,
    flaw: Option<Flaw>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Zip(Box<Archive>),
    Ole2(Box<Compound>),
}

/// One entry that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path, as signatures spell it: parts separated by `/`, names of OLE2 streams without control characters.
    pub path: String,
    /// What the directory says about its size, which may be a lie.
    pub size_bytes: u64,
    pub(super) place: Place,
}

/// Where the bytes of an entry are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Folder,
    Member(Member),
    Stream(Stream),
}

/// An entry of the [`Inside`] that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryId(usize);

/// How much of an entry is asked for, from its begin and from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ends {
    /// Bytes from the begin on.
    pub head_bytes: usize,
    /// Bytes up to the end. A compressed entry has to be expanded wholly for them, so ask for none where none is used.
    pub tail_bytes: usize,
}

/// The ends of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InnerBytes {
    /// The first bytes, at most [`Ends::head_bytes`]; what could be read of them when there is a flaw.
    pub head: Vec<u8>,
    /// The last bytes, at most [`Ends::tail_bytes`]; none when the true end could not be reached.
    pub tail: Vec<u8>,
    /// The size: as it was found when the entry was read to its end, else as the directory says.
    pub size_bytes: u64,
    /// Whether `head` is the whole entry.
    pub whole: bool,
    /// Why the entry was cut, when it was.
    pub flaw: Option<Flaw>,
}

impl Inside {
    /// Opens a container. What is damaged is passed over as far as possible, and [`Inside::flaw`] tells of it.
    ///
    /// # Errors
    /// When the source fails, or when there is no directory to be read at all.
    pub fn open(
        kind: ContainerKind,
        source: &dyn Source,
        wanted: &Wanted,
        limits: &ContainerLimits,
    ) -> Result<Self, ContainerError> {
        let mut kept = Kept::new(wanted);
        let (form, flaw) = match kind {
            ContainerKind::Zip => {
                let (archive, flaw) = Archive::open(source, &mut kept, limits)?;
                (Form::Zip(Box::new(archive)), flaw)
            }
            ContainerKind::Ole2 => {
                let (compound, flaw) = Compound::open(source, &mut kept, limits)?;
                (Form::Ole2(Box::new(compound)), flaw)
            }
        };
        Ok(Self { entries: kept.finish(), flaw, form })
    }

    /// Returns the entry of a wanted path: the first that bears it to the letter, else the first in another case.
    ///
    /// MS-CFB §2.6.4 has names without regard to case, and some writers of ZIP archives change the case of names.
    /// Where a signature must match to the letter, as in DROID, use [`Inside::find_exactly`].
    #[must_use]
    pub fn find(&self, path: &str) -> Option<EntryId> {
        self.find_exactly(path)
            .or_else(|| self.entries.iter().position(|entry| is_alike(&entry.path, path)).map(EntryId))
    }

    /// Returns the first entry that bears a wanted path to the letter.
    #[must_use]
    pub fn find_exactly(&self, path: &str) -> Option<EntryId> {
        self.entries.iter().position(|entry| entry.path == path).map(EntryId)
    }

    /// Returns one entry.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(id.0)
    }

    /// Returns the wanted entries that there are, in the order of the directory.
    pub fn entries(&self) -> impl Iterator<Item = (EntryId, &Entry)> {
        self.entries.iter().enumerate().map(|(place, entry)| (EntryId(place), entry))
    }

    /// Returns why entries may be absent that were once there.
    #[must_use]
    pub fn flaw(&self) -> Option<Flaw> {
        self.flaw
    }

    /// Reads the ends of an entry. A folder has none and is whole.
    ///
    /// `source` and `limits` are those that the container was opened with; the bounds on all entries together count
    /// over all calls.
    ///
    /// # Errors
    /// When the source fails, or when nothing can be read of the entry. What is cut is no error: see
    /// [`InnerBytes::flaw`].
    pub fn read(
        &mut self,
        source: &dyn Source,
        id: EntryId,
        ends: Ends,
        limits: &ContainerLimits,
    ) -> Result<InnerBytes, ContainerError> {
        let Some(entry) = self.entries.get(id.0) else { return Ok(InnerBytes::default()) };
        match (&mut self.form, entry.place) {
            (Form::Zip(archive), Place::Member(member)) => archive.read(source, &member, ends, limits),
            (Form::Ole2(compound), Place::Stream(stream)) => compound.read(source, &stream, ends, limits),
            _ => Ok(InnerBytes { whole: true, ..InnerBytes::default() }),
        }
    }
}
