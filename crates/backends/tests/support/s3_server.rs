//! Which S3 server the tests of buckets run on: the one that `$STRONGROOM_TEST_S3` names, with its key, else moto.

use std::sync::OnceLock;

#[path = "moto.rs"]
pub mod moto;

/// The key that moto and Ceph are given by us.
const USUAL: (&str, &str) = ("tester", "hush");

/// A server that all processes of tests share; `./test` starts one for a run of its own (tools/test-ceph, tools/test-garage).
pub struct Shared {
    url: String,
    key_id: String,
    secret: String,
}

/// Returns that server, if there is one.
pub fn shared() -> Option<&'static Shared> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    SHARED.get_or_init(|| std::env::var("STRONGROOM_TEST_S3").ok().map(|url| read(&url))).as_ref()
}

/// Reads `http://KEY:SECRET@HOST:PORT`; not every server lets us choose its key.
fn read(url: &str) -> Shared {
    let (scheme, rest) = url.split_once("://").expect("$STRONGROOM_TEST_S3 is an address");
    let (key, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (key_id, secret) = key.split_once(':').unwrap_or(USUAL);
    Shared { url: format!("{scheme}://{place}"), key_id: key_id.to_owned(), secret: secret.to_owned() }
}

/// Returns the server's address.
pub fn url() -> &'static str {
    shared().map_or_else(|| moto::moto().url.as_str(), |server| server.url.as_str())
}

/// Returns the identifier of the key that the server knows, and its secret.
pub fn key() -> (&'static str, &'static str) {
    shared().map_or(USUAL, |server| (&server.key_id, &server.secret))
}

/// Returns the name of a bucket that no other process has.
pub fn name_of(bucket: &str) -> String {
    if shared().is_some() { format!("{bucket}-{}", std::process::id()) } else { bucket.to_owned() }
}
