//! Large files, seeking, listings of many pages, and what a bucket says when it is not there.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::{place, place_at, root_files, store};
use crate::s3::{Condition, Content, Failure, Upload};
use crate::storage::bucket::longest_key::longest_key;
use crate::storage::{BucketStore, Commit, Source, StorageError, StorePlace};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|number| u8::try_from(number * 7 % 251).unwrap()).collect()
}

#[test]
fn a_file_of_several_parts_comes_back_as_it_was() {
    let scratch = tempfile::tempdir().unwrap();
    let (store, content) = (store("large"), bytes((40 << 20) + 17));
    let path = scratch.path().join("large");
    std::fs::write(&path, &content).unwrap();
    let file = File::open(&path).unwrap();
    let draft = store.draft("item", "ab/large", "v1").unwrap();
    let length_bytes = content.len() as u64 - 5;
    draft.put("v1/content/a", &Source::Range { file: &file, offset_bytes: 5, length_bytes }).unwrap();
    draft.write("v1/content/b", |out| out.write_all(&content)).unwrap();
    draft.make_durable().unwrap();
    for (name, expected) in [("v1/content/a", &content[5..]), ("v1/content/b", &content[..])] {
        let mut seen = Vec::new();
        draft.open_back(name).unwrap().read_to_end(&mut seen).unwrap();
        assert!(seen == expected, "{name}");
    }
    draft.discard().unwrap();
    assert_eq!(store.ocfl_root().unwrap().walk("").unwrap().count(), 1);
}

#[test]
fn an_object_is_read_here_and_there() {
    let (place, content) = (place("seeking"), bytes(1 << 20));
    let client = place.client();
    client.put("one", Content::Bytes(&content), Condition::Always).unwrap();
    let mut reading = client.open("one").unwrap();
    for (at, length) in [(1 << 19, 100), (0, 10), ((1 << 20) - 7, 7), (300_000, 400_000)] {
        let mut seen = vec![0; length];
        reading.seek(SeekFrom::Start(at as u64)).unwrap();
        reading.read_exact(&mut seen).unwrap();
        assert!(seen == content[at..at + length], "at {at}");
    }
    reading.seek(SeekFrom::End(0)).unwrap();
    assert_eq!(reading.read(&mut [0; 4]).unwrap(), 0);
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_no_mixture() {
    let (place, content) = (place("replaced"), bytes(1 << 20));
    let client = place.client();
    client.put("one", Content::Bytes(&content), Condition::Always).unwrap();
    let mut reading = client.open("one").unwrap();
    client.put("one", Content::Bytes(&vec![0; 1 << 20]), Condition::Always).unwrap();
    let error = reading.read_to_end(&mut Vec::new()).unwrap_err();
    assert!(error.to_string().contains("replaced"), "{error}");
}

#[test]
fn a_listing_of_more_than_a_page_is_whole_and_all_of_it_can_be_removed() {
    let place = place("pages");
    let client = place.client();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0..275 {
                    let key = format!("many/{thread}/{number} %41&é");
                    client.put(&key, Content::Bytes(b"x"), Condition::Always).unwrap();
                }
            });
        }
    });
    assert_eq!(client.list("many/", None).map(Result::unwrap).count(), 1100);
    assert_eq!(client.list("many/", Some('/')).map(Result::unwrap).count(), 4);
    client.delete_below("many/").unwrap();
    assert_eq!(client.list("many/", None).count(), 0);
}

#[test]
fn an_upload_that_is_dropped_or_old_leaves_no_parts() {
    let place = place("dropped");
    let client = place.client();
    let begin = || {
        let mut upload = Upload::new(client, "keep/here/one".to_owned());
        upload.write_all(&bytes(17 << 20)).unwrap();
        upload
    };
    drop(begin());
    assert_eq!(client.abort_below("keep/", None).unwrap(), 0, "it was given up when it was dropped");
    let _forgotten = std::mem::ManuallyDrop::new(begin());
    // That server says of every upload that it was begun in 2010.
    assert_eq!(client.abort_below("keep/", Some(jiff::SignedDuration::from_hours(1 << 20))).unwrap(), 0, "it is young");
    assert_eq!(client.abort_below("keep/", None).unwrap(), 1);
    assert!(client.head("keep/here/one").unwrap().is_none());
}

