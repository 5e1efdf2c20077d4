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

/// Returns an address in which nobody reads a password: what stands between the user and the host is taken out, and what is
/// called a password among the parameters, which the server's driver takes as well.
#[must_use]
pub fn without_password(url: &str) -> String {
    rewritten(url, None)
}

/// Returns an address with a mask for each password.
#[must_use]
pub fn with_password_masked(url: &str, mask: &str) -> String {
    rewritten(url, Some(mask))
}

/// Says whether an address bears a password.
#[must_use]
pub fn has_password(url: &str) -> bool {
    without_password(url) != url
}

fn rewritten(url: &str, mask: Option<&str>) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (place, parameters) = rest.split_at(parameters_start(rest));
    let mut out = format!("{scheme}://");
    match place.rsplit_once('@').and_then(|(who, host)| Some((who.split_once(':')?.0, host))) {
        Some((user, host)) => {
            let mask = mask.map(|mask| format!(":{mask}")).unwrap_or_default();
            out.push_str(&format!("{user}{mask}@{host}"));
        }
        None => out.push_str(place),
    }
    let pairs = parameters.split(['?', '&']).skip(1);
    let kept = pairs.filter_map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        if decoded(name).contains("password") { Some(format!("{name}={}", mask?)) } else { Some(pair.to_owned()) }
    });
    for (number, pair) in kept.enumerate() {
        out.push(if number == 0 { '?' } else { '&' });
        out.push_str(&pair);
    }
    out
}

/// Returns where the parameters begin. A `?` without one before the `@` that ends the password is a part of it.
fn parameters_start(rest: &str) -> usize {
    let is_start = |start: &usize| {
        let parameters = &rest[*start..];
        parameters.find('@').is_none_or(|at| parameters[..at].contains('='))
    };
    rest.find('?').filter(is_start).unwrap_or(rest.len())
}

/// Returns a name as the driver reads it, in small letters.
fn decoded(name: &str) -> String {
    let mut parts = name.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(char::from(byte));
                out.push_str(&part[2..]);
            }
            None => out.push_str(part),
        }
    }
    out.to_lowercase()
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
        for url in [
            "mysql://ada:secret@host/strongroom",
            "postgres://ada:secret@host:port/strongroom",
            "postgres://ada@host:port/strongroom?password=secret",
        ] {
            let Err(fault) = Server::parse(url, None) else { panic!("{url} is taken") };
            assert!(!fault.to_string().contains("secret"), "{fault}");
        }
    }

    #[test]
    fn a_password_is_found_wherever_the_driver_takes_one_from() {
        let check = |url: &str, without: &str, masked: &str| {
            assert_eq!(without_password(url), without, "{url}");
            assert_eq!(with_password_masked(url, "***"), masked, "{url}");
            assert_eq!(has_password(url), url != without, "{url}");
        };
        for url in [
            "postgres://ada@db/strongroom",
            "postgres://db:5432/strongroom?",
            "postgres://ada@db/strongroom?sslmode=require&application_name=a@b:c",
            "stores/first",
        ] {
            check(url, url, url);
        }
        check("postgres://ada:hush@db/s", "postgres://ada@db/s", "postgres://ada:***@db/s");
        check("postgres://ada:h?u@s:h@db/s", "postgres://ada@db/s", "postgres://ada:***@db/s");
        check("postgres://ada@db/s?password=hush", "postgres://ada@db/s", "postgres://ada@db/s?password=***");
        let (without, masked) = ("postgres://a@db/s?x=1&y=2", "postgres://a:***@db/s?x=1&password=***&y=2");
        check("postgres://a:hush@db/s?x=1&password=h@u:sh&y=2", without, masked);
        check("postgres://db/s?p%61ssword=hush&x=1", "postgres://db/s?x=1", "postgres://db/s?p%61ssword=***&x=1");
        check("postgres://db/s?PassWord=hush", "postgres://db/s", "postgres://db/s?PassWord=***");
    }
}
