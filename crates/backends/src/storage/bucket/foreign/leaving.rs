//! Objects that are exchanged in a bucket, broken off at every step; old versions that go; claims that nobody ends.

use std::collections::BTreeMap;
use std::io::{self, Read};

use digests::{Algorithm, Digest, Hasher};

use super::super::claim::Claim;
use super::super::taking_out::OldVersions;
use super::{place, root_files, store};
use crate::s3::{Condition, Content, Versions};
use crate::storage::conformance::{Place, commit_version, contents};
use crate::storage::{Commit, Leaving, StorageError, Store, StorePlace};

const OBJECT: &str = "ab/cd/object";
/// Steps at the most; a test that never ends is no test.
const STEPS_MAX: usize = 60;

fn bucket_store(store: &Store) -> &super::super::BucketStore {
    match store {
        Store::Bucket(store) => store,
        _ => panic!("it is a bucket"),
    }
}

/// What the object is before.
const OLD: [&str; 4] = ["v1/content/stays", "v1/content/goes", "inventory.json.sha256", "inventory.json"];

/// Tells what it is, as its inventory would.
fn tell(
    text: &mut dyn Read,
    each: &mut dyn FnMut(String) -> Result<(), StorageError>,
) -> Result<Option<u32>, StorageError> {
    let mut read = String::new();
    text.read_to_string(&mut read).unwrap();
    assert!(["old", "new"].contains(&read.as_str()), "{read}");
    OLD.into_iter().try_for_each(|path| each(path.to_owned()))?;
    Ok(Some(1))
}

/// Puts an object into a store as files.
fn object(store: &Store) {
    for (path, text) in [
        ("inventory.json", "old"),
        ("inventory.json.sha256", "old"),
        ("v1/content/stays", "stays"),
        ("v1/content/goes", "goes"),
    ] {
        bucket_store(store).put_small(&format!("ocfl/{OBJECT}/{path}"), text.as_bytes()).unwrap();
    }
}

#[test]
fn what_was_kept_and_made_for_a_mending_goes_with_all_its_parts() {
    let store = store("forgotten");
    let goes =
        ["quarantine/incident-1", "quarantine/incident-1-0", "work/.mend-incident-1-7", "work/.mend-incident-1-0-7"];
    let stays = ["quarantine/incident-12", "quarantine/incident-2-1", "work/.mend-incident-12-0-7", "work/incident-1"];
    for name in goes.iter().chain(&stays) {
        bucket_store(&store).put_small(name, b"wrong").unwrap();
    }
    let is_there = |name: &&str| bucket_store(&store).open_if_there(name).unwrap().is_some();
    for _ in 0..2 {
        store.forget_quarantined(&["incident-1".to_owned()]).unwrap();
        assert!(!goes.iter().any(is_there));
        assert!(stays.iter().all(is_there));
    }
    // Nobody goes on with what a killed repair has made.
    assert_eq!(store.remove_left_mendings(jiff::Timestamp::UNIX_EPOCH).unwrap(), 0);
    assert_eq!(store.remove_left_mendings(jiff::Timestamp::MAX).unwrap(), 1);
    assert!(!is_there(&"work/.mend-incident-12-0-7") && is_there(&"work/incident-1"));
}

fn new_inventory() -> Digest {
    let mut hasher = Hasher::new(Algorithm::Sha256.into());
    hasher.update(b"new");
    hasher.finish().get(Algorithm::Sha256).unwrap()
}

fn prepare(store: &Store, key: &str) -> Leaving {
    let leaving = store.leaving(key, OBJECT).unwrap();
    leaving.begin_anew().unwrap();
    leaving.keep("v1/content/stays", "v1/content/stays").unwrap();
    leaving.keep("v1/content/goes", "v2/content/moved").unwrap();
    for path in OLD {
        leaving.goes(path);
    }
    for path in ["inventory.json", "inventory.json.sha256"] {
        leaving.write(path, |out| out.write_all(b"new")).unwrap();
    }
    leaving.make_durable().unwrap();
    leaving
}

fn expected() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("inventory.json", "new"),
        ("inventory.json.sha256", "new"),
        ("v1/content/stays", "stays"),
        ("v2/content/moved", "goes"),
    ];
    let files = files.map(|(path, text)| (format!("{OBJECT}/{path}"), text.as_bytes().to_vec()));
    files.into_iter().chain(root_files()).collect()
}

