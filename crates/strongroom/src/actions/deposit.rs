//! A person names a path to be taken in.

use std::path::{Path, PathBuf};

use backends::s3::Client;
use backends::storage::{DepositObject, Fingerprint, ObjectAddress, StorageError, fingerprint};
use model::{Deposit, DepositOptions, IdentifierError, InstitutionName, ObjectIdentifier, Origin};

/// A path cannot be deposited.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DepositError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing is there.
    #[error("there is no {0}: look at bucket and key")]
    NoObject(String),
    /// Its contents cannot be surveyed.
    #[error(transparent)]
    Survey(#[from] StorageError),
    /// Its name cannot be that of an object.
    #[error(transparent)]
    Name(#[from] IdentifierError),
}

/// Describes the deposit that a path is: whose, what it is called, and what tells it from another.
///
/// # Errors
/// The path cannot be read, or its name is none for an object.
pub fn describe(path: &Path, institution: &InstitutionName, options: DepositOptions) -> Result<Deposit, DepositError> {
    let path = path.canonicalize().map_err(|source| DepositError::Unreadable { path: path.to_owned(), source })?;
    let fingerprint = fingerprint(&path)?;
    Ok(Deposit {
        identifier: ObjectIdentifier { institution: institution.clone(), name: model::object_name(&path).parse()? },
        path: path.display().to_string(),
        origin: Origin::Path,
        size_bytes: fingerprint.size_bytes,
        modified_at: model::modified_at(fingerprint.modified_ns),
        // The number of a device may be another after a restart; the deposit is the same.
        fingerprint: Fingerprint { device: 0, ..fingerprint }.to_string(),
        options,
    })
}

/// Does the same with an object in a bucket.
///
/// # Errors
/// The bucket cannot be reached, there is no such object, or its name is none for one of ours.
pub fn describe_object(
    client: &Client,
    address: &ObjectAddress,
    institution: &InstitutionName,
    options: DepositOptions,
) -> Result<Deposit, DepositError> {
    let fingerprint = DepositObject::fingerprint_of(client, address)?;
    let fingerprint = fingerprint.ok_or_else(|| DepositError::NoObject(address.to_string()))?;
    let name = model::object_name(Path::new(address.key()));
    Ok(Deposit {
        identifier: ObjectIdentifier { institution: institution.clone(), name: name.parse()? },
        path: address.to_string(),
        origin: Origin::Path,
        size_bytes: fingerprint.size_bytes,
        modified_at: fingerprint.modified_at(),
        fingerprint: fingerprint.to_string(),
        options,
    })
}
