//! The database of a test: a file, or with `$STRONGROOM_TEST_ENGINE=postgres` one of its own on a PostgreSQL server.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
        database.tell("CREATE DATABASE", "");
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

    /// A shell script as root of a user name space with mounts of its own. It calls the program as `"$STRONGROOM"`, which
    /// finds the data directory, `$DATA`, in the folder of the test, and this database.
    pub fn with_own_mounts(&self, folder: &Path, script: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "/bin/sh", "-c", &format!("set -e\n{script}")]);
        command.current_dir(folder).stdin(Stdio::null()).env("STRONGROOM", env!("CARGO_BIN_EXE_strongroom"));
        let data = folder.join("data");
        command
            .env("STRONGROOM_DATA", &data)
            .env("DATA", data)
            .env_remove("STRONGROOM_CONFIG")
            .env("USER", "a.curator");
        self.configure(&mut command);
        command
    }

    /// Returns where it is, for an installation in this folder.
    pub fn address(&self, data: &Path) -> Address {
        match &self.server {
            None => Address::File(data.join("registry.sqlite")),
            Some((server, name)) => Address::Server(Server::parse(&format!("{server}/{name}"), None).unwrap()),
        }
    }

    /// Lets nobody write to this table of a server from here on, until that server stops, and what is returned ends with it.
    pub fn hold(&self, table: &str) -> Child {
        self.hold_in(table, "SHARE")
    }

    /// The same, and lets nobody read it either.
    pub fn hide(&self, table: &str) -> Child {
        self.hold_in(table, "ACCESS EXCLUSIVE")
    }

    /// Changes what a server holds of it.
    pub fn change(&self, statement: &str) {
        let (server, name) = self.server.as_ref().expect("only a server is asked");
        let told =
            Command::new("psql").arg(format!("{server}/{name}")).args(["-qX", "-c", statement]).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    fn hold_in(&self, table: &str, mode: &str) -> Child {
        let (server, name) = self.server.as_ref().expect("only a server is held");
        let url = format!("{server}/{name}");
        let hold = format!("BEGIN; LOCK TABLE {table} IN {mode} MODE; \\echo held\n SELECT pg_sleep(3600)");
        let mut psql = Command::new("psql");
        psql.arg(url).arg("-qXtA").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut holder = psql.spawn().expect("psql is there: ./test installs it");
        holder.stdin.take().unwrap().write_all(hold.as_bytes()).unwrap();
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "held\n");
        holder
    }

    /// Loses all that a server holds of it; an empty database without tables is in its place.
    pub fn lose(&self) {
        self.tell("DROP DATABASE", "WITH (FORCE)");
        self.tell("CREATE DATABASE", "");
    }

    fn tell(&self, what: &str, how: &str) {
        let Some((server, name)) = &self.server else { return };
        let said = Command::new("psql")
            .arg(format!("{server}/postgres"))
            .args(["-qX", "-c"])
            .arg(format!("{what} {name} {how}"))
            .output();
        let said = said.expect("psql is there: ./test installs it");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // The server may not know yet that a killed process has gone.
            self.tell("DROP DATABASE", "WITH (FORCE)");
        }
    }
}