#[test]
fn an_exchange_that_fails_at_any_step_is_ended_by_another_claim_and_hides_what_is_between() {
    let mut steps = 0;
    for step in 0..STEPS_MAX {
        let store = store(&format!("exchange-{step}"));
        object(&store);
        let before = contents(&store).unwrap();
        let Leaving::Bucket(leaving) = prepare(&store, "item-7-1") else { panic!("it is a bucket") };
        let mut seen = 0;
        let ended = leaving.exchange_by_steps(new_inventory(), &mut |_| {
            seen += 1;
            if seen > step { Err(io::Error::other("the network broke")) } else { Ok(()) }
        });
        let between = contents(&store).unwrap();
        let is_none = between.keys().all(|path| !path.starts_with(OBJECT));
        assert!(is_none || between == before || between == expected(), "after step {step}: {between:?}");
        // Another process has claimed the work.
        store.take_over_drafts(&["item-7-1".to_owned()], "item-7-2").unwrap();
        store.leaving("item-7-2", OBJECT).unwrap().exchange(new_inventory()).unwrap();
        assert_eq!(contents(&store).unwrap(), expected(), "after step {step}");
        assert!(store.drafts().unwrap().is_empty() && bucket_store(&store).hidden().unwrap().is_empty());
        if ended.is_ok() {
            steps = step;
            break;
        }
    }
    assert!(steps >= 8, "{steps}");
}

#[test]
fn a_removal_that_fails_at_any_step_is_ended_by_another_claim_and_hides_what_is_left() {
    let mut steps = Vec::new();
    for step in 0..STEPS_MAX {
        let store = store(&format!("removal-{step}"));
        object(&store);
        let before = contents(&store).unwrap();
        let Leaving::Bucket(leaving) = store.leaving("item-7-1", OBJECT).unwrap() else { panic!("it is a bucket") };
        let mut seen = Vec::new();
        let ended = leaving.remove_by_steps(OldVersions::Go, tell, &mut |name| {
            seen.push(name.to_owned());
            if seen.len() > step { Err(io::Error::other("the network broke")) } else { Ok(()) }
        });
        let between = contents(&store).unwrap();
        let is_none = between.keys().all(|path| !path.starts_with(OBJECT));
        assert!(is_none || between == before, "after step {step}: {between:?}");
        store.leaving("item-7-2", OBJECT).unwrap().take_out(tell).unwrap();
        assert_eq!(contents(&store).unwrap(), root_files().into_iter().collect(), "after step {step}");
        let place = bucket_store(&store).key(&format!("ocfl/{OBJECT}/")).unwrap();
        assert_eq!(bucket_store(&store).client().list(&place, None).count(), 0, "after step {step}");
        assert!(bucket_store(&store).hidden().unwrap().is_empty());
        if ended.is_ok() {
            steps = seen;
            break;
        }
    }
    assert_eq!(steps, ["claim", "names", "listed", "inventory", "versions", "release"]);
}

#[test]
fn a_late_exchanger_hides_nothing_that_another_has_ended() {
    let store = store("exchange-late");
    object(&store);
    let Leaving::Bucket(late) = prepare(&store, "item-7-1") else { panic!("it is a bucket") };
    // It is paused before it claims; another takes its work over meanwhile, and ends it.
    let ended = late.exchange_by_steps(new_inventory(), &mut |step| {
        if step == "claim" {
            store.take_over_drafts(&["item-7-1".to_owned()], "item-7-2").unwrap();
            store.leaving("item-7-2", OBJECT).unwrap().exchange(new_inventory()).unwrap();
        }
        Ok(())
    });
    ended.unwrap();
    assert_eq!(contents(&store).unwrap(), expected());
    assert!(bucket_store(&store).hidden().unwrap().is_empty());
}

#[test]
fn nothing_goes_where_something_that_stays_is_missing_or_the_note_is_not_what_was_written() {
    let store = store("exchange-lost");
    object(&store);
    let leaving = prepare(&store, "item-7-1");
    let bucket = bucket_store(&store);
    let stays = bucket.key(&format!("ocfl/{OBJECT}/v1/content/stays")).unwrap();
    bucket.client().delete(&[stays]).unwrap();
    assert!(matches!(leaving.exchange(new_inventory()), Err(StorageError::NotReady { .. })));
    bucket.put_small(&format!("ocfl/{OBJECT}/v1/content/stays"), b"stays").unwrap();
    let before = contents(&store).unwrap();
    let note = "work/item-7-1/prepared.txt";
    let mut text = String::new();
    bucket.open_if_there(note).unwrap().unwrap().read_to_string(&mut text).unwrap();
    bucket.put_small(note, text.replace("=v1/content/stays", "-v1/content/stays").as_bytes()).unwrap();
    assert!(matches!(leaving.exchange(new_inventory()), Err(StorageError::NotReady { .. })));
    assert_eq!(contents(&store).unwrap(), before);
    // Once it has begun, it is not prepared anew from what is half exchanged: it waits.
    let claim = Claim::new(OBJECT, "v1");
    bucket.claim(&claim, ".leaving-item-7").unwrap();
    assert!(matches!(leaving.exchange(new_inventory()), Err(StorageError::Io { .. })));
    bucket.client().delete(&[bucket.key(note).unwrap()]).unwrap();
    assert!(matches!(leaving.exchange(new_inventory()), Err(StorageError::Io { .. })));
    bucket.release(&claim).unwrap();
    bucket.put_small(note, text.as_bytes()).unwrap();
    leaving.exchange(new_inventory()).unwrap();
    assert_eq!(contents(&store).unwrap(), expected());
}

