//! Commits into a bucket, broken off at every step, and two at once.

use std::io;
use std::path::Path;

use super::super::draft::{BucketDraft, Standing};
use super::store;
use crate::storage::conformance::{Place, commit_version, contents, put_text, write_metadata};
use crate::storage::{Commit, Draft, StorageError, Store};

/// Steps at the most; a test that never ends is no test.
const STEPS_MAX: usize = 60;

fn version(commit: Commit) -> &'static str {
    if commit == Commit::NewObject { "v1" } else { "v2" }
}

fn bucket_draft(store: &Store, key: &str, version: &str) -> BucketDraft {
    match store.draft(key, "ab/cd/object", version).unwrap() {
        Draft::Bucket(draft) => draft,
        _ => panic!("it is a bucket"),
    }
}

/// Leaves a store with a draft that is ready to be committed.
fn prepare(bucket: &str, scratch: &Path, commit: Commit) -> Store {
    let store = store(bucket);
    let place = Place { store: &store, scratch };
    if commit == Commit::NextVersion {
        commit_version(place, Commit::NewObject, "v1", "one").unwrap();
    }
    let draft = store.draft("item", "ab/cd/object", version(commit)).unwrap();
    put_text(place, &draft, &format!("{}/content/a", version(commit)), "content").unwrap();
    write_metadata(&draft, commit, version(commit), "new").unwrap();
    store
}

#[test]
fn a_commit_that_fails_at_any_step_is_ended_by_the_next_and_never_torn() {
    let scratch = tempfile::tempdir().unwrap();
    for (commit, steps_min) in [(Commit::NewObject, 6), (Commit::NextVersion, 6)] {
        let whole = prepare(&format!("whole-{}", version(commit)), scratch.path(), commit);
        let before = contents(&whole).unwrap();
        whole.draft("item", "ab/cd/object", version(commit)).unwrap().commit(commit).unwrap();
        let expected = contents(&whole).unwrap();
        assert!(expected.len() > before.len());
        let mut steps = 0;
        for step in 0..STEPS_MAX {
            let store = prepare(&format!("step-{}-{step}", version(commit)), scratch.path(), commit);
            let mut seen = 0;
            let broken = bucket_draft(&store, "item", version(commit)).commit_by_steps(commit, &mut |_| {
                seen += 1;
                if seen > step { Err(io::Error::other("the network broke")) } else { Ok(()) }
            });
            let draft = store.draft("item", "ab/cd/object", version(commit)).unwrap();
            draft.commit(commit).unwrap_or_else(|error| panic!("after step {step}: {error:?}"));
            assert_eq!(contents(&store).unwrap(), expected, "after step {step}");
            assert!(store.drafts().unwrap().is_empty(), "after step {step}");
            if broken.is_ok() {
                steps = step;
                break;
            }
        }
        assert!(steps >= steps_min, "{commit:?} has only {steps} steps");
    }
}

#[test]
fn a_draft_given_up_at_any_step_of_its_commit_leaves_the_object_as_it_was_or_is_ended() {
    let scratch = tempfile::tempdir().unwrap();
    for step in 0..STEPS_MAX {
        let store = prepare(&format!("given-up-{step}"), scratch.path(), Commit::NextVersion);
        let before = contents(&store).unwrap();
        let mut seen = 0;
        let broken = bucket_draft(&store, "item", "v2").commit_by_steps(Commit::NextVersion, &mut |_| {
            seen += 1;
            if seen > step { Err(io::Error::other("the network broke")) } else { Ok(()) }
        });
        let root = contents(&store).unwrap()["ab/cd/object/inventory.json"].clone();
        let has_begun = String::from_utf8(root).unwrap().contains("v2") && store.drafts().unwrap() == ["item"];
        let by_its_work = store.draft("item", "ab/cd/object", "v2").unwrap();
        if has_begun && broken.is_err() && bucket_draft(&store, "item", "v2").standing().unwrap() == Standing::Resumed {
            assert!(matches!(by_its_work.discard(), Err(StorageError::Conflict { .. })), "after step {step}");
        }
        // The sweeper knows the key alone.
        match store.draft("item", "leftover", "v1").unwrap().discard() {
            Ok(()) if broken.is_err() => {
                let seen = contents(&store).unwrap();
                let is_whole = seen.len() == before.len() + 4 && seen["ab/cd/object/logs/v2.json"] == b"new";
                assert!(seen == before || is_whole, "after step {step}: {:?}", seen.keys());
            }
            Ok(()) => return assert!(step >= 6, "only {step} steps"),
            Err(error) => panic!("after step {step}: {error:?}"),
        }
        assert!(store.drafts().unwrap().is_empty(), "after step {step}");
    }
    panic!("more than {STEPS_MAX} steps");
}

#[test]
fn of_two_writers_of_a_version_one_goes_first_and_nothing_is_torn() {
    let scratch = tempfile::tempdir().unwrap();
    let store = store("two-writers");
    let place = Place { store: &store, scratch: scratch.path() };
    commit_version(place, Commit::NewObject, "v1", "one").unwrap();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let commit = |mark: &'static str| {
            scope.spawn(move || commit_version(place, Commit::NextVersion, "v2", mark).map(|_| mark))
        };
        let threads = ["left", "right"].map(commit);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let won: Vec<_> = outcomes.iter().flatten().collect();
    assert_eq!(won.len(), 1, "{outcomes:?}");
    let object = contents(&store).unwrap();
    let text = |path: &str| String::from_utf8(object[&format!("ab/cd/object/{path}")].clone()).unwrap();
    assert!(text("inventory.json").contains(won[0].to_owned()));
    assert!(text("inventory.json.sha256").starts_with(won[0].to_owned()));
    assert_eq!(object.keys().filter(|path| path.contains("v2/content")).count(), 1, "{object:?}");
}

#[test]
fn the_root_inventory_of_another_writer_is_not_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let store = prepare("another-root", scratch.path(), Commit::NextVersion);
    let Store::Bucket(bucket) = &store else { panic!("it is a bucket") };
    let mut has_come = false;
    let result = bucket_draft(&store, "item", "v2").commit_by_steps(Commit::NextVersion, &mut |name| {
        if name.ends_with("object/inventory.json") && !name.contains("/v2/") && !has_come {
            has_come = true;
            bucket.put_small("ocfl/ab/cd/object/inventory.json", b"of another program").map_err(io::Error::other)?;
        }
        Ok(())
    });
    assert!(has_come && matches!(result, Err(StorageError::Conflict { .. })), "{result:?}");
    assert_eq!(contents(&store).unwrap()["ab/cd/object/inventory.json"], b"of another program");
}