#[test]
fn a_bucket_that_is_not_there_is_a_store_that_has_gone() {
    let nowhere = place_at(super::s3_server::url(), "nowhere", "keep");
    assert!(matches!(BucketStore::open(&nowhere), Err(StorageError::StoreGone { .. })));
    let made = StorePlace::Bucket(nowhere).create("store", &root_files());
    assert!(matches!(made, Err(StorageError::StoreGone { .. })), "{made:?}");
    assert!(matches!(BucketStore::open(&place("empty")), Err(StorageError::StoreGone { .. })));
}

#[test]
fn a_server_that_does_not_answer_is_no_damage() {
    let deaf = place_at("http://127.0.0.1:9", "nowhere", "keep");
    let error = BucketStore::open(&deaf).unwrap_err();
    assert!(matches!(error, StorageError::Unreachable { .. }) && error.is_of_absent_store(), "{error:?}");
    assert!(!format!("{error:?}").contains("Signature"), "{error:?}");
}

#[test]
fn a_place_that_holds_something_else_is_not_taken() {
    let place = place("taken");
    place.client().put("keep/here/stranger", Content::Bytes(b"x"), Condition::Always).unwrap();
    let made = BucketStore::create(&place, "store", &root_files());
    assert!(matches!(made, Err(StorageError::Conflict { .. })), "{made:?}");
}

#[test]
fn what_a_bucket_does_is_proven_and_kept() {
    let place = place("proven");
    let probed = place.probe().unwrap();
    let unproven: Vec<_> = probed.findings.iter().filter(|finding| !finding.is_proven).collect();
    assert!(unproven.iter().all(|finding| !finding.is_needed), "{unproven:?}");
    assert_eq!(place.client().list("", None).count(), 0, "the probes are gone");
    let store = BucketStore::create(&place, "store", &root_files()).unwrap();
    assert_eq!(store.abilities().put_if_absent, probed.abilities.put_if_absent);
    let opened = BucketStore::open(&place_at(super::s3_server::url(), "proven", "keep/here")).unwrap();
    assert_eq!(opened.abilities(), store.abilities());
    println!("{probed:#?}");
}

#[test]
fn a_key_that_is_too_long_is_refused_at_once_and_for_good() {
    let place = place("long-keys");
    let client = place.client();
    // 1024, but on Garage.
    let longest = longest_key(client, "keep/").unwrap();
    assert!((400..=1024).contains(&longest), "{longest}");
    client.put(&"k".repeat(longest), Content::Bytes(b"x"), Condition::Always).unwrap();
    client.delete(&["k".repeat(longest)]).unwrap();
    assert_eq!(client.list("", None).count(), 0);
    for length in (longest + 60..=1024).step_by(60) {
        let error = client.put(&"k".repeat(length), Content::Bytes(b"x"), Condition::Always).unwrap_err();
        assert!(matches!(error.failure, Failure::KeyTooLong(bytes) if bytes == length), "{error}");
        assert!(matches!(StorageError::from(error), StorageError::Name { .. }));
    }
}

#[test]
fn an_object_leaves_whole_and_may_come_again() {
    let store = store("leaving");
    let scratch = tempfile::tempdir().unwrap();
    let place = crate::storage::conformance::Place { store: &store, scratch: scratch.path() };
    crate::storage::conformance::commit_version(place, Commit::NewObject, "v1", "one").unwrap();
    let leaving = store.leaving("item-1", "ab/cd/object").unwrap();
    for _ in 0..2 {
        leaving.take_out(|_, _| Ok(None)).unwrap();
        assert!(store.object("ab/cd/object").unwrap().is_none());
    }
    crate::storage::conformance::commit_version(place, Commit::NewObject, "v1", "one").unwrap();
}
