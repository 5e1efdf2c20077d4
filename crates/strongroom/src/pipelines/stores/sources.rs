//! The replicas that an object is copied from: each byte is digested on its way, and another takes over from a bad one.

use std::io::{self, Read, Write};
use std::sync::{Mutex, PoisonError};

use backends::storage::{ObjectReader, StorageError};
use digests::Digest;
use model::{HeldReplica, StepError, StoreId};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::context::storage;
use super::super::hashing::Hashing;
use super::super::{Context, Meter, Signal};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 << 10;

/// Writes the bytes of one replica, from the file's beginning on.
pub type Fill<'a> = dyn FnMut(&mut dyn Write) -> io::Result<()> + 'a;
/// Opens the target anew and has it filled; called once for each replica that is tried.
pub type WriteAnew<'a> = dyn FnMut(&mut Fill<'_>) -> Result<(), StorageError> + 'a;

/// A replica that was asked for a file and did not give it as the registry knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its store.
    pub store: StoreId,
    /// The file, below the object's folder.
    pub path: String,
    /// What was seen.
    pub seen: String,
}

/// The replicas of an object that were whole when it was last looked.
pub struct Sources<'a> {
    replicas: Vec<(StoreId, ObjectReader)>,
    doubts: Mutex<Vec<Doubt>>,
    meter: &'a Meter,
    signal: &'a Signal,
}

/// Why a file was not copied.
#[derive(Debug)]
pub enum NotCopied {
    /// No replica gave it; the doubts say why.
    NoSource,
    /// Where it should go cannot be written, or the work is to stop.
    Target(StepError),
}

impl<'a> Sources<'a> {
    /// Opens the replicas that are there; the first is asked first.
    pub fn open(context: &Context, replicas: &[HeldReplica], meter: &'a Meter, signal: &'a Signal) -> Self {
        let mut doubts = Vec::new();
        let mut open = Vec::new();
        for replica in replicas {
            let doubt = |seen: String| Doubt { store: replica.store.clone(), path: String::new(), seen };
            let object =
                context.stores.open(&replica.store).and_then(|store| match store.object(&replica.object_path) {
                    Err(error) if error.is_of_absent_store() => Err(storage(error)),
                    other => Ok(other),
                });
            match object {
                Ok(Ok(Some(object))) => open.push((replica.store.clone(), object)),
                Ok(Ok(None)) => doubts.push(doubt("the object is not there".to_owned())),
                Ok(Err(error)) => doubts.push(doubt(error.to_string())),
                // Nobody knows what a store holds that is away.
                Err(error) => {
                    tracing::warn!(store.id = replica.store.0, %error, "a store is away: another is copied from")
                }
            }
        }
        Self { replicas: open, doubts: Mutex::new(doubts), meter, signal }
    }

    /// Reads the newest inventory from the first replica that has it as the registry knows it.
    ///
    /// # Errors
    /// The work is to stop.
    pub fn inventory(&self, expected: Digest) -> Result<Option<Inventory>, StepError> {
        for (store, object) in &self.replicas {
            self.signal.check()?;
            let read = || -> Result<Inventory, String> {
                let file = object.open_back(INVENTORY_FILE).map_err(|error| error.to_string())?;
                let mut reader = Hashing::new(file);
                let inventory = Inventory::read(&mut reader).map_err(|error| error.to_string())?;
                match reader.finish().map_err(|error| error.to_string())? {
                    Some(seen) if seen == expected => Ok(inventory),
                    seen => Err(format!("sha256 {}", seen.map(|seen| seen.to_hex()).unwrap_or_default())),
                }
            };
            match read() {
                Ok(inventory) => return Ok(Some(inventory)),
                Err(seen) => self.doubt(store, INVENTORY_FILE, seen),
            }
        }
        Ok(None)
    }

    /// Returns the length of a file as the first replica that has it tells; for skipping what is copied already.
    #[must_use]
    pub fn length(&self, path: &str) -> Option<u64> {
        self.replicas.iter().find_map(|(_, object)| object.size_of(path).ok().flatten())
    }

    /// Copies a file. `write` is called anew for each replica that is tried, and begins at the file's beginning.
    ///
    /// # Errors
    /// No replica has the right bytes, the target cannot be written, or the work is to stop.
    pub fn copy(&self, path: &str, expected: Digest, write: &mut WriteAnew<'_>) -> Result<u64, NotCopied> {
        for (store, object) in &self.replicas {
            let file = match object.open_back(path) {
                Ok(file) => file,
                Err(error) => {
                    self.doubt(store, path, error.to_string());
                    continue;
                }
            };
            let mut reader = Hashing::new(file);
            let (mut bytes, mut broken) = (0, None);
            let written = write(&mut |out| self.pass(&mut reader, out, &mut bytes, &mut broken));
            self.signal.check().map_err(NotCopied::Target)?;
            match (written, broken) {
                (_, Some(error)) => self.doubt(store, path, error),
                (Err(error), None) => return Err(NotCopied::Target(super::super::context::storage(error))),
                (Ok(()), None) => match reader.finish() {
                    Ok(Some(seen)) if seen == expected => return Ok(bytes),
                    Ok(seen) => {
                        let hex = seen.map(|seen| seen.to_hex()).unwrap_or_default();
                        self.doubt(store, path, format!("sha256 {hex}, {bytes} bytes"));
                    }
                    Err(error) => self.doubt(store, path, error.to_string()),
                },
            }
        }
        Err(NotCopied::NoSource)
    }

    /// Reads to the end and writes what comes. What broke the reading is told apart from what broke the writing.
    fn pass(
        &self,
        reader: &mut impl Read,
        out: &mut dyn Write,
        bytes: &mut u64,
        broken: &mut Option<String>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            if self.signal.is_raised() {
                return Err(io::Error::other("the work is to stop"));
            }
            let got = match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    *broken = Some(error.to_string());
                    return Err(error);
                }
            };
            out.write_all(&buffer[..got])?;
            *bytes += got as u64;
            self.meter.add_bytes(got as u64);
        }
    }

    fn doubt(&self, store: &StoreId, path: &str, seen: String) {
        let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        // A file that is asked for twice is doubted once.
        if !doubts.iter().any(|known| known.store == *store && known.path == path) {
            doubts.push(Doubt { store: store.clone(), path: path.to_owned(), seen });
        }
    }

    /// Returns what was wrong with replicas so far.
    pub fn doubts(&self) -> Vec<Doubt> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
