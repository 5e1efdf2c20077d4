//! What every store must do, written against the door alone. A kind of store passes this or is no store.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::{Beside, Commit, Committed, Draft, EntryKind, Put, Source, StorageError, Store};

type Outcome = Result<(), StorageError>;

/// A store that is empty, and a folder for sources.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The store.
    pub store: &'a Store,
    /// A folder outside of the store.
    pub scratch: &'a Path,
}

/// One thing that a store must do.
pub type Case = fn(Place<'_>) -> Outcome;

/// All cases by name. Each wants an empty store.
pub const CASES: &[(&str, Case)] = &[
    ("what is committed is read back", what_is_committed_is_read_back),
    ("nothing is visible before the commit", nothing_is_visible_before_the_commit),
    ("a draft is taken up again", a_draft_is_taken_up_again),
    ("a draft is taken over under another key", a_draft_is_taken_over_under_another_key),
    ("a put after a broken-off one writes anew", a_put_after_a_broken_off_one_writes_anew),
    ("a commit twice is well", a_commit_twice_is_well),
    ("another inventory is a conflict", another_inventory_is_a_conflict),
    ("a version follows another", a_version_follows_another),
    ("a version that does not follow is a conflict", a_version_that_does_not_follow_is_a_conflict),
    ("a late repetition changes nothing", a_late_repetition_changes_nothing),
    ("a draft that is not complete is not committed", a_draft_that_is_not_complete_is_not_committed),
    ("a discarded draft leaves nothing", a_discarded_draft_leaves_nothing),
    ("reading back needs durability", reading_back_needs_durability),
    ("replaced content is what is read", replaced_content_is_what_is_read),
    ("a short source is an error", a_short_source_is_an_error),
    ("many files arrive by many threads", many_files_arrive_by_many_threads),
    ("two drafts at once do not meet", two_drafts_at_once_do_not_meet),
    ("hostile names are refused", hostile_names_are_refused),
    ("a file is measured by asking for it alone", a_file_is_measured_by_asking_for_it_alone),
    ("what lies beside the root is no object", what_lies_beside_the_root_is_no_object),
    ("an object is withdrawn whole", an_object_is_withdrawn_whole),
];

/// The bytes of the inventory of a made-up version; the door does not read it.
fn inventory(version: &str, mark: &str) -> Vec<u8> {
    format!("{{\"head\":\"{version}\",\"mark\":\"{mark}\"}}\n").into_bytes()
}

/// Writes all that a version needs beside its content.
///
/// # Errors
/// As [`Draft::write`].
pub fn write_metadata(draft: &Draft, commit: Commit, version: &str, mark: &str) -> Outcome {
    for folder in ["", &format!("{version}/")] {
        draft.write(&format!("{folder}inventory.json"), |file| file.write_all(&inventory(version, mark)))?;
        draft.write(&format!("{folder}inventory.json.sha256"), |file| writeln!(file, "{mark} inventory.json"))?;
    }
    draft.write(&format!("logs/{version}.json"), |file| file.write_all(mark.as_bytes()))?;
    match commit {
        Commit::NewObject => draft.write("0=ocfl_object_1.1", |file| file.write_all(b"ocfl_object_1.1\n")),
        Commit::NextVersion => Ok(()),
    }
}

/// Puts a text as the content of a version.
///
/// # Errors
/// As [`Draft::put`].
pub fn put_text(place: Place<'_>, draft: &Draft, path: &str, text: &str) -> Result<Put, StorageError> {
    draft.put(path, &source(place, text))
}

fn source(place: Place<'_>, text: &str) -> Source<'static> {
    let path = place.scratch.join(format!("{}-{}", text.len(), text.bytes().map(u64::from).sum::<u64>()));
    fs::write(&path, text).expect("the scratch folder can be written");
    Source::File { path, length_bytes: text.len() as u64 }
}

/// Makes and commits a whole version with one file of content.
///
/// # Errors
/// As [`Draft::put`] and [`Draft::commit`].
pub fn commit_version(place: Place<'_>, commit: Commit, version: &str, mark: &str) -> Result<Committed, StorageError> {
    let draft = place.store.draft(&format!("item-{mark}"), "ab/cd/object", version)?;
    put_text(place, &draft, &format!("{version}/content/data/{mark}"), mark)?;
    write_metadata(&draft, commit, version, mark)?;
    draft.commit(commit)
}

/// Returns every file of the OCFL root with its bytes, and every empty folder.
///
/// # Errors
/// As [`super::ObjectReader`] gives.
pub fn contents(store: &Store) -> Result<BTreeMap<String, Vec<u8>>, StorageError> {
    let root = store.ocfl_root()?;
    let mut contents = BTreeMap::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = root.list(&folder)?;
        if entries.is_empty() {
            contents.insert(format!("{folder}/ (empty)"), Vec::new());
        }
        for entry in entries {
            let path = if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
            match entry.kind {
                EntryKind::Folder => folders.push(path),
                _ => {
                    let bytes = read(root.open(&path)?);
                    contents.insert(path, bytes);
                }
            }
        }
    }
    Ok(contents)
}

fn read(mut reader: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("what was opened can be read");
    bytes
}

fn is_conflict(result: &Result<Committed, StorageError>) -> bool {
    matches!(result, Err(StorageError::Conflict { .. }))
}

fn what_is_committed_is_read_back(place: Place<'_>) -> Outcome {
    assert_eq!(commit_version(place, Commit::NewObject, "v1", "one")?, Committed::Now);
    let object = place.store.object("ab/cd/object")?.expect("it was committed");
    assert_eq!(read(object.open("v1/content/data/one")?), b"one");
    assert_eq!(read(object.open_back("inventory.json")?), inventory("v1", "one"));
    let names: Vec<_> = object.list("")?.into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["0=ocfl_object_1.1", "inventory.json", "inventory.json.sha256", "logs", "v1"]);
    assert_eq!(object.walk("v1")?.count(), 3);
    assert!(place.store.drafts()?.is_empty());
    Ok(())
}

