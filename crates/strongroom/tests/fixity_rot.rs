//! Rot, loss, truncation and sectors that cannot be read, at random in three stores, while checks are killed: all comes
//! right, every damage is told once, and nothing good is touched.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/installation.rs"]
mod installation;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bags::{Random, payload, write_tar};
use installation::{Installation, files_below};

const STORES: [&str; 3] = ["a", "b", "c"];
/// 10,000 files in each store.
const BAGS: u64 = 10;
const FILES: usize = 1_000;
/// One file in so many is damaged in one store or in two.
const ROTTEN: u64 = 40;
/// Files that cannot be read for a while, in one store.
const UNREADABLE: usize = 25;
const KILLS: usize = 8;

fn ocfl(installation: &Installation, store: &str) -> PathBuf {
    installation.store(store).join("ocfl")
}

/// Damages a file in one of many ways, all of which change it.
fn damage(random: &mut Random, file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let place = random.below(bytes.len().max(1) as u64) as usize;
    match random.below(4) {
        0 => return fs::remove_file(file).unwrap(),
        1 if !bytes.is_empty() => bytes.truncate(place),
        2 if !bytes.is_empty() => bytes[place] ^= 1 << random.below(8),
        _ => bytes.insert(place, 7),
    }
    fs::write(file, bytes).unwrap();
}

/// Checks all while some files of the store b answer every read with EIO: the memory of a process lies over them, at an
/// address where there is none, in a mount name space of its own.
fn check_with_unreadable(installation: &Installation, paths: &[PathBuf]) {
    let list: String = paths.iter().map(|path| format!("{}\n", ocfl(installation, "b").join(path).display())).collect();
    fs::write(installation.folder.path().join("unreadable"), list).unwrap();
    let script = "while IFS= read -r file; do mount --bind /proc/$$/mem \"$file\" || exit 9; done < unreadable\n\
                  code=0; \"$STRONGROOM\" fixity check --all > said || code=$?; test $code = 1";
    let output = installation.with_own_mounts(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn rot_is_repaired_exactly_once_whatever_is_killed_meanwhile() {
    let mut random = Random::announced("rot_is_repaired_exactly_once_whatever_is_killed_meanwhile");
    let installation = Installation::new();
    installation.configure(
        "stores = [{ id = \"a\", url = \"stores/a\" }, { id = \"b\", url = \"stores/b\" }, { id = \"c\", url = \"stores/c\" }]\n\
         storage_options = [{ name = \"Standard\", stores = [\"a\", \"b\", \"c\"] }]\n\
         [fixity]\nrepairs_per_hour_max = 1000000\n",
    );
    for number in 0..BAGS {
        let bag =
            write_tar(installation.folder.path(), &format!("bag-{number}"), &payload(random.next(), FILES, 1_500));
        installation.ingest(&bag);
    }
    let before: BTreeMap<_, _> = STORES.map(|store| (store, files_below(&ocfl(&installation, store)))).into();
    let mut damaged = BTreeSet::new();
    for (path, _) in before["a"].iter().filter(|(path, _)| path.components().count() > 3) {
        if random.below(ROTTEN) > 0 {
            continue;
        }
        // Never in all three: what is wrong everywhere nobody can repair.
        let good = random.below(3) as usize;
        let is_in_two = random.below(2) == 0;
        let bad = STORES.iter().enumerate().filter(|(place, _)| *place != good);
        for (_, store) in bad.take(if is_in_two { 2 } else { 1 }) {
            damage(&mut random, &ocfl(&installation, store).join(path));
            damaged.insert((*store, path.clone()));
        }
    }
    assert!(damaged.len() > 20, "{} files are damaged", damaged.len());
    let inode = |store: &str, path: &Path| fs::metadata(ocfl(&installation, store).join(path)).unwrap().ino();
    let good = before.iter().flat_map(|(store, files)| files.iter().map(move |(path, _)| (*store, path.clone())));
    let good: Vec<_> = good.filter(|one| !damaged.contains(one)).map(|(s, p)| (s, inode(s, &p), p)).collect();
    for _ in 0..KILLS {
        let mut child = installation.command(["fixity", "check", "--all", "--json"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.below(900)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let unreadable: Vec<_> = good
        .iter()
        .filter(|(store, _, path)| *store == "b" && path.components().any(|part| part.as_os_str() == "content"))
        .filter(|(_, _, path)| !damaged.iter().any(|(_, other)| other == path))
        .map(|(_, _, path)| path.clone())
        .step_by(200)
        .take(UNREADABLE)
        .collect();
    check_with_unreadable(&installation, &unreadable);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    for store in STORES {
        assert!(files_below(&ocfl(&installation, store)) == before[store], "the store {store} is not as it was");
        assert_eq!(files_below(&installation.store(store).join("work")), Vec::new(), "nothing is left behind");
        let root = ocfl(&installation, store);
        installation.run(["ocfl", "validate", root.to_str().unwrap()]).exits(0);
    }
    for (store, number, path) in good {
        assert_eq!(inode(store, &path), number, "{} in {store} was good, and was written over", path.display());
    }
    assert_eq!(installation.run(["incidents", "--json", "--state", "open"]).json(), Vec::<serde_json::Value>::new());
    let told = installation.run(["incidents", "--json", "--limit", "10000"]).exits(0).json();
    let told_of: BTreeSet<_> =
        told.iter().map(|one| format!("{} {} {}", one["store"], one["object"], one["path"])).collect();
    assert_eq!(told_of.len(), told.len(), "no damage is told twice");
    assert_eq!(told.len(), damaged.len() + unreadable.len(), "and none is missed");
    let passed = told.iter().filter(|one| one["damage"] == "unreadable" && one["state"] == "passed").count();
    assert_eq!(passed, unreadable.len(), "what cannot be read is no corruption, and was never written over");
}
