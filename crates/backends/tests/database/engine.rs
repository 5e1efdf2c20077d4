//! A database for one test, on the engine that is asked for.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use backends::database::{Address, Database, Server};

/// Runs a test on a new file.
pub fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Database) -> F) {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Address::File(folder.path().join("registry.sqlite"))).await.unwrap();
        test(database).await;
    });
}

/// Runs a test on a new database of the server.
pub fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Database) -> F) {
    run(async {
        let server = NewDatabase::make();
        test(Database::open(&server.address()).await.unwrap()).await;
    });
}

pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap().block_on(test);
}

/// A database of the server that goes with the test.
pub struct NewDatabase {
    server: String,
    name: String,
}

impl NewDatabase {
    /// Makes one.
    pub fn make() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("STRONGROOM_TEST_SERVER").expect(
            "STRONGROOM_TEST_SERVER names a PostgreSQL server: ./test starts one, and so does tools/test-postgres",
        );
        let name = format!("conformance_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let database = Self { server, name };
        database.tell("CREATE DATABASE");
        database
    }

    /// Returns where it is.
    pub fn address(&self) -> Address {
        Address::Server(Server::parse(&format!("{}/{}", self.server, self.name), None).unwrap())
    }

    fn tell(&self, what: &str) {
        let mut psql = std::process::Command::new("psql");
        psql.arg(format!("{}/postgres", self.server)).args(["-qX", "-c"]);
        // Connections of the test may not be closed yet.
        let force = if what.starts_with("DROP") { "WITH (FORCE)" } else { "" };
        psql.arg(format!("{what} {} {force}", self.name));
        let said = psql.output().expect("psql is there: ./test installs it");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

impl Drop for NewDatabase {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.tell("DROP DATABASE IF EXISTS");
        }
    }
}
