//! Content in a class of its own: moved by copies, in parts where it is large, and gone on with after a break.

use std::io;

use model::StorageClass;

use super::super::draft::BucketDraft;
use super::{place, root_files};
use crate::s3::{Condition, Content};
use crate::storage::conformance::{Place, put_text, write_metadata};
use crate::storage::{Commit, Draft, Store, StorePlace};

fn draft(store: &Store) -> BucketDraft {
    match store.draft("item", "ab/cd/object", "v1").unwrap() {
        Draft::Bucket(draft) => draft,
        _ => panic!("it is a bucket"),
    }
}

#[test]
fn what_is_too_large_for_one_copy_is_copied_in_parts_and_keeps_its_bytes() {
    let place = place("class-parts");
    let bytes: Vec<u8> = (0..12 << 20).map(|number: u32| (number % 251) as u8).collect();
    place.client().put("large é", Content::Bytes(&bytes), Condition::Always).unwrap();
    let kept = place.client().kept("large é").unwrap().unwrap();
    assert_eq!((kept.size_bytes, kept.class.as_str()), (12 << 20, "STANDARD"));
    place.client().put_in_class_by("large é", StorageClass::GlacierIr, &kept, (6 << 20, 5 << 20)).unwrap();
    assert_eq!(place.client().kept("large é").unwrap().unwrap().class, "GLACIER_IR");
    let (back, _) = place.client().get("large é", 1 << 30).unwrap().unwrap();
    assert!(back == bytes);
}

#[test]
fn a_commit_that_breaks_off_before_its_copies_is_gone_on_with() {
    let (scratch, place) = (tempfile::tempdir().unwrap(), place("class-broken").in_class(StorageClass::Glacier));
    let store = StorePlace::Bucket(place.clone()).create("store-1", &root_files()).unwrap();
    let begun = store.draft("item", "ab/cd/object", "v1").unwrap();
    for name in ["a", "b", "c"] {
        let here = Place { store: &store, scratch: scratch.path() };
        put_text(here, &begun, &format!("v1/content/{name}"), "content").unwrap();
    }
    write_metadata(&begun, Commit::NewObject, "v1", "new").unwrap();
    drop(begun);
    let broken = draft(&store).commit_by_steps(Commit::NewObject, &mut |name| {
        if name == "class" { Err(io::Error::other("the network broke")) } else { Ok(()) }
    });
    broken.unwrap_err();
    let class = |name: &str| place.client().kept(&place.key(name)).unwrap().unwrap().class;
    assert_eq!(class("ocfl/ab/cd/object/v1/content/a"), "STANDARD");
    draft(&store).commit(Commit::NewObject).unwrap();
    for name in ["a", "b", "c"] {
        assert_eq!(class(&format!("ocfl/ab/cd/object/v1/content/{name}")), "GLACIER");
    }
    assert_eq!(class("ocfl/ab/cd/object/inventory.json"), "STANDARD");
    assert!(store.object("ab/cd/object").unwrap().unwrap().open("v1/content/a").unwrap_err().is_frozen());
}
