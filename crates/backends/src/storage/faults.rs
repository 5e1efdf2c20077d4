//! Disks that are full, gone, read-only or wrong, and what the store says of them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use std::process::Command;

use super::conformance::{Place, commit_version, write_metadata};
use super::{Commit, Draft, FolderStore, Put, Source, StorageError, another_process};

const MIB: u64 = 1 << 20;

fn root_files() -> [(String, Vec<u8>); 2] {
    [("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec()), ("extensions/a/config.json".to_owned(), b"{}\n".to_vec())]
}

fn create(path: &Path) -> FolderStore {
    FolderStore::create(path, "store-1", &root_files()).unwrap()
}

fn source(top: &Path, bytes: u64) -> Source<'static> {
    let path = top.join("source");
    let content: Vec<u8> = (0..bytes).map(|at| (at * 31 % 251) as u8).collect();
    fs::write(&path, content).unwrap();
    Source::File { path, length_bytes: bytes }
}

fn is_gone<T: std::fmt::Debug>(result: Result<T, StorageError>) {
    assert!(matches!(result, Err(StorageError::StoreGone { .. })), "{result:?}");
}

fn system(command: &str, arguments: &[&str]) {
    let output = Command::new(command).args(arguments).output().unwrap();
    assert!(output.status.success(), "{command} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a test's body with a file system of 2 MiB of its own under the given folder.
fn with_own_disk(test: &str, body: fn(&Path, &str)) {
    if let Some(top) = another_process::part() {
        let disk = format!("{top}/disk");
        fs::create_dir(&disk).unwrap();
        system("mount", &["-t", "tmpfs", "-o", "size=2m", "none", &disk]);
        return body(Path::new(&top), &disk);
    }
    let top = tempfile::tempdir().unwrap();
    let output = another_process::run_with_own_mounts(test, &top.path().display().to_string());
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "needs `unshare --map-root-user --mount`: {said}");
}

#[test]
fn a_full_disk_is_named_and_the_work_goes_on_when_there_is_room() {
    with_own_disk(
        concat!(module_path!(), "::a_full_disk_is_named_and_the_work_goes_on_when_there_is_room"),
        |top, disk| {
            let store = create(Path::new(disk));
            let draft = Draft::Folder(store.draft("item", "ab/object", "v1").unwrap());
            let source = source(top, 3 * MIB);
            match draft.put("v1/content/a", &source) {
                Err(StorageError::NoSpace { needed_bytes, path, .. }) => {
                    assert_eq!(needed_bytes, Some(3 * MIB));
                    assert!(path.ends_with("work/item/v1/content/a"), "{}", path.display());
                }
                other => panic!("the disk is full: {other:?}"),
            }
            assert!(store.free_bytes().unwrap() < 4096);
            let written = draft.write("inventory.json", |file| file.write_all(&[0; 100_000]));
            assert!(matches!(written, Err(StorageError::NoSpace { .. })), "{written:?}");
            assert!(matches!(store.check(), Err(StorageError::NoSpace { .. })));

            system("mount", &["-o", "remount,size=16m", disk]);
            store.check().unwrap();
            assert_eq!(draft.put("v1/content/a", &source).unwrap(), Put::Written);
            write_metadata(&draft, Commit::NewObject, "v1", "one").unwrap();
            draft.commit(Commit::NewObject).unwrap();
            let mut bytes = Vec::new();
            store.object("ab/object").unwrap().unwrap().open("v1/content/a").unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, fs::read(top.join("source")).unwrap());
        },
    );
}

#[test]
fn an_empty_mount_point_is_a_store_gone_and_not_an_empty_store() {
    with_own_disk(
        concat!(module_path!(), "::an_empty_mount_point_is_a_store_gone_and_not_an_empty_store"),
        |top, disk| {
            let store = create(Path::new(disk));
            let draft = Draft::Folder(store.draft("item", "ab/object", "v1").unwrap());
            write_metadata(&draft, Commit::NewObject, "v1", "one").unwrap();
            draft.write("v1/content/a", |file| file.write_all(b"a")).unwrap();
            system("umount", &["--lazy", disk]);

            // The handle still reaches the disk that went away. What must not be: a file in the empty folder.
            draft.put("v1/content/b", &source(top, 10)).unwrap();
            is_gone(draft.commit(Commit::NewObject));
            is_gone(FolderStore::open(disk));
            is_gone(store.object("ab/object"));
            is_gone(store.draft("item", "ab/object", "v1"));
            is_gone(store.drafts());
            is_gone(store.free_bytes());
            is_gone(store.check());
            assert_eq!(fs::read_dir(disk).unwrap().count(), 0);

            system("mount", &["-t", "tmpfs", "none", disk]);
            FolderStore::create(disk, "another", &root_files()).unwrap();
            is_gone(store.check());
        },
    );
}

#[test]
fn a_read_only_disk_is_not_writable() {
    with_own_disk(concat!(module_path!(), "::a_read_only_disk_is_not_writable"), |top, disk| {
        let store = create(Path::new(disk));
        let place = Place { store: &store.clone().into(), scratch: top };
        commit_version(place, Commit::NewObject, "v1", "one").unwrap();
        let draft = store.draft("item", "ab/object", "v1").unwrap();
        system("mount", &["-o", "remount,ro", disk]);
        let put = draft.put("v1/content/a", &source(top, 10));
        assert!(matches!(put, Err(StorageError::NotWritable { .. })), "{put:?}");
        assert!(matches!(store.check(), Err(StorageError::NotWritable { .. })));
        assert!(store.object("ab/cd/object").unwrap().is_some());
    });
}

#[test]
fn a_store_removed_under_a_draft_is_gone() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("store");
    let store = create(&path);
    let draft = store.draft("item", "ab/object", "v1").unwrap();
    draft.put("v1/content/a", &source(top.path(), 10)).unwrap();
    fs::remove_dir_all(&path).unwrap();
    is_gone(draft.put("v1/content/b", &source(top.path(), 10)));
    is_gone(draft.write("inventory.json", |_| Ok(())));
    is_gone(draft.commit(Commit::NewObject));
    fs::create_dir(&path).unwrap();
    is_gone(store.draft("item", "ab/object", "v1"));
    is_gone(FolderStore::open(&path));
}

