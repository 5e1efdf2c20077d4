//! The data directory, and where things lie in it.

use std::path::{Path, PathBuf};

use model::InstitutionName;

/// The data directory of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(PathBuf);

impl Place {
    /// Names a data directory; it need not exist. Relative paths are made absolute against `here`.
    #[must_use]
    pub fn new(data: &Path, here: &Path) -> Self {
        Self(here.join(data).components().collect())
    }

    /// Returns the directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the configuration file that is read when no other is named.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.0.join("strongroom.toml")
    }

    /// Returns the database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("registry.sqlite")
    }

    /// Returns the key that certificates of deletion are signed with.
    #[must_use]
    pub fn certificate_key(&self) -> PathBuf {
        self.0.join("certificates.key")
    }

    /// Returns where work in progress lies.
    #[must_use]
    pub fn staging(&self) -> PathBuf {
        self.0.join("staging")
    }

    /// Returns where drills are held: a folder that is empty when none is.
    #[must_use]
    pub fn drills(&self) -> PathBuf {
        self.0.join("drills")
    }

    /// Returns where a registry for a server is made anew: a folder that is there only meanwhile.
    #[must_use]
    pub fn rebuilding(&self) -> PathBuf {
        self.0.join("rebuilding")
    }

    /// Returns where running processes leave their marks.
    #[must_use]
    pub fn processes(&self) -> PathBuf {
        self.0.join("run")
    }

    /// Returns the table of formats that `formats update` writes; without it, the one in the program is in force.
    #[must_use]
    pub fn signature_table(&self) -> PathBuf {
        self.0.join("formats").join("signatures.txt")
    }

    /// Returns the folder of the signature files that people add to the table.
    #[must_use]
    pub fn custom_signatures(&self) -> PathBuf {
        self.0.join("formats").join("custom")
    }

    /// Returns the folder in which an institution's deposits arrive.
    #[must_use]
    pub fn receiving(&self, institution: &InstitutionName) -> PathBuf {
        self.0.join("receiving").join(institution.as_str())
    }
}