fn nothing_is_visible_before_the_commit(place: Place<'_>) -> Outcome {
    let before = contents(place.store)?;
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    put_text(place, &draft, "v1/content/a", "a")?;
    write_metadata(&draft, Commit::NewObject, "v1", "one")?;
    assert!(place.store.object("ab/cd/object")?.is_none());
    assert_eq!(contents(place.store)?, before);
    assert_eq!(place.store.drafts()?, ["item"]);
    draft.discard()
}

fn a_draft_is_taken_up_again(place: Place<'_>) -> Outcome {
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    assert_eq!(put_text(place, &draft, "v1/content/a", "first")?, Put::Written);
    drop(draft);
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    assert_eq!(draft.content("v1/content/a")?, Some(5));
    assert_eq!(draft.content("v1/content/b")?, None);
    assert_eq!(put_text(place, &draft, "v1/content/a", "first")?, Put::AlreadyThere);
    assert_eq!(put_text(place, &draft, "v1/content/b", "second")?, Put::Written);
    let found = draft.list()?.map(|found| found.map(|found| (found.path, found.size_bytes)));
    let expected = [("v1/content/a".to_owned(), 5), ("v1/content/b".to_owned(), 6)];
    assert_eq!(found.collect::<Result<Vec<_>, _>>()?, expected);
    draft.remove("v1/content/b")?;
    draft.remove("v1/content/b")?;
    assert_eq!(draft.list()?.count(), 1);
    draft.discard()
}

fn a_draft_is_taken_over_under_another_key(place: Place<'_>) -> Outcome {
    let late = place.store.draft("item-7-1", "ab/cd/object", "v1")?;
    put_text(place, &late, "v1/content/a", "first")?;
    write_metadata(&late, Commit::NewObject, "v1", "one")?;
    for _ in 0..2 {
        place.store.take_over_drafts(&["item-7-1".to_owned()], "item-7-2")?;
    }
    assert_eq!(place.store.drafts()?, ["item-7-2"]);
    let taken = place.store.draft("item-7-2", "ab/cd/object", "v1")?;
    assert_eq!(taken.content("v1/content/a")?, Some(5));
    assert!(late.commit(Commit::NewObject).is_err(), "who was late commits nothing");
    assert!(place.store.object("ab/cd/object")?.is_none());
    assert_eq!(taken.commit(Commit::NewObject)?, Committed::Now);
    let object = place.store.object("ab/cd/object")?.expect("it was committed");
    assert_eq!(read(object.open("v1/content/a")?), b"first");
    assert!(place.store.drafts()?.is_empty());
    Ok(())
}

fn a_put_after_a_broken_off_one_writes_anew(place: Place<'_>) -> Outcome {
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    draft.write("v1/content/a", |file| file.write_all(b"xx"))?;
    assert_eq!(put_text(place, &draft, "v1/content/a", "whole")?, Put::Written);
    draft.make_durable()?;
    assert_eq!(read(draft.open_back("v1/content/a")?), b"whole");
    draft.discard()
}

