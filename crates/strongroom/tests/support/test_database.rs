//! The database of a test: a file, or with `$STRONGROOM_TEST_ENGINE=postgres` one of its own on a PostgreSQL server.

use std::path::Path;
use std::process::Command;

use backends::database::{Address, Database, Server};

/// Whether the tests are to be run on a server: `postgres`.
const ENGINE: &str = "STRONGROOM_TEST_ENGINE";
/// Names the server, as in `postgres://postgres@127.0.0.1:5432`.
const SERVER: &str = "STRONGROOM_TEST_SERVER";

pub struct TestDatabase {
    /// The server and the name of the database.
    server: Option<(String, String)>,
}

impl TestDatabase {
    /// A new and empty one. `key` is of no other test.
    pub fn new(key: &str) -> Self {
        if std::env::var_os(ENGINE).is_none_or(|engine| engine != "postgres") {
            return Self { server: None };
        }
        let server = std::env::var(SERVER).expect("$STRONGROOM_TEST_SERVER names a server: ./test starts one");
        Self::make(&server, key)
    }

    /// One on a server, with the tables of this program.
    pub fn make(server: &str, key: &str) -> Self {
        let letters: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = format!("test_{}_{}", std::process::id(), letters.to_lowercase());
        let database = Self { server: Some((server.to_owned(), name)) };
        database.tell("CREATE DATABASE");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { Database::open(&database.address(Path::new(""))).await.unwrap().close().await });
        database
    }

    /// Says to a command which database to use.
    pub fn configure(&self, command: &mut Command) {
        command.env_remove("STRONGROOM_DATABASE__URL");
        if let Some((server, name)) = &self.server {
            command.env("STRONGROOM_DATABASE__URL", format!("{server}/{name}"));
        }
    }

    /// Returns where it is, for an installation in this folder.
    pub fn address(&self, data: &Path) -> Address {
        match &self.server {
            None => Address::File(data.join("registry.sqlite")),
            Some((server, name)) => Address::Server(Server::parse(&format!("{server}/{name}"), None).unwrap()),
        }
    }

    fn tell(&self, what: &str) {
        let Some((server, name)) = &self.server else { return };
        let said = Command::new("psql")
            .arg(format!("{server}/postgres"))
            .args(["-qX", "-c"])
            .arg(format!("{what} {name}"))
            .output();
        let said = said.expect("psql is there: ./test installs it");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.tell("DROP DATABASE");
        }
    }
}
