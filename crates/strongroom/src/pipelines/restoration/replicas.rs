//! The bytes of a file, from whichever replica is good: no byte that was not proven reaches a consumer.
//!
//! A file lies in several stores, and any of them may be away, cut short, or wrong in one bit near the end of a
//! terabyte. What comes out must be what the registry has the digest of, and the consumer of a stream cannot give bytes
//! back. So there are three ways, by the length of the file and by what the output can do:
//!
//! - **Up to [`WHOLE_BYTES_MAX`]** a file is read whole, hashed, and written only then. Most files are that small.
//! - **A longer one, into a file that nobody sees yet**, is written while it is hashed: one read. When the digest is
//!   wrong at the end, or a read fails half-way, the output is cut back to where the file began and the next replica is
//!   written there.
//! - **A longer one, onto a stream**, is proven first: one read takes the digest of the whole and of each stretch of
//!   [`WHOLE_BYTES_MAX`]. When the whole is right, so is each stretch's digest. Then each stretch is read again, into
//!   memory, held against its digest, and written. A replica that goes bad between the two reads is replaced by another
//!   from that stretch on. It costs a second read, mostly out of the page cache, and 5 bytes of memory a MiB.
//!
//! Considered and left: a spool on disk (it takes as much room as the largest file, which on a machine that restores
//! from buckets is what lacks), and writing first on streams too (a consumer would have to understand that what it got
//! is void). Bytes are read past the page cache where they are first proven, so that it is the disk that is asked.
//!
//! The replica that has had the fewest faults is asked first, then the order of the configuration decides. A restoration
//! is no audit: what it does not need it does not read.

use std::io::Write as _;
use std::rc::Rc;

use backends::storage::StoredFile;
use digests::{Digest, Hasher};
use model::{FileVersion, Replica as Held, StoreId};

use super::super::{Meter, Signal, StorePlaces};
use super::RestorationError;
use super::ahead::{Ahead, Asked, read_now};
use super::contents::sha256;
use super::faults::{Fault, Faults};
use super::output::Output;
use super::replica::{Known, Opened, Replica, Wrong, begun, ended, fill};
use super::stretch::Stretch;

/// Bytes that are held in memory at once: a whole file, or a stretch of a longer one.
pub const WHOLE_BYTES_MAX: u64 = 16 << 20;
/// Bytes that are read at once of a file that is not held whole.
const CHUNK_BYTES: usize = 1 << 20;

/// The replicas of an object, and what was wrong with them so far.
pub struct Replicas<'a> {
    stores: &'a StorePlaces,
    /// How the object is called in messages.
    object: String,
    replicas: Vec<Replica>,
    inventories: Vec<Rc<Known>>,
    buffer: Vec<u8>,
    ahead: Ahead,
    meter: &'a Meter,
    signal: &'a Signal,
    faults: Faults,
}

/// What keeps a file from being written: the replica is wrong, or the restoration cannot go on.
enum Broken {
    Replica(Wrong),
    Restoration(RestorationError),
}

impl From<Wrong> for Broken {
    fn from(wrong: Wrong) -> Self {
        Self::Replica(wrong)
    }
}

impl From<RestorationError> for Broken {
    fn from(error: RestorationError) -> Self {
        Self::Restoration(error)
    }
}

impl<'a> Replicas<'a> {
    /// Takes the replicas that the registry knows of; none is opened before it is needed.
    pub fn new(object: String, held: &[Held], stores: &'a StorePlaces, meter: &'a Meter, signal: &'a Signal) -> Self {
        let mut replicas: Vec<Replica> = Vec::new();
        for held in held {
            // Later versions follow earlier ones; the folder of an object in a store is the same for all.
            match replicas.iter_mut().find(|replica| replica.store == held.store) {
                Some(known) => known.version = known.version.max(held.version),
                None => replicas.push(Replica {
                    store: held.store.clone(),
                    object_path: held.object_path.clone(),
                    version: held.version,
                    faults: 0,
                    files: 0,
                    bytes: 0,
                    opened: Opened::NotYet,
                }),
            }
        }
        let place = |store: &StoreId| stores.0.iter().position(|(known, _)| known == store).unwrap_or(usize::MAX);
        // What is read at once is asked first, whatever faults it had.
        let is_cold = |store: &StoreId| stores.class_of(store).is_frozen();
        replicas.sort_by_key(|replica| (is_cold(&replica.store), place(&replica.store)));
        let (inventories, buffer, ahead) = (Vec::new(), Vec::new(), Ahead::default());
        Self { stores, object, replicas, inventories, buffer, ahead, meter, signal, faults: Faults::default() }
    }