fn a_commit_twice_is_well(place: Place<'_>) -> Outcome {
    commit_version(place, Commit::NewObject, "v1", "one")?;
    let before = contents(place.store)?;
    assert_eq!(commit_version(place, Commit::NewObject, "v1", "one")?, Committed::Earlier);
    // A restarted work that finds nothing to do need not have written anything.
    let draft = place.store.draft("item-one", "ab/cd/object", "v1")?;
    assert_eq!(draft.commit(Commit::NewObject)?, Committed::Earlier);
    assert_eq!(contents(place.store)?, before);
    assert!(place.store.drafts()?.is_empty());
    Ok(())
}

fn another_inventory_is_a_conflict(place: Place<'_>) -> Outcome {
    commit_version(place, Commit::NewObject, "v1", "one")?;
    let before = contents(place.store)?;
    assert!(is_conflict(&commit_version(place, Commit::NewObject, "v1", "other")));
    commit_version(place, Commit::NextVersion, "v2", "two")?;
    assert!(is_conflict(&commit_version(place, Commit::NextVersion, "v2", "other")));
    assert_eq!(contents(place.store)?.len(), before.len() + 4);
    place.store.draft("item-other", "ab/cd/object", "v2")?.discard()
}

fn a_version_follows_another(place: Place<'_>) -> Outcome {
    commit_version(place, Commit::NewObject, "v1", "one")?;
    assert_eq!(commit_version(place, Commit::NextVersion, "v2", "two")?, Committed::Now);
    assert_eq!(commit_version(place, Commit::NextVersion, "v2", "two")?, Committed::Earlier);
    let object = place.store.object("ab/cd/object")?.expect("it was committed");
    assert_eq!(read(object.open("inventory.json")?), inventory("v2", "two"));
    assert_eq!(read(object.open("inventory.json.sha256")?), b"two inventory.json\n");
    assert_eq!(read(object.open("v1/inventory.json")?), inventory("v1", "one"));
    assert_eq!(read(object.open("logs/v1.json")?), b"one");
    assert_eq!(read(object.open("logs/v2.json")?), b"two");
    assert!(place.store.drafts()?.is_empty());
    Ok(())
}

fn a_version_that_does_not_follow_is_a_conflict(place: Place<'_>) -> Outcome {
    assert!(is_conflict(&commit_version(place, Commit::NextVersion, "v2", "two")));
    commit_version(place, Commit::NewObject, "v1", "one")?;
    assert!(is_conflict(&commit_version(place, Commit::NextVersion, "v3", "three")));
    for mark in ["two", "three"] {
        place.store.draft(&format!("item-{mark}"), "ab/cd/object", "v3")?.discard()?;
    }
    Ok(())
}

fn a_late_repetition_changes_nothing(place: Place<'_>) -> Outcome {
    commit_version(place, Commit::NewObject, "v1", "one")?;
    commit_version(place, Commit::NextVersion, "v2", "two")?;
    commit_version(place, Commit::NextVersion, "v3", "three")?;
    let before = contents(place.store)?;
    assert_eq!(commit_version(place, Commit::NewObject, "v1", "one")?, Committed::Earlier);
    assert_eq!(commit_version(place, Commit::NextVersion, "v2", "two")?, Committed::Earlier);
    assert_eq!(contents(place.store)?, before);
    assert!(place.store.drafts()?.is_empty());
    Ok(())
}

fn a_draft_that_is_not_complete_is_not_committed(place: Place<'_>) -> Outcome {
    let before = contents(place.store)?;
    let not_ready = |place: Place<'_>| -> Outcome {
        let draft = place.store.draft("item", "ab/cd/object", "v1")?;
        assert!(matches!(draft.commit(Commit::NewObject), Err(StorageError::NotReady { .. })));
        assert_eq!(contents(place.store)?, before);
        Ok(())
    };
    not_ready(place)?;
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    put_text(place, &draft, "v1/content/a", "a")?;
    not_ready(place)?;
    write_metadata(&draft, Commit::NextVersion, "v1", "one")?;
    not_ready(place)?;
    write_metadata(&draft, Commit::NewObject, "v1", "one")?;
    draft.write("stranger", |file| file.write_all(b"?"))?;
    not_ready(place)?;
    draft.remove("stranger")?;
    draft.write("inventory.json", |file| file.write_all(b"another"))?;
    not_ready(place)?;
    draft.discard()
}

