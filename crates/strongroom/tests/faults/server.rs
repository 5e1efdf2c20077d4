//! A PostgreSQL server of a test's own, which may be stopped.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::house::test_database::TestDatabase;

/// Runs until the test's process ends.
#[derive(Debug, Clone)]
pub struct Server {
    url: String,
    /// Where it keeps its data.
    data: String,
}

impl Server {
    pub fn start() -> Self {
        let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/test-postgres");
        let started = Command::new(tool).arg(std::process::id().to_string()).output().unwrap();
        assert!(started.status.success(), "{}", said(&started));
        let url = String::from_utf8(started.stdout).unwrap().trim().to_owned();
        let data = said(&psql(&url, "SHOW data_directory")).trim().to_owned();
        Self { url, data }
    }

    pub fn new_database(&self, name: &str) -> TestDatabase {
        TestDatabase::make(&self.url, name)
    }

    /// Ends it as a crash would, and starts it.
    pub fn start_anew(&self) {
        self.stop();
        self.start_again();
    }

    pub fn stop(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    pub fn start_again(&self) {
        self.control(&["-l", &format!("{}/../log", self.data), "-w", "start"]);
    }

    /// Waits until a statement waits for what another holds.
    pub fn wait_until_somebody_waits(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.waiting() == 0 {
            assert!(Instant::now() < until, "nobody waits");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns how many statements wait for what another holds.
    pub fn waiting(&self) -> u32 {
        said(&psql(&self.url, "SELECT count(*) FROM pg_locks WHERE NOT granted")).trim().parse().unwrap()
    }

    pub fn cut_all_connections(&self) {
        psql(&self.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    }

    fn control(&self, arguments: &[&str]) {
        let programs = "PATH=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1):$PATH; \
            if [ \"$(id -u)\" -eq 0 ]; then set -- runuser -u postgres -- \"$(command -v pg_ctl)\" \"$@\"; \
            else set -- pg_ctl \"$@\"; fi; cd /; exec \"$@\" >/dev/null 2>&1";
        let mut command = Command::new("sh");
        let done = command.args(["-c", programs, "sh", "-D", &self.data]).args(arguments).status().unwrap();
        assert!(done.success(), "pg_ctl {arguments:?}: {done}");
    }
}

fn psql(url: &str, statement: &str) -> Output {
    Command::new("psql").arg(format!("{url}/postgres")).args(["-qXtA", "-c", statement]).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
