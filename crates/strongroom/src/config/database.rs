//! Where the registry and the queue are: a file in the data directory, or a PostgreSQL server.

use std::io;
use std::path::PathBuf;

use backends::database::{Address, NoAddress, Server};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Place, secret};

/// The file in which a password is looked for when none is named, where containers are given secrets.
const SECRET: &str = "strongroom-database-password";

/// Where the registry and the queue are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user@host:port/database`; without it, a file in the data directory.
    pub url: Option<String>,
    /// The file that holds the user's password, if the server asks for one; or the secret's name where Amazon keeps it.
    pub password_file: Option<PathBuf>,
}

/// The database cannot be named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoDatabase {
    /// The address cannot be understood.
    #[error(transparent)]
    Address(#[from] NoAddress),
    /// The password cannot be read.
    #[error("cannot read the database's password in {}", path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DatabaseConfig {
    /// Returns where the database is. A password that is kept elsewhere is asked for in requests that are signed with the
    /// time.
    ///
    /// # Errors
    /// The address cannot be understood, or the password not be read.
    pub fn address(&self, place: &Place, now: fn() -> Timestamp) -> Result<Address, NoDatabase> {
        let Some(url) = &self.url else { return Ok(Address::File(place.database())) };
        Ok(Address::Server(Server::parse(url, self.password(now)?.as_deref())?))
    }

    /// Returns the password of the database's user, if there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn password(&self, now: fn() -> Timestamp) -> Result<Option<String>, NoDatabase> {
        let Some(path) = self.password_file.clone().or_else(|| secret::usual(SECRET)) else { return Ok(None) };
        secret::read(&path, now).map(Some).map_err(|source| NoDatabase::Password { path, source })
    }
}
