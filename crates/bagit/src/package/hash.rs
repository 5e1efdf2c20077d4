//! Listens to the hashing of members: keeps what is to be kept, puts down digests, tells the observer.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use digests::{Control, Digests, Watch};

use super::catalog::{Catalog, Place};
use super::observer::Observer;
use super::refusal::finding_in;
use crate::{BagitError, Member, MemberIndex, PathClass, TAG_FILE_BYTES_MAX, rules};

/// A member on its way through the hashers.
#[derive(Debug)]
pub(crate) struct Passing {
    pub index: MemberIndex,
    path: String,
    place: Place,
    is_kept: bool,
}

impl Passing {
    pub(crate) fn new(index: MemberIndex, member: &Member<'_>) -> Self {
        let is_kept = member.class.is_kept(member.path);
        Self { index, path: member.path.to_owned(), place: Place::of(member), is_kept }
    }

    pub(crate) fn member(&self) -> Member<'_> {
        Member {
            path: &self.path,
            size_bytes: self.place.size_bytes,
            offset_bytes: self.place.offset_bytes,
            modified_at: self.place.modified_at,
            class: PathClass::of(&self.path),
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }
}

/// The contents of one member on their way to the caller.
struct Keeping<'a> {
    writer: Box<dyn Write + Send + 'a>,
    rest_bytes: u64,
}

/// The listener.
pub(crate) struct Listener<'a> {
    package: &'a Path,
    observer: &'a dyn Observer,
    catalog: Mutex<Catalog>,
    keeping: Mutex<HashMap<MemberIndex, Keeping<'a>>>,
    failure: Mutex<Option<BagitError>>,
}

/// Takes a lock whoever died with it: nothing in this crate leaves what is locked half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Listener<'a> {
    pub(crate) fn new(package: &'a Path, observer: &'a dyn Observer, catalog: Catalog) -> Self {
        Self { package, observer, catalog: Mutex::new(catalog), keeping: Mutex::default(), failure: Mutex::default() }
    }

    /// Returns whether there is no point in going on.
    pub(crate) fn has_failed(&self) -> bool {
        locked(&self.failure).is_some()
    }

    /// Ends the listening and gives the catalog back.
    pub(crate) fn finish(self) -> Result<Catalog, BagitError> {
        match self.failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(self.catalog.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    pub(crate) fn catalog(&self) -> MutexGuard<'_, Catalog> {
        locked(&self.catalog)
    }

    pub(crate) fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    /// Puts down the digests of a member that need not be read.
    pub(crate) fn known(&self, passing: &Passing, digests: &Digests) -> Control {
        self.observer.progress(passing.place.size_bytes);
        self.put_down(passing, digests)
    }

    fn fail(&self, error: BagitError) -> Control {
        locked(&self.failure).get_or_insert(error);
        Control::Stop
    }

    fn put_down(&self, passing: &Passing, digests: &Digests) -> Control {
        locked(&self.catalog).members.set_digests(passing.index, digests);
        match self.observer.member(passing.index, &passing.member(), digests) {
            Control::Continue => Control::Continue,
            Control::Stop => self.fail(BagitError::Stopped),
        }
    }

    fn keep(&self, passing: &Passing, bytes: &[u8]) -> io::Result<()> {
        let already = locked(&self.keeping).remove(&passing.index);
        let mut keeping = match already {
            Some(keeping) => keeping,
            None => match self.observer.keep(&passing.path)? {
                Some(writer) => Keeping { writer, rest_bytes: bytes_kept(passing) },
                None => Keeping { writer: Box::new(io::sink()), rest_bytes: 0 },
            },
        };
        let taken = bytes.len().min(usize::try_from(keeping.rest_bytes).unwrap_or(usize::MAX));
        keeping.writer.write_all(&bytes[..taken])?;
        keeping.rest_bytes -= taken as u64;
        locked(&self.keeping).insert(passing.index, keeping);
        Ok(())
    }

    fn finish_keeping(&self, passing: &Passing) -> io::Result<()> {
        // An empty file has no block, and is to be kept too.
        self.keep(passing, &[])?;
        match locked(&self.keeping).remove(&passing.index) {
            Some(mut keeping) => keeping.writer.flush(),
            None => Ok(()),
        }
    }

    /// A member that cannot be read is a finding if it is at fault itself.
    fn unreadable(&self, passing: &Passing, error: io::Error) -> Control {
        let finding = match finding_in(error) {
            Ok(finding) => finding,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                rules::MEMBER_CHANGED.finding().seen("the package became shorter")
            }
            Err(source) => return self.fail(BagitError::Package { path: self.package.join(&passing.path), source }),
        };
        locked(&self.catalog).push(finding.at(&passing.path));
        Control::Continue
    }
}

/// Manifests are kept whole; of a tag file one byte more than is ever read, so that a reader sees that it is too long.
fn bytes_kept(passing: &Passing) -> u64 {
    match PathClass::of(&passing.path) {
        PathClass::Tag | PathClass::Declaration => TAG_FILE_BYTES_MAX + 1,
        _ => u64::MAX,
    }
}

impl Watch<Passing> for Listener<'_> {
    fn block(&self, passing: &Passing, offset_bytes: u64, bytes: &[u8]) -> Control {
        if passing.is_kept
            && let Err(source) = self.keep(passing, bytes)
        {
            return self.fail(BagitError::Keep { path: passing.path.clone(), source });
        }
        self.observer.block(passing.index, &passing.path, offset_bytes, bytes);
        self.observer.progress(bytes.len() as u64);
        match self.observer.go_on() {
            Control::Continue if self.has_failed() => Control::Stop,
            Control::Continue => Control::Continue,
            Control::Stop => self.fail(BagitError::Stopped),
        }
    }

    fn ended(&self, passing: Passing, result: io::Result<(Digests, u64)>) -> Control {
        let (digests, size_bytes) = match result {
            Ok(read) => read,
            Err(error) => return self.unreadable(&passing, error),
        };
        if size_bytes != passing.place.size_bytes {
            return self.unreadable(&passing, io::ErrorKind::UnexpectedEof.into());
        }
        if passing.is_kept
            && let Err(source) = self.finish_keeping(&passing)
        {
            return self.fail(BagitError::Keep { path: passing.path, source });
        }
        self.put_down(&passing, &digests)
    }
}