    /// Ends the reading; returns the replicas, with what each gave, and all faults.
    pub fn end(self) -> (Vec<Replica>, Faults) {
        (self.replicas, self.faults)
    }

    /// Returns a file whose length the caller has bounded.
    ///
    /// # Errors
    /// No replica is good.
    pub fn whole(&mut self, file: &FileVersion) -> Result<Vec<u8>, RestorationError> {
        let digest = sha256(file)?;
        let (bytes, index) = self.try_each(file, |replicas, index| Ok(replicas.whole_from(index, file, digest)?))?;
        self.serves(index, file);
        Ok(bytes)
    }

    /// Hands over files one after the other, each to be given at once, and has the disk read ahead of them.
    ///
    /// # Errors
    /// Those of the function.
    pub fn give_all(
        &mut self,
        files: &[FileVersion],
        mut give: impl FnMut(&mut Self, &FileVersion) -> Result<(), RestorationError>,
    ) -> Result<(), RestorationError> {
        // What is wrong with those that cannot be opened is told when the first file is not found in them.
        let first = files.first().map(|file| self.order(file.version)).unwrap_or_default();
        for index in first {
            if self.open(index).is_ok() {
                break;
            }
        }
        for (place, file) in files.iter().enumerate() {
            for coming in &files[place + self.ahead.len()..] {
                if self.ahead.len() > 0 && !self.ahead.has_room() {
                    break;
                }
                let asked = self.ask(coming);
                self.ahead.push(asked);
            }
            self.ahead.turn();
            give(self, file)?;
        }
        Ok(())
    }

    /// Opens a small file where it will be read if all is well.
    fn ask(&mut self, file: &FileVersion) -> Option<Asked> {
        let is_open = |index: &usize| matches!(self.replicas[*index].opened, Opened::Open { .. });
        let index = self.order(file.version).into_iter().find(is_open)?;
        if file.size_bytes > WHOLE_BYTES_MAX {
            return None;
        }
        let (reader, place) = self.replicas[index].open_back(sha256(file).ok()?, file.size_bytes).ok()?;
        Some(Asked { index, reader, place })
    }

    /// Writes a file to an output.
    ///
    /// # Errors
    /// No replica is good, or the output cannot be written. What then lies in a hidden output is void; a stream has had
    /// none but right bytes.
    pub fn give(&mut self, file: &FileVersion, output: &mut Output) -> Result<(), RestorationError> {
        self.check_signal()?;
        if file.size_bytes <= WHOLE_BYTES_MAX {
            let bytes = self.whole(file)?;
            output.write_all(&bytes).map_err(writing)?;
            self.meter.add_bytes(file.size_bytes);
        } else if output.can_take_back() {
            self.write_then_prove(file, output)?;
        } else {
            self.prove_then_write(file, output)?;
        }
        self.meter.add_files(1);
        Ok(())
    }

    /// Tries one replica after the other; returns the one that did as well.
    fn try_each<T>(
        &mut self,
        file: &FileVersion,
        mut attempt: impl FnMut(&mut Self, usize) -> Result<T, Broken>,
    ) -> Result<(T, usize), RestorationError> {
        let mut tried = Vec::new();
        for index in self.order(file.version) {
            let opened = self.open(index).map_err(Broken::from);
            match opened.and_then(|()| attempt(self, index)) {
                Ok(done) => return Ok((done, index)),
                Err(Broken::Replica(wrong)) => tried.push(self.note(index, file, wrong)),
                Err(Broken::Restoration(error)) => return Err(error),
            }
        }
        Err(RestorationError::NoGoodReplica { file: format!("{}/{}", self.object, file.path), faults: tried })
    }

