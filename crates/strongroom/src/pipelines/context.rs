//! What every step is given: the doors to the world, and the bounds of its work.

use std::path::PathBuf;

use backends::database::Database;
use backends::storage::{StorageError, Store, StorePlace};
use bagit::PackageLimits;
use model::{DeletionTerms, StepError, StorageClass, StorageOption, StoreId, ThawTerms};

use super::{Clock, DepositBuckets, RestoreBuckets};

/// What every step of this process is given.
pub struct Context {
    /// The registry and the queue.
    pub database: Database,
    /// Where the stores are.
    pub stores: StorePlaces,
    /// Where deposits in buckets are.
    pub deposit_buckets: DepositBuckets,
    /// The buckets that objects are given back to.
    pub restore_buckets: RestoreBuckets,
    /// Which stores hold an object. The first one is the default.
    pub storage_options: Vec<StorageOption>,
    /// Where work in progress lies: one folder an item.
    pub staging: PathBuf,
    /// Time and new identifiers.
    pub clock: Clock,
    /// The name and version of this program, for events.
    pub agent: String,
    /// The bounds of the work.
    pub limits: IngestLimits,
    /// Which profile a bag is validated against.
    pub profiles: Profiles,
    /// The terms on which anything is deleted.
    pub deletion: DeletionTerms,
    /// The terms on which what is frozen is thawed.
    pub thaw: ThawTerms,
    /// The file of the key that certificates of deletion are signed with.
    pub certificate_key: PathBuf,
    /// What files are identified by; loaded once in a process.
    pub signatures: &'static pronom::Signatures,
}

/// Which profile a bag is validated against when its deposit names none.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    /// For bags that name no profile themselves: a built-in one's name or a file. Without it, BagIt alone.
    pub default: Option<String>,
}

/// The bounds of one item's work.
#[derive(Debug, Clone, Copy)]
pub struct IngestLimits {
    /// What may be in a package.
    pub package: PackageLimits,
    /// Threads that hash and copy for one item.
    pub threads: usize,
    /// Bytes of buffers for hashing.
    pub buffer_bytes: usize,
    /// How often one file of a replica is written again after it was read back wrong.
    pub rewrites_max: u32,
}

impl Default for IngestLimits {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { package: PackageLimits::default(), threads, buffer_bytes: 48 << 20, rewrites_max: 2 }
    }
}

/// The stores of the configuration, opened anew for each use: one may come and go while we run.
#[derive(Debug, Clone)]
pub struct StorePlaces(pub Vec<(StoreId, StorePlace)>);

impl StorePlaces {
    /// Returns the class of storage that a store puts content into.
    #[must_use]
    pub fn class_of(&self, id: &StoreId) -> StorageClass {
        self.0.iter().find(|(known, _)| known == id).map_or(StorageClass::Standard, |(_, place)| place.class())
    }

    /// Opens a store.
    ///
    /// # Errors
    /// It is not in the configuration (a person must look), or it is not there now (trying again may help).
    pub fn open(&self, id: &StoreId) -> Result<Store, StepError> {
        let unknown = || StepError::stop(format!("the store {id} is not in the configuration: add it again"));
        let (_, place) = self.0.iter().find(|(known, _)| known == id).ok_or_else(unknown)?;
        let store = place.open().map_err(StepError::retry)?;
        if store.id() != id.0 {
            return Err(StepError::stop(format!(
                "the store at {place} is {}, not {id}: mount the right one",
                store.id()
            )));
        }
        Ok(store)
    }
}

impl Context {
    /// Returns a storage option by its name.
    #[must_use]
    pub fn storage_option(&self, name: &str) -> Option<&StorageOption> {
        self.storage_options.iter().find(|option| option.name.eq_ignore_ascii_case(name))
    }

    /// Opens every store of a storage option, in its order.
    ///
    /// # Errors
    /// The option or one of its stores is unknown, or one is not there.
    pub fn stores_of(&self, option: &str) -> Result<Vec<Store>, StepError> {
        let option = self
            .storage_option(option)
            .ok_or_else(|| StepError::stop(format!("the storage option {option} is not in the configuration")))?;
        option.stores.iter().map(|store| self.stores.open(store)).collect()
    }
}

/// Says whether trying again may help against an error of a store.
pub fn storage(error: StorageError) -> StepError {
    match error {
        StorageError::Conflict { .. }
        | StorageError::Damaged { .. }
        | StorageError::Name { .. }
        | StorageError::TooLarge { .. }
        | StorageError::NotOnBucket { .. } => StepError::stop(error),
        _ => StepError::retry(error),
    }
}