#[test]
fn nothing_is_exchanged_for_what_is_not_whole_and_what_was_prepared_is_given_up() {
    let store = store("exchange-half");
    object(&store);
    let before = contents(&store).unwrap();
    let leaving = prepare(&store, "item-7-1");
    leaving.write("inventory.json", |out| out.write_all(b"cut")).unwrap();
    assert!(matches!(leaving.exchange(new_inventory()), Err(StorageError::NotReady { .. })));
    assert!(leaving.keep("v1/content/none", "v1/content/none").is_err());
    leaving.give_up().unwrap();
    assert!(store.drafts().unwrap().is_empty());
    assert_eq!(contents(&store).unwrap(), before);
}

#[test]
fn old_versions_of_what_leaves_go_too_and_those_of_others_stay() {
    let place = place("old-versions");
    place.client().keep_versions().unwrap();
    let store = StorePlace::Bucket(place.clone()).create("store-1", &root_files()).unwrap();
    for name in ["ab/other", OBJECT] {
        let key = place.key(&format!("ocfl/{name}/one"));
        for text in ["first", "second"] {
            place.client().put(&key, Content::Bytes(text.as_bytes()), Condition::Always).unwrap();
        }
    }
    object(&store);
    prepare(&store, "item-7-1").exchange(new_inventory()).unwrap();
    let versions = |prefix: &str| place.client().count_versions(&place.key(prefix)).unwrap();
    assert_eq!(versions(&format!("ocfl/{OBJECT}/")), 4);
    let leaving = store.leaving("item-8-1", OBJECT).unwrap();
    leaving.check().unwrap();
    leaving.take_out(tell).unwrap();
    assert_eq!((versions(&format!("ocfl/{OBJECT}/")), versions("ocfl/ab/other/")), (0, 2));
    place.client().delete_versions_below(&place.key("ocfl/ab/other/"), Versions::Old).unwrap();
    assert_eq!(versions("ocfl/ab/other/"), 1);
}

#[test]
fn the_claim_of_a_late_one_is_taken_over_and_else_given_up() {
    let scratch = tempfile::tempdir().unwrap();
    let store = store("late");
    let bucket = bucket_store(&store);
    // Paused before it claimed the version, and gone on with when its draft had been taken over: then it was killed.
    let claim = Claim::new(OBJECT, "v1");
    bucket.claim(&claim, "item-7-1").unwrap();
    let draft = store.draft("item-7-2", OBJECT, "v1").unwrap();
    draft.write("v1/content/a", |out| out.write_all(b"content")).unwrap();
    assert_eq!(bucket.claimed_by(&claim).unwrap().as_deref(), Some("item-7-2"));
    draft.discard().unwrap();
    assert_eq!(store.claimants().unwrap(), Vec::<String>::new());
    // The same after the version was committed, which it hides.
    commit_version(Place { store: &store, scratch: scratch.path() }, Commit::NewObject, "v1", "one").unwrap();
    let before = contents(&store).unwrap();
    let object = before.keys().find(|path| path.ends_with("v1/inventory.json")).unwrap();
    let claim = Claim::new(object.trim_end_matches("/v1/inventory.json"), "v1");
    bucket.claim(&claim, "item-7-1").unwrap();
    assert!(contents(&store).unwrap() != before);
    assert_eq!(store.claimants().unwrap(), ["item-7-1"]);
    store.draft("item-7-1", "leftover", "v1").unwrap().discard().unwrap();
    assert_eq!(contents(&store).unwrap(), before);
    assert!(store.claimants().unwrap().is_empty());
}

#[test]
fn a_withdrawal_that_was_killed_is_ended_though_no_listing_shows_it() {
    let store = store("withdrawn");
    object(&store);
    let bucket = bucket_store(&store);
    bucket.claim(&Claim::new(OBJECT, "v1"), ".leaving-job-3").unwrap();
    assert!(store.object(OBJECT).unwrap().is_none());
    assert_eq!(store.end_withdrawals("job-4", tell).unwrap(), 0);
    assert_eq!(store.end_withdrawals("job-3", tell).unwrap(), 1);
    assert_eq!(store.end_withdrawals("job-3", tell).unwrap(), 0);
    assert_eq!(contents(&store).unwrap(), root_files().into_iter().collect());
    assert!(bucket.hidden().unwrap().is_empty());
    // What is left of it is shown to nobody, and is not there either.
    let place = bucket.key(&format!("ocfl/{OBJECT}/")).unwrap();
    assert_eq!(bucket.client().list(&place, None).count(), 0);
}
