//! Commits, broken off at every step.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use crate::storage::conformance::{Place, commit_version, contents, put_text, write_metadata};
use crate::storage::draft::FolderDraft;
use crate::storage::{Commit, Committed, Draft, FolderStore, StorageError, Store, another_process};

/// Steps of a commit at the most; a test that never ends is no test.
const STEPS_MAX: usize = 100;

fn store(top: &Path) -> FolderStore {
    let scratch = top.join("scratch");
    fs::create_dir_all(&scratch).unwrap();
    FolderStore::create(top.join("store"), "store-1", &[("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())]).unwrap()
}

/// Leaves a store with a draft that is ready to be committed.
fn prepare(top: &Path, commit: Commit) -> FolderStore {
    let store = store(top);
    let (door, scratch) = (Store::from(store.clone()), top.join("scratch"));
    let place = Place { store: &door, scratch: &scratch };
    if commit == Commit::NextVersion {
        commit_version(place, Commit::NewObject, "v1", "one").unwrap();
    }
    let draft = Draft::Folder(draft(&store, commit));
    put_text(place, &draft, &format!("{}/content/a", version(commit)), "content").unwrap();
    put_text(place, &draft, "logs/sub/more", "log").unwrap();
    write_metadata(&draft, commit, version(commit), "new").unwrap();
    store
}

fn version(commit: Commit) -> &'static str {
    if commit == Commit::NewObject { "v1" } else { "v2" }
}

fn draft(store: &FolderStore, commit: Commit) -> FolderDraft {
    store.draft("item", "ab/cd/object", version(commit)).unwrap()
}

fn committed_tree(commit: Commit) -> BTreeMap<String, Vec<u8>> {
    let top = tempfile::tempdir().unwrap();
    let store = prepare(top.path(), commit);
    assert_eq!(draft(&store, commit).commit(commit).unwrap(), Committed::Now);
    contents(&store.clone().into()).unwrap()
}

/// Breaks a commit off before each of its steps, commits again, and compares with one that was not broken off.
fn check_each_step(commit: Commit, mut break_off: impl FnMut(&Path, &FolderStore, usize) -> bool) -> usize {
    let expected = committed_tree(commit);
    for step in 0..STEPS_MAX {
        let top = tempfile::tempdir().unwrap();
        let store = prepare(top.path(), commit);
        if !break_off(top.path(), &store, step) {
            return step;
        }
        draft(&store, commit).commit(commit).unwrap_or_else(|error| panic!("after step {step}: {error:?}"));
        assert_eq!(contents(&store.clone().into()).unwrap(), expected, "after step {step}");
        assert!(store.drafts().unwrap().is_empty(), "after step {step}");
        assert_eq!(draft(&store, commit).commit(commit).unwrap(), Committed::Earlier, "after step {step}");
        assert_eq!(contents(&store.clone().into()).unwrap(), expected, "after step {step}");
    }
    panic!("more than {STEPS_MAX} steps");
}

/// Commits and lets the given step fail; `false` when there are fewer steps.
fn fail_at(store: &FolderStore, commit: Commit, step: usize) -> bool {
    let mut seen = 0;
    let result = draft(store, commit).commit_by_steps(commit, &mut |_| {
        seen += 1;
        if seen > step { Err(io::Error::other("the disk broke")) } else { Ok(()) }
    });
    result.is_err()
}

#[test]
fn a_commit_that_fails_at_any_step_is_ended_by_the_next() {
    for (commit, steps_min) in [(Commit::NewObject, 7), (Commit::NextVersion, 12)] {
        let steps = check_each_step(commit, |_, store, step| fail_at(store, commit, step));
        assert!(steps >= steps_min, "{commit:?} has only {steps} steps");
    }
}

#[test]
fn a_commit_that_is_killed_at_any_step_is_ended_by_the_next() {
    if let Some(part) = another_process::part() {
        return be_killed(&part);
    }
    let test = concat!(module_path!(), "::a_commit_that_is_killed_at_any_step_is_ended_by_the_next");
    for commit in [Commit::NewObject, Commit::NextVersion] {
        let steps = check_each_step(commit, |top, _, step| {
            let part = format!("{} {step} {}", version(commit), top.display());
            let output = another_process::run(test, &part);
            assert!(output.status.success() || output.status.signal() == Some(9), "{output:?}");
            output.status.signal() == Some(9)
        });
        assert!(steps >= 7, "{commit:?} has only {steps} steps");
    }
}

/// Commits and kills this process before the given step.
fn be_killed(part: &str) {
    let mut words = part.splitn(3, ' ');
    let commit = if words.next() == Some("v1") { Commit::NewObject } else { Commit::NextVersion };
    let step: usize = words.next().unwrap().parse().unwrap();
    let store = FolderStore::open(Path::new(words.next().unwrap()).join("store")).unwrap();
    let mut seen = 0;
    let committed = draft(&store, commit).commit_by_steps(commit, &mut |_| {
        seen += 1;
        if seen > step {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        }
        Ok(())
    });
    assert_eq!(committed.unwrap(), Committed::Now);
}

#[test]
fn a_commit_that_failed_leaves_no_empty_parents() {
    let top = tempfile::tempdir().unwrap();
    let store = prepare(top.path(), Commit::NewObject);
    let before = contents(&store.clone().into()).unwrap();
    let result = draft(&store, Commit::NewObject).commit_by_steps(Commit::NewObject, &mut |name| {
        if name.ends_with("/object") { Err(io::Error::other("the disk broke")) } else { Ok(()) }
    });
    assert!(result.is_err());
    assert_eq!(contents(&store.clone().into()).unwrap(), before);
}

#[test]
fn a_next_version_is_ended_when_the_workspace_was_lost() {
    let expected = committed_tree(Commit::NextVersion);
    let top = tempfile::tempdir().unwrap();
    let store = prepare(top.path(), Commit::NextVersion);
    let result = draft(&store, Commit::NextVersion).commit_by_steps(Commit::NextVersion, &mut |name| {
        if name.ends_with("object/inventory.json") { Err(io::Error::other("the disk broke")) } else { Ok(()) }
    });
    assert!(result.is_err());
    assert!(matches!(draft(&store, Commit::NextVersion).discard(), Err(StorageError::Conflict { .. })));
    fs::remove_dir_all(top.path().join("store/work/item")).unwrap();
    assert_eq!(draft(&store, Commit::NextVersion).commit(Commit::NextVersion).unwrap(), Committed::Now);
    let without_logs = expected.into_iter().filter(|(name, _)| !name.contains("logs/sub") && !name.contains("logs/v2"));
    assert_eq!(contents(&store.clone().into()).unwrap(), without_logs.collect());
    assert!(store.drafts().unwrap().is_empty());
}

#[test]
fn no_version_is_built_on_an_unfinished_one() {
    let top = tempfile::tempdir().unwrap();
    let store = prepare(top.path(), Commit::NextVersion);
    let failed = draft(&store, Commit::NextVersion).commit_by_steps(Commit::NextVersion, &mut |name| {
        if name.ends_with("object/inventory.json") { Err(io::Error::other("the disk broke")) } else { Ok(()) }
    });
    assert!(failed.is_err());
    let (door, scratch) = (Store::from(store.clone()), top.path().join("scratch"));
    let place = Place { store: &door, scratch: &scratch };
    let early = commit_version(place, Commit::NextVersion, "v3", "three");
    assert!(matches!(early, Err(StorageError::Conflict { .. })), "{early:?}");
    draft(&store, Commit::NextVersion).commit(Commit::NextVersion).unwrap();
    assert_eq!(commit_version(place, Commit::NextVersion, "v3", "three").unwrap(), Committed::Now);
}

#[test]
fn the_sidecar_of_another_algorithm_goes_with_its_inventory() {
    let top = tempfile::tempdir().unwrap();
    let store = prepare(top.path(), Commit::NextVersion);
    fs::write(top.path().join("store/ocfl/ab/cd/object/inventory.json.sha512"), "of v1").unwrap();
    draft(&store, Commit::NextVersion).commit(Commit::NextVersion).unwrap();
    assert_eq!(contents(&store.clone().into()).unwrap(), committed_tree(Commit::NextVersion));
}

#[test]
fn a_log_is_never_overwritten() {
    let top = tempfile::tempdir().unwrap();
    let store = prepare(top.path(), Commit::NextVersion);
    fs::write(top.path().join("store/ocfl/ab/cd/object/logs/v2.json"), "another").unwrap();
    let before = contents(&store.clone().into()).unwrap();
    let result = draft(&store, Commit::NextVersion).commit(Commit::NextVersion);
    assert!(matches!(result, Err(StorageError::Conflict { .. })));
    assert_eq!(contents(&store.clone().into()).unwrap(), before);
}
