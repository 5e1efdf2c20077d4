//! A registry for a server: made in a file of its own first, then moved there in one transaction.

use std::fs;
use std::path::{Path, PathBuf};

use backends::database::{Address, Database, DatabaseError};

use super::all_objects::ask;
use super::error::RebuildError;
use super::publish::Target;

/// A database on a server that holds nothing, and the file in which its registry is made.
///
/// Half a registry on a server would look like a whole one to every process that asks it. So it comes into being beside
/// it, and nobody sees any of it before all of it is there.
#[derive(Debug)]
pub struct OnServer {
    file: Target,
    folder: PathBuf,
    server: Address,
}

impl OnServer {
    /// Makes sure that the server's database holds nothing, and takes a folder for the making. Call where it may block.
    ///
    /// # Errors
    /// The database holds anything, or cannot be asked, or another process is making a registry in the folder.
    pub fn take(folder: &Path, server: &Address) -> Result<Self, RebuildError> {
        if ask(holds_anything(server))? {
            return Err(RebuildError::ServerNotEmpty(server.clone()));
        }
        let file = Target::take(&folder.join("registry.sqlite"))?;
        Ok(Self { file, folder: folder.to_owned(), server: server.clone() })
    }

    /// Returns where the registry is to be made.
    #[must_use]
    pub fn unfinished(&self) -> PathBuf {
        self.file.unfinished()
    }

    /// Removes what was made, and the folder.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn forget(&self) -> Result<(), RebuildError> {
        self.file.forget()?;
        fs::remove_dir(&self.folder).map_err(|source| RebuildError::Write { path: self.folder.clone(), source })
    }

    /// Moves the whole registry to the server, and compares what arrived; then removes the file.
    ///
    /// # Errors
    /// The server cannot be written, or somebody has made another registry there meanwhile: then it is as it was.
    pub fn publish(&self) -> Result<(), RebuildError> {
        let moved = ask(async {
            let made = Database::open_existing(&Address::File(self.unfinished())).await?;
            let server = Database::open_existing(&self.server).await?;
            let moved = made.move_to(&server, |_| {}).await;
            made.close().await;
            server.close().await;
            moved
        });
        self.forget()?;
        match moved {
            Err(DatabaseError::NotEmpty) => Err(RebuildError::ServerNotEmpty(self.server.clone())),
            moved => Ok(moved.map(drop)?),
        }
    }
}

/// Opens a database on a server, making its tables if it has none.
async fn holds_anything(server: &Address) -> Result<bool, DatabaseError> {
    let database = Database::open(server).await?;
    let held = database.holds_anything().await;
    database.close().await;
    held
}
