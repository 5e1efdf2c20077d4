//! A deposit that is an object in a bucket: opened on condition that it is still the same.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use backends::s3::Client;
use backends::storage::{DepositObject, ObjectAddress, ObjectFingerprint, Seen};
use bagit::{BagitError, Form, Package};
use model::{Answer, Deposit, StepError};

use super::super::context::storage;
use super::super::{DepositBuckets, Work};

/// What the path of a deposit in a bucket begins with.
const SCHEME: &str = "s3://";
/// A package that must be read here and there, copied as it is, in the item's folder in staging.
const COPIED: &str = "package";
/// Bytes that are copied at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Where a deposit in a bucket is, and what it must be.
pub struct InBucket {
    pub client: Client,
    pub address: ObjectAddress,
    pub fingerprint: ObjectFingerprint,
}

/// Says where a deposit is when it is in a bucket.
///
/// # Errors
/// The configuration does not name the bucket.
pub fn in_bucket(work: &Work) -> Result<Option<InBucket>, StepError> {
    let deposit = &work.claim.item.deposit;
    if !is_in_bucket(deposit) {
        return Ok(None);
    }
    let address = ObjectAddress::parse(&deposit.path).map_err(StepError::stop)?;
    let fingerprint = deposit.fingerprint.parse().map_err(StepError::stop)?;
    let client = work.context.deposit_buckets.client(&address).cloned();
    let client = client.ok_or_else(|| StepError::stop(DepositBuckets::advice(&address)))?;
    Ok(Some(InBucket { client, address, fingerprint }))
}

fn is_in_bucket(deposit: &Deposit) -> bool {
    deposit.path.starts_with(SCHEME)
}

/// Says why an item ends when its deposit is not there any more, or is another.
pub fn ended(place: &InBucket) -> Result<Option<Answer>, StepError> {
    let seen = DepositObject::look(&place.client, &place.address, &place.fingerprint).map_err(StepError::retry)?;
    Ok(match seen {
        Seen::Same => None,
        Seen::Changed(_) => {
            Some(Answer::Cancel { because: "the deposit changed after it arrived; it counts as a new one".to_owned() })
        }
        Seen::Gone => Some(Answer::Cancel {
            because: format!(
                "the deposit is gone from {}: deposit it again; a new arrival is a new work item",
                place.address
            ),
        }),
    })
}

/// Passes on what a step before the first commit answers; but when it failed and its deposit in a bucket has changed or
/// gone, trying again can never help, and the item ends.
///
/// # Errors
/// Those of the step.
pub async fn unless_gone(work: &Work, answered: Result<Answer, StepError>) -> Result<Answer, StepError> {
    if !is_in_bucket(&work.claim.item.deposit) || !matches!(answered, Err(StepError::Retry(_) | StepError::Stop(_))) {
        return answered;
    }
    let looked = work.blocking(|work| in_bucket(work)?.map_or(Ok(None), |place| ended(&place))).await;
    match looked {
        Ok(Some(end)) => Ok(end),
        // What the step itself saw says more than that nobody can look now.
        Ok(None) | Err(_) => answered,
    }
}

/// Opens a package in a bucket. A ZIP is copied to staging first, once: its directory stands at its end, and it is read here
/// and there. All else is read where it is.
///
/// # Errors
/// It cannot be reached, it changed, or staging cannot be written.
pub fn open(work: &Work, place: &InBucket) -> Result<(Package, Arc<DepositObject>), StepError> {
    let (object, opened) = open_as_it_is(place)?;
    let package = opened.map_err(StepError::retry)?;
    if package.form() != Form::Zip {
        return Ok((package, object));
    }
    let copied = copy(work, &object).map_err(StepError::retry)?;
    work.signal.check()?;
    Ok((Package::open(&copied).map_err(StepError::retry)?, object))
}

type Opened = (Arc<DepositObject>, Result<Package, BagitError>);

/// Opens a package in a bucket and finds out its form, whatever that is.
///
/// # Errors
/// It cannot be reached, or it changed.
pub fn open_as_it_is(place: &InBucket) -> Result<Opened, StepError> {
    let object = DepositObject::open(&place.client, &place.address, &place.fingerprint).map_err(storage)?;
    let object = Arc::new(object);
    let path = PathBuf::from(place.address.to_string());
    Ok((object.clone(), Package::open_archive(&path, Arc::new(Elsewhere(object)))))
}

/// Copies the object to staging; it gets its name when it is whole and on the disk.
fn copy(work: &Work, object: &DepositObject) -> io::Result<PathBuf> {
    let folder = work.staging().join(COPIED);
    let target = folder.join(Path::new(object.address().key()).file_name().unwrap_or_default());
    if fs::metadata(&target).is_ok_and(|found| found.len() == object.size_bytes()) {
        return Ok(target);
    }
    fs::create_dir_all(&folder)?;
    let partial = folder.join(".partial");
    let mut file = fs::File::create(&partial)?;
    let (mut reader, mut buffer) = (object.stretch(0, object.size_bytes()), vec![0; BUFFER_BYTES]);
    loop {
        if work.signal.is_raised() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match reader.read(&mut buffer)? {
            0 => break,
            got => file.write_all(&buffer[..got])?,
        }
    }
    if file.metadata()?.len() != object.size_bytes() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    file.sync_all()?;
    fs::rename(&partial, &target)?;
    Ok(target)
}

/// An object of a bucket as what packages are read from.
#[derive(Debug)]
struct Elsewhere(Arc<DepositObject>);

impl bagit::Archive for Elsewhere {
    fn length_bytes(&self) -> u64 {
        self.0.size_bytes()
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        self.0.read_at(buffer, at)
    }

    fn is_unchanged(&self) -> io::Result<bool> {
        self.0.is_unchanged().map_err(io::Error::other)
    }
}