#[test]
fn a_draft_is_not_committed_into_a_disk_that_nobody_finds() {
    let top = tempfile::tempdir().unwrap();
    let path = top.path().join("store");
    let draft = Draft::Folder(create(&path).draft("item", "ab/object", "v1").unwrap());
    draft.write("v1/content/a", |file| file.write_all(b"a")).unwrap();
    write_metadata(&draft, Commit::NewObject, "v1", "one").unwrap();
    // As when a disk is unmounted lazily and a twin of it, marker and all, is mounted in its place.
    fs::rename(&path, top.path().join("elsewhere")).unwrap();
    let twin = create(&path);
    is_gone(draft.commit(Commit::NewObject));
    assert!(twin.object("ab/object").unwrap().is_none());
    assert!(!top.path().join("elsewhere/ocfl/ab").exists());
}

#[test]
fn a_source_that_cannot_be_read_is_not_the_stores_fault() {
    let top = tempfile::tempdir().unwrap();
    let store = create(&top.path().join("store"));
    let draft = store.draft("item", "ab/object", "v1").unwrap();
    for path in [top.path().join("none"), top.path().to_owned()] {
        let put = draft.put("v1/content/a", &Source::File { path, length_bytes: 10 });
        assert!(matches!(put, Err(StorageError::SourceUnreadable { .. })), "{put:?}");
    }
    // A folder as an open file, and long enough for the copy in the kernel to be tried first.
    let folder = File::open(top.path()).unwrap();
    let put = draft.put("v1/content/a", &Source::Range { file: &folder, offset_bytes: 0, length_bytes: MIB });
    assert!(matches!(put, Err(StorageError::SourceUnreadable { .. })), "{put:?}");
}