fn a_discarded_draft_leaves_nothing(place: Place<'_>) -> Outcome {
    let before = contents(place.store)?;
    for _ in 0..2 {
        let draft = place.store.draft("item", "ab/cd/object", "v1")?;
        put_text(place, &draft, "v1/content/deep/er/a", "a")?;
        draft.discard()?;
        place.store.draft("item", "ab/cd/object", "v1")?.discard()?;
        assert!(place.store.drafts()?.is_empty());
        assert_eq!(contents(place.store)?, before);
    }
    Ok(())
}

fn reading_back_needs_durability(place: Place<'_>) -> Outcome {
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    put_text(place, &draft, "v1/content/a", "a")?;
    assert!(matches!(draft.open_back("v1/content/a"), Err(StorageError::NotReady { .. })));
    draft.make_durable()?;
    assert_eq!(read(draft.open_back("v1/content/a")?), b"a");
    put_text(place, &draft, "v1/content/b", "b")?;
    assert!(matches!(draft.open_back("v1/content/a"), Err(StorageError::NotReady { .. })));
    draft.discard()
}

fn replaced_content_is_what_is_read(place: Place<'_>) -> Outcome {
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    put_text(place, &draft, "v1/content/a", "wrong")?;
    draft.replace("v1/content/a", &source(place, "right"))?;
    draft.make_durable()?;
    assert_eq!(read(draft.open_back("v1/content/a")?), b"right");
    draft.discard()
}

fn a_short_source_is_an_error(place: Place<'_>) -> Outcome {
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    let Source::File { path, .. } = source(place, "four") else { return Ok(()) };
    for length_bytes in [5, 1 << 20] {
        let file = File::open(&path).expect("it was just written");
        let range = Source::Range { file: &file, offset_bytes: 2, length_bytes };
        let whole = Source::File { path: path.clone(), length_bytes };
        for (source, seen) in [(range, 2), (whole, 4)] {
            match draft.put("v1/content/a", &source) {
                Err(StorageError::SourceShort { expected_bytes, seen_bytes, .. }) => {
                    assert_eq!((expected_bytes, seen_bytes), (length_bytes, seen));
                }
                other => panic!("not a short source: {other:?}"),
            }
        }
    }
    // Whether what came stays there, cut off, is the store's own business; it is never what is taken for the whole.
    put_text(place, &draft, "v1/content/a", "more than four")?;
    draft.make_durable()?;
    assert_eq!(read(draft.open_back("v1/content/a")?), b"more than four");
    draft.discard()
}

fn many_files_arrive_by_many_threads(place: Place<'_>) -> Outcome {
    let Source::File { path, .. } = source(place, &"0123456789".repeat(50_000)) else { return Ok(()) };
    let file = File::open(&path).expect("it was just written");
    let range = |number: u64| Source::Range { file: &file, offset_bytes: number % 7, length_bytes: number * 499 };
    let name = |number: u64| format!("v1/content/{}/{number}", number % 13);
    let draft = place.store.draft("item", "ab/cd/object", "v1")?;
    let totals = draft.put_many((0..900).map(|number| (name(number), range(number))), 4)?;
    assert_eq!((totals.written_files, totals.written_bytes), (900, (0..900).map(|number| number * 499).sum()));
    let again = draft.put_many((0..901).map(|number| (name(number), range(number))), 3)?;
    assert_eq!((again.written_files, again.skipped_files), (1, 900));
    draft.make_durable()?;
    for number in 0..=900 {
        let bytes = read(draft.open_back(&name(number))?);
        let expected = b"0123456789".iter().cycle().skip(usize::try_from(number % 7).expect("small"));
        assert!(bytes.iter().eq(expected.take(bytes.len())) && bytes.len() as u64 == number * 499, "{number}");
    }
    let short = Source::Range { file: &file, offset_bytes: 0, length_bytes: 1 << 40 };
    let stopped = draft.put_many(std::iter::once(("v1/content/short".to_owned(), short)), 2);
    assert!(matches!(stopped, Err(StorageError::SourceShort { .. })));
    draft.discard()
}

