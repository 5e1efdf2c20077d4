//! Stores in buckets of a real server, which is not ours.

use std::path::Path;
use std::time::Duration;

use crate::s3::{BucketAddress, Client, CredentialSource, Credentials, Endpoint, Patience};
use crate::storage::conformance::{CASES, Place};
use crate::storage::{BucketPlace, Store, StorePlace};

mod class;
mod commits;
mod leaving;
mod reading;
mod refused;
#[path = "../../../tests/support/s3_server.rs"]
mod s3_server;

/// A place in a bucket of its own, which is made for it.
fn place(bucket: &str) -> BucketPlace {
    let place = place_at(s3_server::url(), bucket, "keep/here");
    place.client.make_bucket().expect("it makes buckets");
    place
}

fn place_at(url: &str, bucket: &str, prefix: &str) -> BucketPlace {
    place_of(url, bucket, &format!("{prefix}/"), CredentialSource::Given(credentials()), jiff::Timestamp::now)
}

fn place_of(
    url: &str,
    bucket: &str,
    prefix: &str,
    source: CredentialSource,
    now: fn() -> jiff::Timestamp,
) -> BucketPlace {
    let address = BucketAddress { bucket: s3_server::name_of(bucket), prefix: prefix.to_owned() };
    let endpoint = Endpoint { url: Some(url.to_owned()), region: "us-east-1".to_owned(), path_style: true };
    let patience = Patience { first_wait: Duration::from_millis(5), ..Patience::default() };
    BucketPlace::new(Client::new(address, &endpoint, source, now, patience).expect("it is an address"))
}

fn credentials() -> Credentials {
    let (key_id, secret) = s3_server::key();
    Credentials { key_id: key_id.to_owned(), secret: secret.to_owned(), token: None, origin: "the test".to_owned() }
}

fn root_files() -> Vec<(String, Vec<u8>)> {
    vec![("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())]
}

fn store(bucket: &str) -> Store {
    StorePlace::Bucket(place(bucket)).create("store-1", &root_files()).expect("a store can be made")
}

/// Runs a case on a bucket of its own.
fn conforms(number: usize, store: &Store, scratch: &Path) {
    let (name, case) = CASES[number];
    if let Err(error) = case(Place { store, scratch }) {
        panic!("{name}: {error:?}");
    }
    assert!(store.drafts().expect("it is there").is_empty(), "{name} left a draft");
}

#[test]
fn a_bucket_store_passes_each_case() {
    let scratch = tempfile::tempdir().unwrap();
    for number in 0..CASES.len() {
        conforms(number, &store(&format!("case-{number}")), scratch.path());
    }
}

#[test]
fn a_bucket_without_conditions_passes_each_case() {
    let scratch = tempfile::tempdir().unwrap();
    for number in 0..CASES.len() {
        let Store::Bucket(store) = store(&format!("plain-{number}")) else { panic!("it is a bucket") };
        let plain = super::Abilities { put_if_absent: false, put_if_same: false, ..store.abilities().clone() };
        store.keep_abilities(&plain).unwrap();
        let place = StorePlace::Bucket(store.place().clone());
        conforms(number, &place.open().expect("it was made"), scratch.path());
    }
}
