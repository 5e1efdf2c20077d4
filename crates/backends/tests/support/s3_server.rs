//! Which S3 server the tests of buckets run on: Ceph's when `$STRONGROOM_TEST_CEPH` names one, else moto.

use std::sync::OnceLock;

#[path = "moto.rs"]
pub mod moto;

/// Returns the address of the Ceph that all processes of tests share; `./test` starts one for a run of its own.
pub fn ceph() -> Option<&'static str> {
    static CEPH: OnceLock<Option<String>> = OnceLock::new();
    CEPH.get_or_init(|| std::env::var("STRONGROOM_TEST_CEPH").ok()).as_deref()
}

/// Returns the server's address.
pub fn url() -> &'static str {
    ceph().unwrap_or_else(|| &moto::moto().url)
}

/// Returns the name of a bucket that no other process has.
pub fn name_of(bucket: &str) -> String {
    if ceph().is_some() { format!("{bucket}-{}", std::process::id()) } else { bucket.to_owned() }
}