fn two_drafts_at_once_do_not_meet(place: Place<'_>) -> Outcome {
    let outcome = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                scope.spawn(move || -> Outcome {
                    for turn in 0..5 {
                        // They share their parents, which a failed or discarded one tidies away.
                        let object = format!("ab/cd/object-{number}-{turn}");
                        let draft = place.store.draft(&format!("item-{number}"), &object, "v1")?;
                        draft.write("v1/content/a", |file| write!(file, "{number}"))?;
                        write_metadata(&draft, Commit::NewObject, "v1", "one")?;
                        place.store.draft("nobody", "ab/cd/nothing", "v1")?.discard()?;
                        assert_eq!(draft.commit(Commit::NewObject)?, Committed::Now);
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    });
    outcome?;
    assert!(place.store.drafts()?.is_empty());
    for number in 0..4 {
        let object = place.store.object(&format!("ab/cd/object-{number}-4"))?.expect("it was committed");
        assert_eq!(read(object.open("v1/content/a")?), number.to_string().as_bytes());
    }
    Ok(())
}

fn hostile_names_are_refused(place: Place<'_>) -> Outcome {
    let is_refused = |result: Result<(), StorageError>| matches!(result, Err(StorageError::Name { .. }));
    for key in ["", ".", "..", ".hidden", "a/b", "a\0"] {
        assert!(is_refused(place.store.draft(key, "object", "v1").map(drop)), "{key:?}");
    }
    let draft = place.store.draft("item", "object", "v1")?;
    for path in ["", "/", "/etc/passwd", "../outside", "v1/../../outside", "v1//a", "v1/a/", "v1/\0"] {
        assert!(is_refused(place.store.object(path).map(drop)), "{path:?}");
        assert!(is_refused(draft.put(path, &source(place, "a")).map(drop)), "{path:?}");
        assert!(is_refused(draft.write(path, |_| Ok(()))), "{path:?}");
    }
    draft.discard()
}

fn a_file_is_measured_by_asking_for_it_alone(place: Place<'_>) -> Outcome {
    commit_version(place, Commit::NewObject, "v1", "one")?;
    let object = place.store.object("ab/cd/object")?.expect("it was committed");
    assert_eq!(object.size_of("v1/content/data/one")?, Some(3));
    assert_eq!(object.size_of("v1/content/data/two")?, None);
    assert_eq!(object.size_of("v1/nowhere/two")?, None);
    assert!(object.size_of("v1/content").is_err(), "a folder is no file");
    Ok(())
}

fn what_lies_beside_the_root_is_no_object(place: Place<'_>) -> Outcome {
    assert!(place.store.beside(Beside::Chronicle)?.is_none());
    place.store.write_beside(Beside::Chronicle, "2026/one", b"first")?;
    place.store.write_beside(Beside::Chronicle, "2026/one", b"second")?;
    let chronicle = place.store.beside(Beside::Chronicle)?.expect("something was written");
    assert_eq!(read(chronicle.open("2026/one")?), b"second");
    assert_eq!(place.store.ocfl_root()?.walk("")?.count(), 1, "only the declaration of the root");
    let top = place.store.top()?;
    assert!(top.iter().all(|entry| Store::is_own(&entry.name)), "{top:?}");
    place.store.leave_note("over\n")?;
    assert!(place.store.top()?.iter().all(|entry| Store::is_own(&entry.name)));
    assert!(place.store.write_beside(Beside::Chronicle, "../ocfl/one", b"x").is_err());
    Ok(())
}

/// Tells no name, as of an inventory that is none.
fn nothing(
    _: &mut dyn std::io::Read,
    _: &mut dyn FnMut(String) -> Result<(), StorageError>,
) -> Result<Option<u32>, StorageError> {
    Ok(None)
}

fn an_object_is_withdrawn_whole(place: Place<'_>) -> Outcome {
    let before = contents(place.store)?;
    commit_version(place, Commit::NewObject, "v1", "one")?;
    place.store.withdraw("job-1", "ab/cd/object", nothing)?;
    assert!(place.store.object("ab/cd/object")?.is_none());
    assert_eq!(contents(place.store)?, before, "no empty folder is left");
    place.store.withdraw("job-1", "ab/cd/object", nothing)?;
    commit_version(place, Commit::NewObject, "v1", "one").map(drop)
}

#[cfg(test)]
mod tests {
    use super::{CASES, Place};
    use crate::storage::{FolderStore, Store};

    #[test]
    fn a_folder_store_passes_each_case() {
        for (name, case) in CASES {
            let top = tempfile::tempdir().unwrap();
            let root_files = [("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec())];
            let store = Store::from(FolderStore::create(top.path().join("store"), "store-1", &root_files).unwrap());
            let scratch = top.path().join("scratch");
            std::fs::create_dir(&scratch).unwrap();
            if let Err(error) = case(Place { store: &store, scratch: &scratch }) {
                panic!("{name}: {error:?}");
            }
            assert!(store.drafts().unwrap().is_empty(), "{name} left a draft");
        }
    }
}
