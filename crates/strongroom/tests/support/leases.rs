//! The end of leases, as time brings it to a process that is paused for hours.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::installation::Installation;

const SCRIPT: &str = "
import sqlite3, sys
registry = sqlite3.connect(sys.argv[1], timeout=30)
for table in sys.argv[2:]:
    registry.execute(f'UPDATE {table} SET lease_until = 1 WHERE lease_until > 1')
registry.commit()
";

/// Ends all claims on what these tables hold.
pub fn end_leases(installation: &Installation, tables: &[&str]) {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/venv/bin/python");
    let python = std::env::var_os("STRONGROOM_TEST_PYTHON").map_or_else(own, PathBuf::from);
    let registry = installation.data().join("registry.sqlite");
    let ended = Command::new(python).args(["-c", SCRIPT]).arg(registry).args(tables).status().unwrap();
    assert!(ended.success());
}