    fn serves(&mut self, index: usize, file: &FileVersion) {
        self.replicas[index].files += 1;
        self.replicas[index].bytes += file.size_bytes;
    }

    /// Returns the replicas that hold a version's bytes, the most trusted first.
    fn order(&self, version: u32) -> Vec<usize> {
        let holds = |index: &usize| self.replicas[*index].version >= version;
        let mut order: Vec<_> = (0..self.replicas.len()).filter(holds).collect();
        order.sort_by_key(|index| {
            let replica = &self.replicas[*index];
            (self.stores.class_of(&replica.store).is_frozen(), replica.faults)
        });
        order
    }

    fn open(&mut self, index: usize) -> Result<(), Wrong> {
        let replica = &mut self.replicas[index];
        match &replica.opened {
            Opened::Open { .. } => return Ok(()),
            Opened::Unusable(wrong) => return Err(wrong.clone()),
            Opened::NotYet => {}
        }
        match replica.open(self.stores, &self.inventories) {
            Ok((reader, inventory)) => {
                self.inventories.push(inventory.clone());
                replica.opened = Opened::Open { reader, inventory };
                Ok(())
            }
            Err(wrong) => {
                replica.opened = Opened::Unusable(wrong.clone());
                Err(wrong)
            }
        }
    }

    fn note(&mut self, index: usize, file: &FileVersion, wrong: Wrong) -> Fault {
        let replica = &mut self.replicas[index];
        replica.faults += 1;
        let is_whole = matches!(replica.opened, Opened::Unusable(_));
        let fault = Fault {
            store: replica.store.clone(),
            path: (!is_whole).then(|| file.path.clone()),
            place: wrong.place,
            what: wrong.what,
            is_away: wrong.is_away,
            is_frozen: wrong.is_frozen,
        };
        // That a replica is of no use at all was told when it was opened, and holds for each of its files.
        if !is_whole || replica.faults == 1 {
            self.faults.push(fault.clone());
        }
        fault
    }

    fn check_signal(&self) -> Result<(), RestorationError> {
        if self.signal.is_raised() { Err(RestorationError::Interrupted) } else { Ok(()) }
    }

    fn whole_from(&mut self, index: usize, file: &FileVersion, digest: Digest) -> Result<Vec<u8>, Wrong> {
        let read = match self.ahead.take(index) {
            Some(read) => read,
            None => {
                let (reader, place) = self.replicas[index].open_back(digest, file.size_bytes)?;
                read_now(Asked { index, reader, place })
            }
        };
        let place = read.place;
        let bytes = read.bytes.map_err(|error| Wrong::unreadable(&place, &error))?;
        match read.digest {
            Some(seen) if seen == digest => Ok(bytes),
            Some(seen) => Err(Wrong::other_bytes(&place, seen, digest)),
            None => Err(Wrong::at(&place, format!("{place} was not hashed"))),
        }
    }

    fn write_then_prove(&mut self, file: &FileVersion, output: &mut Output) -> Result<(), RestorationError> {
        let digest = sha256(file)?;
        let (mark, meter) = (output.mark().map_err(writing)?, self.meter);
        let ((), index) = self.try_each(file, |replicas, index| {
            output.take_back(&mark).map_err(writing)?;
            let (seen, place) = replicas.read(index, file, digest, |bytes| {
                meter.add_bytes(bytes.len() as u64);
                output.write_all(bytes).map_err(writing)
            })?;
            if seen == digest { Ok(()) } else { Err(Wrong::other_bytes(&place, seen, digest).into()) }
        })?;
        output.keep();
        self.serves(index, file);
        Ok(())
    }

