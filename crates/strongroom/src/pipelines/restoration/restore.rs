//! One restoration from its request to its report.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bagit::PathClass;
use digests::Digest;
use jiff::Timestamp;
use model::FileVersion;

use super::super::RestoreObject;
use super::RestorationError;
use super::contents::Contents;
use super::events::Telling;
use super::faults::Faults;
use super::in_bucket;
use super::output::{Output, Written};
use super::publish::{Existing, Hidden, read_back};
use super::replicas::Replicas;
use super::request::{Doors, Outcome, Request, Target};
use super::restored::{Given, Restored};
use super::resumed::{self, Proven};
use super::tag_files::{Composer, TagFiles};
use super::tar_stream::TarStream;
use super::unpacked::Unpacked;

/// Gives back an object or a file of it. Call on a thread that may block, within a runtime.
///
/// Takes rows of the registry and whatever replicas are good. Leaves the whole result in its place or nothing, and
/// events in the registry. Safe to repeat because a result takes its name only when it is whole.
pub fn restore(doors: &Doors, mut request: Request) -> Outcome {
    let target = std::mem::replace(&mut request.target, Target::Nowhere);
    let (database, signal) = (&doors.database, &doors.signal);
    let contents = Contents { database, object: &request.object, version: request.version, signal };
    let telling = Telling { contents: &contents, clock: &doors.clock, agent: &doors.agent };
    let mut faults = Faults::default();
    let restoration = Restoration { doors, request: &request, contents: &contents, telling: &telling };
    let result = restoration.run(target, &mut faults);
    let noted = contents.ask(doors.database.add_events(&telling.fixity_checks(&faults)));
    let noted = noted.and_then(|()| queue_doubted(doors, &contents, &faults));
    Outcome {
        // The first thing that went wrong is the one to tell.
        result: result.and_then(|restored| noted.map(|()| restored)),
        damage: faults.told().to_vec(),
        damage_count: faults.count(),
    }
}

/// Has the replicas that gave wrong bytes checked next, whenever their turn would be: that repairs them.
fn queue_doubted(doors: &Doors, contents: &Contents<'_>, faults: &Faults) -> Result<(), RestorationError> {
    let doubted = faults.told().iter().filter(|fault| !fault.is_away);
    let stores: BTreeSet<_> = doubted.map(|fault| &fault.store).collect();
    let now = doors.clock.now();
    stores.into_iter().try_for_each(|store| contents.ask(doors.database.queue_replica(contents.object.id, store, now)))
}

struct Restoration<'a> {
    doors: &'a Doors,
    request: &'a Request,
    contents: &'a Contents<'a>,
    telling: &'a Telling<'a>,
}