#[test]
fn what_the_kernel_will_not_copy_goes_through_the_buffer() {
    let top = tempfile::tempdir().unwrap();
    let store = create(&top.path().join("store"));
    let draft = store.draft("item", "ab/object", "v1").unwrap();
    // Devices are refused with EINVAL; another file system may be, with EXDEV.
    let zeros = File::open("/dev/zero").unwrap();
    draft.put("v1/content/a", &Source::Range { file: &zeros, offset_bytes: 5, length_bytes: MIB }).unwrap();
    assert_eq!(draft.content("v1/content/a").unwrap(), Some(MIB));
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    draft.put("v1/content/b", &source(elsewhere.path(), MIB)).unwrap();
    let (seen, expected) = (top.path().join("store/work/item/v1/content/b"), elsewhere.path().join("source"));
    assert_eq!(fs::read(seen).unwrap(), fs::read(expected).unwrap());
}

#[test]
fn a_byte_flipped_after_the_put_is_read_back() {
    let top = tempfile::tempdir().unwrap();
    let store = create(&top.path().join("store"));
    let draft = store.draft("item", "ab/object", "v1").unwrap();
    draft.put("v1/content/a", &source(top.path(), MIB)).unwrap();
    draft.make_durable().unwrap();
    let path = top.path().join("store/work/item/v1/content/a");
    let mut byte = [0];
    let file = File::options().read(true).write(true).open(&path).unwrap();
    file.read_exact_at(&mut byte, 500_000).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 500_000).unwrap();

    let mut seen = Vec::new();
    draft.open_back("v1/content/a").unwrap().read_to_end(&mut seen).unwrap();
    let expected = fs::read(top.path().join("source")).unwrap();
    let differing: Vec<_> = (0..seen.len()).filter(|at| seen[*at] != expected[*at]).collect();
    assert_eq!(differing, [500_000]);
}

/// Bytes that the block layer fetched for this thread.
fn fetched_bytes() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/io").unwrap();
    text.lines().find_map(|line| line.strip_prefix("read_bytes: ")).unwrap().parse().unwrap()
}

#[test]
fn reading_back_asks_the_disk_and_not_the_page_cache() {
    const BYTES: u64 = 16 * MIB;
    let top = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let store = create(&top.path().join("store"));
    let draft = store.draft("item", "ab/object", "v1").unwrap();
    draft.put("v1/content/large", &source(top.path(), BYTES)).unwrap();
    draft.put("v1/content/small", &source(top.path(), 13_000)).unwrap();
    draft.make_durable().unwrap();
    for (name, bytes) in [("large", BYTES), ("small", 13_000)] {
        let path = format!("v1/content/{name}");
        let before = fetched_bytes();
        fs::read(top.path().join("store/work/item").join(&path)).unwrap();
        let cached = fetched_bytes() - before;
        io::copy(&mut draft.open_back(&path).unwrap(), &mut io::sink()).unwrap();
        let fetched = fetched_bytes() - before - cached;
        let disk = File::open(top.path()).unwrap();
        match rustix::fs::fstatfs(&disk).unwrap().f_type {
            0xEF53 | 0x5846_5342 => assert!(fetched >= bytes, "{name}: the disk gave {fetched} of {bytes} bytes"),
            other => eprintln!("file system {other:#x} does not tell whether the disk was read: {fetched} of {bytes}"),
        }
    }
}