    fn prove_then_write(&mut self, file: &FileVersion, output: &mut Output) -> Result<(), RestorationError> {
        let digest = sha256(file)?;
        let (stretches, index) = self.try_each(file, |replicas, index| replicas.prove(index, file, digest))?;
        self.serves(index, file);
        let mut open: Option<(usize, StoredFile, String)> = None;
        for (number, right) in stretches.iter().enumerate() {
            self.check_signal()?;
            let offset_bytes = number as u64 * WHOLE_BYTES_MAX;
            let length_bytes = WHOLE_BYTES_MAX.min(file.size_bytes - offset_bytes);
            let stretch = Stretch { offset_bytes, length_bytes, digest: *right };
            let bytes = self.stretch(file, digest, &stretch, &mut open)?;
            output.write_all(&bytes).map_err(writing)?;
            self.buffer = bytes;
            self.meter.add_bytes(length_bytes);
        }
        Ok(())
    }

    /// Reads a file once: returns the digests of its stretches when the whole has the right one.
    fn prove(&mut self, index: usize, file: &FileVersion, digest: Digest) -> Result<Vec<Digest>, Broken> {
        let mut stretches = Vec::new();
        let (mut hasher, mut hashed_bytes): (Hasher, u64) = (begun(), 0);
        let (seen, place) = self.read(index, file, digest, |mut bytes| {
            while !bytes.is_empty() {
                let room = usize::try_from(WHOLE_BYTES_MAX - hashed_bytes).unwrap_or(usize::MAX).min(bytes.len());
                hasher.update(&bytes[..room]);
                (bytes, hashed_bytes) = (&bytes[room..], hashed_bytes + room as u64);
                if hashed_bytes == WHOLE_BYTES_MAX {
                    stretches.push(ended(std::mem::replace(&mut hasher, begun())));
                    hashed_bytes = 0;
                }
            }
            Ok(())
        })?;
        if hashed_bytes > 0 {
            stretches.push(ended(hasher));
        }
        if seen == digest { Ok(stretches) } else { Err(Wrong::other_bytes(&place, seen, digest).into()) }
    }

    /// Returns one proven stretch: from the replica that is open, else from any that has it.
    fn stretch(
        &mut self,
        file: &FileVersion,
        digest: Digest,
        stretch: &Stretch,
        open: &mut Option<(usize, StoredFile, String)>,
    ) -> Result<Vec<u8>, RestorationError> {
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.resize(usize::try_from(stretch.length_bytes).unwrap_or(0), 0);
        if let Some((index, mut handle, place)) = open.take() {
            match stretch.read(&mut handle, &place, &mut bytes) {
                Ok(()) => {
                    *open = Some((index, handle, place));
                    return Ok(bytes);
                }
                Err(wrong) => drop(self.note(index, file, wrong)),
            }
        }
        let buffer = &mut bytes;
        let (opened, _) = self.try_each(file, |replicas, index| {
            let (mut handle, place) = replicas.replicas[index].open_again(digest)?;
            stretch.read(&mut handle, &place, buffer)?;
            Ok((index, handle, place))
        })?;
        *open = Some(opened);
        Ok(bytes)
    }

    /// Reads a file through, chunk by chunk; returns the digest of what was seen, and where it lies.
    fn read(
        &mut self,
        index: usize,
        file: &FileVersion,
        digest: Digest,
        mut take: impl FnMut(&[u8]) -> Result<(), RestorationError>,
    ) -> Result<(Digest, String), Broken> {
        let (mut reader, place) = self.replicas[index].open_back(digest, file.size_bytes)?;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(CHUNK_BYTES, 0);
        let mut hasher = begun();
        let mut left_bytes = file.size_bytes;
        while left_bytes > 0 {
            self.check_signal()?;
            let wanted = usize::try_from(left_bytes).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            let got = fill(&mut reader, &mut buffer[..wanted]).map_err(|error| Wrong::unreadable(&place, &error))?;
            if got < wanted {
                return Err(Wrong::at(&place, format!("{place} ended before its length")).into());
            }
            hasher.update(&buffer[..got]);
            take(&buffer[..got])?;
            left_bytes -= got as u64;
        }
        self.buffer = buffer;
        Ok((ended(hasher), place))
    }
}

fn writing(source: std::io::Error) -> RestorationError {
    RestorationError::Output(source)
}