impl Restoration<'_> {
    fn run(&self, target: Target, faults: &mut Faults) -> Result<Restored, RestorationError> {
        let is_rehearsal = matches!(target, Target::Nowhere);
        let mut restored = self.report(&target);
        if let Some(earlier) = self.already_there(&target, &restored)? {
            return Ok(earlier);
        }
        let (target, unknown) = match self.in_bucket(target, &restored)? {
            InBucket::Known(earlier) => return Ok(*earlier),
            InBucket::Free(target) => (target, None),
            // It may be what a restoration has left that was killed before it could note it: it is made again, and compared.
            InBucket::Unknown(object, digest, made_at) => {
                let nowhere = File::options().write(true).open("/dev/null").map_err(RestorationError::Output)?;
                (Target::Stream(nowhere), Some((object, digest, made_at)))
            }
        };
        let begun_at = unknown.as_ref().and_then(|(.., made_at)| *made_at);
        let held = self.contents.ask(self.doors.database.replicas(self.request.object.id))?;
        let name = self.request.object.identifier.to_string();
        let doors = self.doors;
        let mut replicas = Replicas::new(name, &held, &doors.stores, &doors.meter, &doors.signal);
        let given = match &self.request.file {
            Some(file) => self.file(file, target, &mut replicas, &mut restored),
            None => self.bag(target, begun_at, &mut replicas, &mut restored),
        };
        let (used, seen) = replicas.end();
        *faults = seen;
        let digest = given?;
        if let Some((object, seen, _)) = unknown.filter(|(_, seen, _)| Some(*seen) != digest) {
            tracing::debug!(%seen, place = object.url(), "something else is there");
            return Err(RestorationError::TargetExists(PathBuf::from(object.url())));
        }
        restored.sha256 = digest.map(|digest| digest.to_hex());
        let used = used.into_iter().filter(|replica| replica.files > 0);
        restored.replicas =
            used.map(|used| Given { store: used.store, files: used.files, size_bytes: used.bytes }).collect();
        if is_rehearsal {
            restored.outcome = "rehearsed";
            return Ok(restored);
        }
        let event = self.telling.dissemination(&restored);
        restored.event = Some(event.id);
        self.contents.ask(self.doors.database.add_events(&[event]))?;
        Ok(restored)
    }

    fn report(&self, target: &Target) -> Restored {
        let form = match (&self.request.file, target) {
            (Some(_), _) => "file",
            (None, Target::Folder(_)) => FOLDER,
            (None, _) => "bag in a tar",
        };
        let target = match target {
            Target::File(path) | Target::Folder(path) => path.display().to_string(),
            Target::Object(object) => object.url(),
            Target::Stream(_) => "a stream".to_owned(),
            Target::Nowhere => "nowhere".to_owned(),
        };
        let mut restored = Restored::new(&self.request.object, self.request.version, form, target);
        restored.file = self.request.file.as_ref().map(|file| file.path.clone());
        restored
    }

    /// Recognises a result that lies there already; refuses anything else of that name.
    fn already_there(&self, target: &Target, restored: &Restored) -> Result<Option<Restored>, RestorationError> {
        let (Target::File(path) | Target::Folder(path)) = target else { return Ok(None) };
        let Ok(there) = fs::symlink_metadata(path) else { return Ok(None) };
        let exists = || RestorationError::TargetExists(path.clone());
        match (target, self.request.existing) {
            (Target::File(_), Existing::Replace) if there.is_file() => return Ok(None),
            (Target::File(_), Existing::Keep) if there.is_file() => {}
            _ => return Err(exists()),
        }
        let digest = read_back(path).map_err(RestorationError::writing(path))?;
        let earlier = self.telling.earlier(restored.file.as_deref(), digest)?.ok_or_else(exists)?;
        let mut restored = restored.clone();
        (restored.outcome, restored.event) = ("already there", Some(earlier));
        (restored.size_bytes, restored.sha256) = (there.len(), Some(digest.to_hex()));
        Ok(Some(restored))
    }

    /// Looks what is under the key of an object of a bucket; recognises it as [`Self::already_there`] does a file.
    fn in_bucket(&self, target: Target, restored: &Restored) -> Result<InBucket, RestorationError> {
        let Target::Object(object) = target else { return Ok(InBucket::Free(target)) };
        let Some(head) = in_bucket::there(&object)?.filter(|_| self.request.existing == Existing::Keep) else {
            return Ok(InBucket::Free(Target::Object(object)));
        };
        let digest = in_bucket::read_back(&object, &head, &self.doors.signal)?;
        let Some(earlier) = self.telling.earlier(restored.file.as_deref(), digest)? else {
            let made_at = in_bucket::made_at(&object, &head)?;
            return Ok(InBucket::Unknown(object, digest, made_at));
        };
        let mut restored = restored.clone();
        (restored.outcome, restored.event) = ("already there", Some(earlier));
        (restored.size_bytes, restored.sha256) = (head.size_bytes, Some(digest.to_hex()));
        Ok(InBucket::Known(Box::new(restored)))
    }

    /// Gives one file; returns the digest of what was written, if anything was.
    fn file(
        &self,
        file: &FileVersion,
        target: Target,
        replicas: &mut Replicas<'_>,
        restored: &mut Restored,
    ) -> Result<Option<Digest>, RestorationError> {
        (restored.files, restored.size_bytes) = (1, file.size_bytes);
        if PathClass::of(&file.path) == PathClass::Payload {
            (restored.payload_files, restored.payload_bytes) = (1, file.size_bytes);
        }
        self.doors.meter.expect(1, file.size_bytes);
        self.write(target, file.size_bytes, file.modified_at, |output| replicas.give(file, output))
    }

    /// Gives all files as a bag, with the time of one that is to be made again; returns the digest of the tar, if one was written.
    fn bag(
        &self,
        target: Target,
        begun_at: Option<i64>,
        replicas: &mut Replicas<'_>,
        restored: &mut Restored,
    ) -> Result<Option<Digest>, RestorationError> {
        let hidden = match &target {
            Target::File(path) => Some(Hidden::file(path)?),
            _ => None,
        };
        match hidden {
            Some(hidden) => self.tar(hidden, replicas, restored),
            None => self.composed(begun_at, replicas, restored).and_then(|mut bag| match target {
                Target::Folder(path) => self.folder(&path, &mut bag, replicas, restored).map(|()| None),
                target => self.write(target, restored.size_bytes, bag.made_at, |output| {
                    bag.tar.write(self.contents, &mut bag.tag_files, replicas, output, &Proven::nothing())
                }),
            }),
        }
    }

    /// Composes what makes the files a bag. With the time of one that was begun, it comes out as that did.
    fn composed(
        &self,
        begun_at: Option<i64>,
        replicas: &mut Replicas<'_>,
        restored: &mut Restored,
    ) -> Result<Bag, RestorationError> {
        let now = self.doors.clock.now();
        let begun = begun_at.and_then(|seconds| Timestamp::from_second(seconds).ok()).filter(|begun| *begun <= now);
        let made_at = begun.unwrap_or(now);
        let date = made_at.strftime("%Y-%m-%d").to_string();
        let composer = Composer {
            begun_at: begun.map(Timestamp::as_second),
            contents: self.contents,
            staging: &self.doors.staging,
            signatures: self.doors.signatures,
            date: &date,
            agent: &self.doors.agent,
        };
        let made_at = made_at.as_second();
        let mut tar = TarStream::new(self.request.object.identifier.name.as_str(), made_at);
        let (mut files, mut bytes) = (0, 0);
        let tag_files = composer.compose(replicas, |file| {
            tar.add(file);
            (files, bytes) = (files + 1, bytes + file.size_bytes);
        })?;
        self.doors.meter.expect(files, bytes);
        restored.files = files;
        (restored.payload_files, restored.payload_bytes) = (tag_files.payload_files, tag_files.payload_bytes);
        restored.algorithms = tag_files.algorithms.iter().map(digests::Algorithm::name).collect();
        restored.size_bytes = tar.size_bytes(&tag_files);
        Ok(Bag { tar, tag_files, made_at, content_bytes: bytes })
    }

    /// Writes a tar, after what a killed restoration has left of it and is right.
    fn tar(
        &self,
        hidden: Hidden,
        replicas: &mut Replicas<'_>,
        restored: &mut Restored,
    ) -> Result<Option<Digest>, RestorationError> {
        let prepared = (|| {
            let file = hidden.handle()?;
            let mut bag = self.composed(resumed::made_at(&file), replicas, restored)?;
            let there = resumed::proven(&bag.tar, self.contents, &mut bag.tag_files, &file)?;
            hidden.cut(there.bytes, restored.size_bytes)?;
            Ok((bag, there))
        })();
        let (mut bag, there) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Err(hidden.given_up(error)),
        };
        restored.resumed_files = there.files;
        self.doors.meter.add_files(there.files);
        self.doors.meter.add_bytes(there.content_bytes);
        self.write_hidden(hidden, &there, (restored.size_bytes, bag.made_at), |output| {
            bag.tar.write(self.contents, &mut bag.tag_files, replicas, output, &there)
        })
    }

    /// Writes a folder, but for the files that a killed restoration has left in it and are right.
    fn folder(
        &self,
        target: &Path,
        bag: &mut Bag,
        replicas: &mut Replicas<'_>,
        restored: &mut Restored,
    ) -> Result<(), RestorationError> {
        let documents: u64 = bag.tag_files.documents.iter().map(|document| document.size_bytes).sum();
        restored.size_bytes = bag.content_bytes + documents;
        let hidden = Hidden::folder(target, restored.size_bytes)?;
        match self.write_folder(&hidden, &mut bag.tag_files, replicas) {
            Ok(resumed_files) => restored.resumed_files = resumed_files,
            Err(error) => return Err(hidden.given_up(error)),
        }
        hidden.publish(Existing::Keep)
    }

    /// Writes all files of the bag and proves them; returns how many were there already.
    fn write_folder(
        &self,
        hidden: &Hidden,
        tag_files: &mut TagFiles,
        replicas: &mut Replicas<'_>,
    ) -> Result<u64, RestorationError> {
        let is_resumed = hidden.has_something()?;
        let mut unpacked = Unpacked::new(self.contents, hidden.path());
        let written = unpacked.write(tag_files, replicas);
        // What was left of another version or bag may stand in the way, or beside.
        let is_in_the_way = match &written {
            Err(RestorationError::Write { .. }) => true,
            Err(_) => false,
            Ok(()) => is_resumed && !unpacked.has_only(tag_files)?,
        };
        if is_resumed && is_in_the_way {
            hidden.empty()?;
            unpacked = Unpacked::new(self.contents, hidden.path());
            unpacked.write(tag_files, replicas)?;
        } else {
            written?;
        }
        self.doors.meter.add_files(unpacked.there_files);
        self.doors.meter.add_bytes(unpacked.there_bytes);
        hidden.make_durable()?;
        unpacked.prove(tag_files)?;
        Ok(unpacked.there_files)
    }

    /// Writes to a file or a stream what has a length that is known.
    fn write(
        &self,
        target: Target,
        size_bytes: u64,
        modified_at: i64,
        give: impl FnOnce(&mut Output) -> Result<(), RestorationError>,
    ) -> Result<Option<Digest>, RestorationError> {
        match target {
            Target::Nowhere | Target::Folder(_) => Ok(None),
            Target::Stream(file) => {
                let mut output = Output::stream(file).map_err(RestorationError::Output)?;
                give(&mut output)?;
                Ok(ended(output, size_bytes)?.digest)
            }
            Target::Object(object) => {
                in_bucket::write(&object, size_bytes, self.request.existing, &self.doors.signal, give)
            }
            Target::File(path) => {
                let hidden = Hidden::file(&path)?;
                hidden.cut(0, size_bytes)?;
                self.write_hidden(hidden, &Proven::nothing(), (size_bytes, modified_at), give)
            }
        }
    }

    /// Writes to a file that nobody sees yet, after what is there of it already, and publishes it.
    fn write_hidden(
        &self,
        hidden: Hidden,
        there: &Proven,
        (size_bytes, modified_at): (u64, i64),
        give: impl FnOnce(&mut Output) -> Result<(), RestorationError>,
    ) -> Result<Option<Digest>, RestorationError> {
        let given = (|| {
            let file = hidden.handle()?;
            let mut output = Output::hidden(file, there).map_err(RestorationError::Output)?;
            give(&mut output)?;
            ended(output, size_bytes)
        })();
        match given {
            Ok(written) => {
                let digest = written.digest;
                hidden.publish_file(written, modified_at, self.request.existing)?;
                Ok(digest)
            }
            Err(RestorationError::Output(source)) => {
                let path = hidden.target().to_owned();
                Err(hidden.given_up(RestorationError::Write { path, source }))
            }
            Err(error) => Err(hidden.given_up(error)),
        }
    }
}

/// Ends an output that must have so many bytes.
pub(super) fn ended(output: Output, size_bytes: u64) -> Result<Written, RestorationError> {
    let written_bytes = output.written_bytes();
    if written_bytes != size_bytes {
        return Err(RestorationError::Length { announced_bytes: size_bytes, written_bytes });
    }
    output.end().map_err(RestorationError::Output)
}

/// What is under the key that a result is to have.
enum InBucket {
    /// Nothing, or what is to be replaced; or the result goes to no bucket.
    Free(Target),
    /// The result of an earlier restoration.
    Known(Box<Restored>),
    /// Something that no event knows: its sha256, and when it was made if it is a tar.
    Unknown(RestoreObject, Digest, Option<i64>),
}

/// A bag that is composed.
struct Bag {
    tar: TarStream,
    tag_files: TagFiles,
    /// When it was begun, in Unix seconds.
    made_at: i64,
    /// Bytes of the files that are given as they were deposited.
    content_bytes: u64,
}

const FOLDER: &str = "bag in a folder";