#[test]
fn a_link_in_a_store_is_damage_and_is_not_followed() {
    let top = tempfile::tempdir().unwrap();
    let store = create(&top.path().join("store"));
    commit_version(Place { store: &store.clone().into(), scratch: top.path() }, Commit::NewObject, "v1", "one")
        .unwrap();
    let object_path = top.path().join("store/ocfl/ab/cd/object");
    fs::write(top.path().join("secret"), "secret").unwrap();
    symlink(top.path().join("secret"), object_path.join("v1/content/link")).unwrap();
    symlink(top.path(), object_path.join("v1/content/folder")).unwrap();
    let object = store.object("ab/cd/object").unwrap().unwrap();
    for path in ["v1/content/link", "v1/content/folder/secret", "v1/content/folder", "v1/content"] {
        assert!(matches!(object.open(path), Err(StorageError::Damaged { .. })), "{path}");
    }
    assert!(matches!(object.list("v1/content/folder"), Err(StorageError::Damaged { .. })));
    // A draft writes through no link either: a planted one would let it write anywhere.
    let draft = store.draft("item", "ab/other", "v1").unwrap();
    fs::create_dir_all(top.path().join("store/work/item/v1/content")).unwrap();
    symlink(top.path().join("secret"), top.path().join("store/work/item/v1/content/a")).unwrap();
    assert!(matches!(draft.write("v1/content/a", |file| file.write_all(b"x")), Err(StorageError::Damaged { .. })));
    assert_eq!(fs::read(top.path().join("secret")).unwrap(), b"secret");
}

#[test]
fn a_creation_that_was_broken_off_anywhere_is_ended() {
    let whole = tempfile::tempdir().unwrap();
    create(whole.path());
    let states: [&[&str]; 5] = [
        &[],
        &["ocfl/"],
        &["ocfl/", "work/", "work/.new"],
        &["ocfl/0=ocfl_1.1", "work/.new"],
        &["ocfl/0=ocfl_1.1", "ocfl/extensions/a/config.json", "work/.new", "lost+found/"],
    ];
    for state in states {
        let top = tempfile::tempdir().unwrap();
        for name in state {
            let path = top.path().join(name);
            fs::create_dir_all(if name.ends_with('/') { &path } else { path.parent().unwrap() }).unwrap();
            if !name.ends_with('/') {
                fs::write(&path, fs::read(whole.path().join(name)).unwrap_or(b"ocf".to_vec())).unwrap();
            }
        }
        is_gone(FolderStore::open(top.path()));
        let store = create(top.path());
        assert_eq!(super::conformance::contents(&store.clone().into()).unwrap().len(), 2, "{state:?}");
        assert_eq!(fs::read(top.path().join("ocfl/0=ocfl_1.1")).unwrap(), b"ocfl_1.1\n");
        assert_eq!(fs::read_dir(top.path().join("work")).unwrap().count(), 0, "{state:?}");
        let again = FolderStore::create(top.path(), "another-id", &root_files()).unwrap();
        assert_eq!(again.id(), "store-1");
    }
}

#[test]
fn a_folder_with_anything_else_in_it_is_not_made_a_store() {
    for name in ["letter.txt", "ocfl/ab/object/0=ocfl_object_1.1", "work/item/v1/content/a"] {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir_all(top.path().join(name).parent().unwrap()).unwrap();
        fs::write(top.path().join(name), "x").unwrap();
        let created = FolderStore::create(top.path(), "store-1", &root_files());
        assert!(matches!(created, Err(StorageError::Conflict { .. })), "{name}: {created:?}");
        assert!(!top.path().join("strongroom-store.json").exists());
    }
}

#[test]
fn a_marker_that_is_none_is_damage() {
    let top = tempfile::tempdir().unwrap();
    let store = create(top.path());
    for text in ["", "{}", "{\"id\":\"store-1\",\"format_version\":2}"] {
        fs::write(top.path().join("strongroom-store.json"), text).unwrap();
        assert!(matches!(FolderStore::open(top.path()), Err(StorageError::Damaged { .. })), "{text}");
        assert!(matches!(store.check(), Err(StorageError::Damaged { .. })), "{text}");
    }
    fs::remove_file(top.path().join("strongroom-store.json")).unwrap();
    is_gone(store.check());
}
