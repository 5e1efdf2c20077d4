//! Credentials in files that somebody replaces while we run, as secrets that are mounted into a container are.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::Credentials;

/// Finds credentials where they lie now; the text says why there are none.
type Find = Box<dyn Fn() -> Result<Credentials, String> + Send + Sync>;

/// What was read last, and how it is read again.
pub struct FileCredentials {
    held: Mutex<Credentials>,
    find: Find,
}

impl FileCredentials {
    /// Begins with what was read just now.
    #[must_use]
    pub fn new(held: Credentials, find: Find) -> Self {
        Self { held: Mutex::new(held), find }
    }

    /// Returns what was read last.
    #[must_use]
    pub fn held(&self) -> Credentials {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files again after the server refused what was in them. Returns whether there is something else by now.
    pub(super) fn renew(&self, refused: &Credentials) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if *held != *refused {
            // Another request was refused before, and has read them.
            return true;
        }
        match (self.find)() {
            Ok(found) if found != *refused => {
                tracing::info!(from = found.origin, "credentials were replaced, and are used from now on");
                *held = found;
                true
            }
            Ok(_) => false,
            Err(because) => {
                tracing::warn!(from = refused.origin, because, "credentials cannot be read again");
                false
            }
        }
    }
}

impl fmt::Debug for FileCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FileCredentials({})", self.held().who())
    }
}
