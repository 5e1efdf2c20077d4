//! One replica of the object: a store that may be away, an inventory that may be damaged, files that may be wrong.

use std::io::{self, Read};
use std::rc::Rc;

use backends::storage::{ObjectReader, ReadBack, StorageError, StoredFile};
use digests::{Algorithm, Algorithms, Digest, Hasher};
use model::{StepError, StoreId};
use ocfl::{INVENTORY_FILE, Inventory};

use super::super::StorePlaces;

/// The algorithm that every byte is held against.
pub(super) const SHA256: Algorithms = Algorithms::NONE.with(Algorithm::Sha256);
/// Bytes of a sidecar that are read; a digest and a name are far shorter.
const SIDECAR_BYTES_MAX: u64 = 4096;

/// A replica that the registry knows of.
pub struct Replica {
    /// The store.
    pub store: StoreId,
    /// The folder of the object below the store's OCFL root.
    pub object_path: String,
    /// The newest version that the store was proven to hold.
    pub version: u32,
    /// How often it gave other bytes than it should.
    pub faults: u64,
    /// Files that it gave.
    pub files: u64,
    /// Bytes that it gave.
    pub bytes: u64,
    pub(super) opened: Opened,
}

/// What came of opening a replica.
pub(super) enum Opened {
    NotYet,
    Open {
        reader: ObjectReader,
        inventory: Rc<Known>,
    },
    /// It cannot be used, for a reason that was told once.
    Unusable(Wrong),
}

/// An inventory, and the digest of its file: those of two stores are mostly the same, and a million files take 100 MB.
pub(super) struct Known {
    pub digest: Digest,
    pub inventory: Inventory,
}

/// Why a replica did not give what it should.
#[derive(Clone)]
pub struct Wrong {
    /// What is wrong, for people.
    pub what: String,
    /// Where, as far as it is known.
    pub place: Option<String>,
    /// Whether the store is away, or does not give the bytes yet.
    pub is_away: bool,
    /// Whether they must thaw first.
    pub is_frozen: bool,
}

impl Wrong {
    pub(super) fn at(place: &str, what: impl Into<String>) -> Self {
        Self { what: what.into(), place: Some(place.to_owned()), is_away: false, is_frozen: false }
    }

    pub(super) fn unreadable(place: &str, error: &io::Error) -> Self {
        let is_frozen = StorageError::hides_frozen(error);
        let wrong = Self::at(place, format!("{place} cannot be read: {error}"));
        Self { is_away: is_frozen, is_frozen, ..wrong }
    }

    /// Says that a file could not be opened. One that is frozen is neither missing nor wrong.
    pub(super) fn not_opened(place: &str, error: &StorageError) -> Self {
        let is_frozen = error.is_frozen();
        Self { is_away: is_frozen, is_frozen, ..Self::at(place, chain(error)) }
    }

    pub(super) fn other_bytes(place: &str, seen: Digest, expected: Digest) -> Self {
        Self::at(place, format!("{place} has other bytes: expected sha256 {expected}, seen {seen}"))
    }
}

impl Replica {
    /// Opens the store and reads the inventory; `known` are those that other replicas have.
    pub(super) fn open(&self, stores: &StorePlaces, known: &[Rc<Known>]) -> Result<(ObjectReader, Rc<Known>), Wrong> {
        let store = stores.open(&self.store).map_err(|error| {
            let is_away = matches!(error, StepError::Retry(_));
            Wrong { what: error.to_string(), place: None, is_away, is_frozen: false }
        })?;
        let reader = store.object(&self.object_path).map_err(|error| Wrong::at(&self.object_path, chain(&error)))?;
        let reader = reader.ok_or_else(|| Wrong::at(&self.object_path, "the object's folder is missing"))?;
        // A version's folder holds the same inventory as the object's: two chances to find out what lies where.
        let first = self.inventory(&reader, INVENTORY_FILE, known);
        let inventory = first.or_else(|wrong| {
            let second = format!("v{}/{INVENTORY_FILE}", self.version);
            self.inventory(&reader, &second, known).map_err(|_| wrong)
        });
        let inventory = inventory?;
        Ok((reader, inventory))
    }

