//! Where the database is: a file, or a server.

use std::fmt;
use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

/// Where the database is.
#[derive(Clone)]
pub enum Address {
    /// A file of SQLite's.
    File(PathBuf),
    /// A database of a PostgreSQL server.
    Server(Server),
}

/// A database of a PostgreSQL server, and who asks it.
#[derive(Clone)]
pub struct Server(pub(super) Box<PgConnectOptions>);

/// The address cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("`{without_password}` is no address of a PostgreSQL database: write postgres://user@host:port/database")]
pub struct NoAddress {
    without_password: String,
}

impl Server {
    /// Reads `postgres://user@host:port/database`. A password that is given apart takes the place of one in the address.
    ///
    /// # Errors
    /// It is no such address.
    pub fn parse(url: &str, password: Option<&str>) -> Result<Self, NoAddress> {
        let fault = || NoAddress { without_password: without_password(url) };
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(fault());
        }
        let mut options: PgConnectOptions = url.parse().map_err(|_| fault())?;
        if let Some(password) = password {
            options = options.password(password);
        }
        Ok(Self(Box::new(options.application_name("strongroom"))))
    }
}

impl fmt::Display for Address {
    /// Says where it is, and no password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::File(path) => write!(out, "{}", path.display()),
            Address::Server(server) => {
                let options = &server.0;
                let database = options.get_database().unwrap_or(options.get_username());
                write!(out, "postgres://{}:{}/{database}", options.get_host(), options.get_port())
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Returns an address in which nobody reads a password: what stands between the user and the host is taken out.
#[must_use]
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((who, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = who.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let server = Server::parse("postgres://ada:secret@db.example.org:6543/strongroom", None).expect("it is one");
        assert_eq!(Address::Server(server).to_string(), "postgres://db.example.org:6543/strongroom");
    }

    #[test]
    fn what_is_no_address_is_refused_without_telling_the_password() {
        for url in ["mysql://ada:secret@host/strongroom", "postgres://ada:secret@host:port/strongroom"] {
            let Err(fault) = Server::parse(url, None) else { panic!("{url} is taken") };
            assert!(!fault.to_string().contains("secret"), "{fault}");
        }
    }
}
