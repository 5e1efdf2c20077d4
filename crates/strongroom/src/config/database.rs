//! Where the registry and the queue are: a file in the data directory, or a PostgreSQL server.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use backends::database::{Address, NoAddress, Server};
use serde::{Deserialize, Serialize};

use super::Place;

/// Where a password is looked for when no file is named: the place where containers are given secrets.
const SECRET: &str = "/run/secrets/strongroom-database-password";
/// Bytes of a password at the most.
const PASSWORD_BYTES_MAX: u64 = 4096;

/// Where the registry and the queue are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user@host:port/database`; without it, a file in the data directory.
    pub url: Option<String>,
    /// The file that holds the user's password, if the server asks for one.
    pub password_file: Option<PathBuf>,
}

/// The database cannot be named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoDatabase {
    /// The address cannot be understood.
    #[error(transparent)]
    Address(#[from] NoAddress),
    /// The file with the password cannot be read.
    #[error("cannot read the database's password in {}", path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DatabaseConfig {
    /// Returns where the database is.
    ///
    /// # Errors
    /// The address cannot be understood, or the password not be read.
    pub fn address(&self, place: &Place) -> Result<Address, NoDatabase> {
        let Some(url) = &self.url else { return Ok(Address::File(place.database())) };
        Ok(Address::Server(Server::parse(url, self.password()?.as_deref())?))
    }

    /// Returns the password of the database's user, if there is one.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub(super) fn password(&self) -> Result<Option<String>, NoDatabase> {
        let secret = Path::new(SECRET);
        let path = match &self.password_file {
            Some(path) => path,
            None if secret.is_file() => secret,
            None => return Ok(None),
        };
        let mut text = String::new();
        let file = fs::File::open(path);
        file.and_then(|file| file.take(PASSWORD_BYTES_MAX).read_to_string(&mut text))
            .map_err(|source| NoDatabase::Password { path: path.to_owned(), source })?;
        Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}