    fn inventory(&self, reader: &ObjectReader, path: &str, known: &[Rc<Known>]) -> Result<Rc<Known>, Wrong> {
        let place = format!("{}/{path}", self.object_path);
        let unreadable = |error: &dyn std::error::Error| Wrong::at(&place, format!("{place}: {}", chain(error)));
        let open = |path: &str| reader.open_back(path).map_err(|error| unreadable(&error));
        let mut sidecar = String::new();
        let sidecar_path = path.replace(INVENTORY_FILE, &ocfl::sidecar_name(Algorithm::Sha256));
        let read = open(&sidecar_path)?.take(SIDECAR_BYTES_MAX).read_to_string(&mut sidecar);
        read.map_err(|error| unreadable(&error))?;
        let digest = digest_of(open(path)?).map_err(|error| unreadable(&error))?;
        if sidecar.split_whitespace().next() != Some(&digest.to_hex()) {
            return Err(Wrong::at(&place, format!("{place} differs from its sidecar")));
        }
        if let Some(same) = known.iter().find(|known| known.digest == digest) {
            return Ok(same.clone());
        }
        let inventory = Inventory::read_to_locate(reader.open(path).map_err(|error| unreadable(&error))?);
        Ok(Rc::new(Known { digest, inventory: inventory.map_err(|error| unreadable(&error))? }))
    }

    fn place(&self, digest: Digest) -> Result<(&ObjectReader, String), Wrong> {
        let (reader, inventory) = match &self.opened {
            Opened::Open { reader, inventory } => (reader, inventory),
            Opened::Unusable(wrong) => return Err(wrong.clone()),
            Opened::NotYet => return Err(Wrong::at(&self.object_path, "the replica was not opened")),
        };
        let content = inventory.inventory.content_path(digest);
        let path = content.ok_or_else(|| Wrong::at(&self.object_path, "its inventory does not know the bytes"))?;
        Ok((reader, path))
    }

    /// Opens the bytes of a digest to read what the disk holds; returns where they lie as well.
    pub(super) fn open_back(&self, digest: Digest, size_bytes: u64) -> Result<(ReadBack, String), Wrong> {
        let (reader, path) = self.place(digest)?;
        let place = format!("{}/{path}", self.object_path);
        let file = reader.open_back(&path).map_err(|error| Wrong::not_opened(&place, &error))?;
        if file.size_bytes() != size_bytes {
            return Err(Wrong::at(&place, format!("{place} has {} bytes instead of {size_bytes}", file.size_bytes())));
        }
        Ok((file, place))
    }

    /// Opens the bytes of a digest to read here and there; returns where they lie as well.
    pub(super) fn open_again(&self, digest: Digest) -> Result<(StoredFile, String), Wrong> {
        let (reader, path) = self.place(digest)?;
        let place = format!("{}/{path}", self.object_path);
        let file = reader.open(&path).map_err(|error| Wrong::not_opened(&place, &error))?;
        Ok((file, place))
    }
}

/// Reads up to a buffer's length; less only at the end.
pub(super) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Returns the sha256 of some bytes.
pub(super) fn sha256_of(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::new(SHA256);
    hasher.update(bytes);
    ended(hasher)
}

/// Returns the sha256 of all that a reader gives.
pub(super) fn digest_of(mut reader: impl Read) -> io::Result<Digest> {
    let mut hasher = Hasher::new(SHA256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match fill(&mut reader, &mut buffer)? {
            0 => return Ok(ended(hasher)),
            got => hasher.update(&buffer[..got]),
        }
    }
}

/// Ends a hasher of sha256.
pub(super) fn ended(hasher: Hasher) -> Digest {
    hasher.finish().get(Algorithm::Sha256).expect("it was asked for sha256")
}

/// Begins a hasher of sha256.
pub(super) fn begun() -> Hasher {
    Hasher::new(SHA256)
}

/// Writes an error with all its sources in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
