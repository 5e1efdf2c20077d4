//! What a configuration tells a fleet's file beyond the table of roles.

/// What is known of the configuration; nothing of it in the files of the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The names of the files with the keys of the stores in buckets, for those roles that are given them.
    pub store_credentials: Vec<String>,
    /// The same, of the buckets in which deposits arrive.
    pub receiving_credentials: Vec<String>,
    /// The same, of the buckets that objects are given back to.
    pub restore_credentials: Vec<String>,
    /// Where the database's password is.
    pub password: Password,
    /// The file of further certificate authorities on the machine that starts the fleet.
    pub authorities: Option<String>,
    /// The installation that the fleet goes on with.
    pub installation: Option<Installation>,
}

/// Where the database's password is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Password {
    /// In a file under its usual name.
    #[default]
    Usual,
    /// In this file of the machine that starts the fleet.
    At(String),
    /// In no file: the server asks for none, or it is fetched by its name.
    Elsewhere,
}

impl Password {
    /// Says whether it is a file that is mounted.
    #[must_use]
    pub fn is_mounted(&self) -> bool {
        *self != Self::Elsewhere
    }
}

/// An installation on the machine that starts the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The data directory.
    pub data: String,
    /// The configuration file.
    pub config: String,
    /// The address of the database, without a password.
    pub database_url: Option<String>,
    /// Whose the data directory is: `user:group`, by their numbers.
    pub user: String,
    /// The folders of stores that are not below `stores/` of the data directory.
    pub stores_elsewhere: Vec<String>,
}
