//! Reads a package once: members, digests, tag files, and whatever an observer makes of the bytes.

use std::io::{self, Read};

use digests::{Algorithm, Algorithms, Job, hash_many};
use findings::Findings;

use super::catalog::{Catalog, Place};
use super::folder::FolderFile;
use super::hash::{Listener, Passing};
use super::limits::GatherOptions;
use super::observer::Observer;
use super::source::Section;
use super::zip::{ZipPlace, ZipReader};
use super::{Bytes, Package, stream};
use crate::{BagitError, Members, PathClass, Serialization, rules};

/// What one reading of a package gave.
#[derive(Debug)]
pub struct Gathered {
    /// The members with their digests, in the order of the package. One without digests could not be read to its end;
    /// a finding says why.
    pub members: Members,
    /// The one top folder of an archive, or the name of the folder.
    pub top_folder: Option<String>,
    /// How the bag was made one file; `None` for folders.
    pub serialization: Option<Serialization>,
    /// What is wrong with the package itself. The contents of the bag are not judged here.
    pub findings: Findings,
    /// Bytes that were read from the package since it was opened. After the first reading never more than it is long,
    /// but for what is read as a stream with manifests of rare algorithms, which are read twice.
    pub bytes_read: u64,
}

/// Reads a package and hashes its members. With random access only the algorithms of the manifests and those asked
/// for are computed, and every byte is read at most once; a stream, or a tar that is elsewhere, may have its manifests
/// last, and is hashed with [`Algorithms::COMMON`] and those asked for.
///
/// # Errors
/// A read fails, the observer's writer fails, or the observer asks to stop. A damaged package is no error: the
/// findings say what is wrong, and the members are those that could be read.
pub fn gather(package: &Package, options: &GatherOptions, observer: &dyn Observer) -> Result<Gathered, BagitError> {
    let (mut catalog, top_folder) = if package.is_read_by_member() {
        gather_places(package, options, observer)?
    } else {
        stream::gather(package, options, observer)?
    };
    if let Bytes::File(source) = &package.bytes
        && !source.is_unchanged().map_err(|source| package.error(source))?
    {
        catalog.push(rules::MEMBER_CHANGED.finding().message("the package changed while it was read"));
    }
    Ok(Gathered {
        members: catalog.members,
        top_folder,
        serialization: package.serialization(),
        findings: catalog.findings,
        bytes_read: package.bytes_read(),
    })
}

/// The algorithms of the manifests among some members, as far as we can compute them.
pub(super) struct Wanted {
    pub payload: Algorithms,
    pub tag_files: Algorithms,
}

impl Wanted {
    pub(super) fn by(members: &Members, asked: Algorithms) -> Self {
        let mut wanted = Self { payload: asked, tag_files: asked };
        for (_, member) in members.iter() {
            match member.class {
                PathClass::PayloadManifest(name) => wanted.payload = with(wanted.payload, name),
                PathClass::TagManifest(name) => wanted.tag_files = with(wanted.tag_files, name),
                _ => {}
            }
        }
        wanted.tag_files = wanted.tag_files.union(wanted.payload);
        wanted
    }
}

fn with(algorithms: Algorithms, name: &str) -> Algorithms {
    name.parse::<Algorithm>().map_or(algorithms, |algorithm| algorithms.with(algorithm))
}

fn gather_places(
    package: &Package,
    options: &GatherOptions,
    observer: &dyn Observer,
) -> Result<(Catalog, Option<String>), BagitError> {
    let (mut catalog, places) = package.list(&options.limits)?;
    let top_folder = package.finish_listing(&mut catalog);
    let wanted = Wanted::by(&catalog.members, options.algorithms);
    let listener = Listener::new(&package.path, observer, catalog);
    let reading = Reading { package, places: &places, listener: &listener };
    if wanted.tag_files == wanted.payload {
        // One call keeps the lanes of the hashers full to the end; in small bags that counts.
        hash_many(wanted.payload, reading.jobs(wanted.payload, |_| true), options.hashing, &listener);
    } else {
        hash_many(wanted.tag_files, reading.jobs(wanted.tag_files, is_tag_file), options.hashing, &listener);
        hash_many(wanted.payload, reading.jobs(wanted.payload, is_payload), options.hashing, &listener);
    }
    Ok((listener.finish()?, top_folder))
}

fn is_payload(class: PathClass<'_>) -> bool {
    class == PathClass::Payload
}

fn is_tag_file(class: PathClass<'_>) -> bool {
    class != PathClass::Payload
}

/// One reading of a package whose members can be read each by itself.
struct Reading<'a, 'b> {
    package: &'a Package,
    places: &'a [ZipPlace],
    listener: &'a Listener<'b>,
}

impl<'a> Reading<'a, '_> {
    /// Returns the members of some classes as jobs, save those whose digests the observer knows.
    fn jobs(
        &'a self,
        algorithms: Algorithms,
        is_wanted: fn(PathClass<'_>) -> bool,
    ) -> impl Iterator<Item = Job<Passing, MemberReader<'a>>> + Send {
        let indexes = self.listener.catalog().members.indexes();
        indexes.take_while(|_| !self.listener.has_failed()).filter_map(move |index| {
            let passing = {
                let catalog = self.listener.catalog();
                let member = catalog.members.get(index);
                is_wanted(member.class).then(|| Passing::new(index, &member))?
            };
            if self.is_known(&passing, algorithms) {
                return None;
            }
            let size_hint = passing.member().size_bytes;
            let reader = self.reader(&passing);
            Some(Job { key: passing, reader, size_hint })
        })
    }

    /// Kept members are read in any case: the caller needs their contents.
    fn is_known(&self, passing: &Passing, algorithms: Algorithms) -> bool {
        if passing.is_kept() {
            return false;
        }
        let Some(digests) = self.listener.observer().known(passing.index, &passing.member()) else { return false };
        if algorithms.iter().any(|algorithm| digests.get(algorithm).is_none()) {
            return false;
        }
        self.listener.known(passing, &digests);
        true
    }

    fn reader(&self, passing: &Passing) -> MemberReader<'a> {
        let member = passing.member();
        match (&self.package.bytes, self.places.get(passing.index.get())) {
            (Bytes::Folder(folder), _) => MemberReader::File(folder.reader(member.path, Place::of(&member))),
            (Bytes::File(source), Some(place)) => {
                MemberReader::Zip(Box::new(ZipReader::new(source, *place, member.size_bytes)))
            }
            (Bytes::File(source), None) => {
                MemberReader::Section(source.section(member.offset_bytes, member.size_bytes))
            }
        }
    }
}

/// Reads a member wherever it stands.
enum MemberReader<'a> {
    Section(Section<'a>),
    File(FolderFile<'a>),
    Zip(Box<ZipReader<'a>>),
}

impl Read for MemberReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            MemberReader::Section(reader) => reader.read(buffer),
            MemberReader::File(reader) => reader.read(buffer),
            MemberReader::Zip(reader) => reader.read(buffer),
        }
    }
}
