//! Rot, loss, truncation, sectors that cannot be read and disks that lie, at random in three stores, while checks are killed:
//! all comes right, every damage is told once, and nothing good is touched.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/lying_store.rs"]
mod lying_store;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bags::{Random, payload, write_tar};
use installation::{Installation, Said, files_below};
use lying_store::{DAMAGING, Lasts, Lie, LyingStore};

const STORES: [&str; 3] = ["a", "b", "c"];
/// 10,000 files in each store.
const BAGS: u64 = 10;
const FILES: usize = 1_000;
/// One file in so many is damaged in one store or in two.
const ROTTEN: u64 = 40;
/// Files that cannot be read for a while, in one store.
const UNREADABLE: usize = 25;
/// One good file in so many is lied about once in each process.
const DOUBTFUL: u64 = 300;
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

/// What is wrong with three stores, and what was there before.
struct Rotten {
    installation: Installation,
    before: BTreeMap<&'static str, Vec<(PathBuf, Vec<u8>)>>,
    lying: LyingStore,
    /// By store and path: damaged on the disk, or for ever by what the disk says.
    damaged: BTreeSet<(&'static str, PathBuf)>,
    /// All others, with their inodes.
    good: Vec<(&'static str, PathBuf, u64)>,
}

/// Fills three stores.
fn filled(random: &mut Random) -> Installation {
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
    installation
}

impl Rotten {
    /// Damages files of filled stores, and begins to lie about others.
    fn new(random: &mut Random) -> Self {
        let installation = filled(random);
        let mut lying = LyingStore::built(installation.folder.path());
        let before: BTreeMap<_, _> = STORES.map(|store| (store, files_below(&ocfl(&installation, store)))).into();
        let mut damaged = BTreeSet::new();
        for (path, _) in before["a"].iter().filter(|(path, _)| path.components().count() > 3) {
            if random.below(ROTTEN) > 0 {
                continue;
            }
            // Never in all three: what is wrong everywhere nobody can repair.
            let good = random.below(3) as usize;
            let bad = STORES.iter().enumerate().filter(|(place, _)| *place != good);
            let how_many = 1 + random.below(2) as usize;
            for (_, store) in bad.take(how_many) {
                let file = ocfl(&installation, store).join(path);
                match random.below(2) {
                    0 => damage(random, &file),
                    _ => lying.lie(DAMAGING[random.below(6) as usize], Lasts::ForEver, &file),
                }
                damaged.insert((*store, path.clone()));
            }
        }
        assert!(damaged.len() > 20, "{} files are damaged", damaged.len());
        let files = before.iter().flat_map(|(store, files)| files.iter().map(move |(path, _)| (*store, path.clone())));
        let inode = |store: &str, path: &Path| fs::metadata(ocfl(&installation, store).join(path)).unwrap().ino();
        let good = files.filter(|one| !damaged.contains(one)).map(|(store, path)| {
            let number = inode(store, &path);
            (store, path, number)
        });
        let good: Vec<_> = good.collect();
        for (store, path, _) in good.iter().filter(|(_, path, _)| path.components().count() > 3) {
            let file = ocfl(&installation, store).join(path);
            match random.below(DOUBTFUL) {
                0 => lying.lie(DAMAGING[random.below(6) as usize], Lasts::Openings(1), &file),
                1 => lying.lie(Lie::Short, Lasts::ForEver, &file),
                _ => {}
            }
        }
        Self { installation, before, lying, damaged, good }
    }

    /// Begins a check that is lied to.
    fn lied_to(&self) -> Command {
        let mut command = self.installation.command(["fixity", "check", "--all", "--json"]);
        self.lying.lies_to(&mut command);
        command
    }

    /// Chooses good contents of the store b that are good elsewhere, too.
    fn unreadable(&self) -> Vec<PathBuf> {
        let contents = self
            .good
            .iter()
            .filter(|(store, path, _)| *store == "b" && path.components().any(|part| part.as_os_str() == "content"));
        let undisputed = contents.filter(|(_, path, _)| !self.damaged.iter().any(|(_, other)| other == path));
        undisputed.map(|(_, path, _)| path.clone()).step_by(200).take(UNREADABLE).collect()
    }

    #[track_caller]
    fn assert_clean(&self) {
        for store in STORES {
            let root = ocfl(&self.installation, store);
            assert!(files_below(&root) == self.before[store], "the store {store} is not as it was");
            let work = self.installation.store(store).join("work");
            assert_eq!(files_below(&work), Vec::new(), "nothing is left behind");
            self.installation.run(["ocfl", "validate", root.to_str().unwrap()]).exits(0);
        }
        for (store, path, number) in &self.good {
            let now = fs::metadata(ocfl(&self.installation, store).join(path)).unwrap().ino();
            assert_eq!(now, *number, "{} in {store} was good, and was written over", path.display());
        }
    }

    /// Insists that each damage was told once, and nothing else but what could not be read for a while.
    #[track_caller]
    fn assert_told_once(&self, unreadable: &[PathBuf]) {
        let list = |state: &[&str]| {
            let arguments = [&["incidents", "--json", "--limit", "10000"], state].concat();
            self.installation.run(arguments).exits(0).json()
        };
        assert_eq!(list(&["--state", "open"]), Vec::<serde_json::Value>::new());
        let told = list(&[]);
        let told_of: BTreeSet<_> =
            told.iter().map(|one| format!("{} {} {}", one["store"], one["object"], one["path"])).collect();
        assert_eq!(told_of.len(), told.len(), "no damage is told twice");
        let places: BTreeSet<_> = told.iter().map(|one| self.place(one)).collect();
        let mut expected = self.damaged.clone();
        expected.extend(unreadable.iter().map(|path| ("b", path.clone())));
        let names = |one: &BTreeSet<(&str, PathBuf)>, other: &BTreeSet<_>| format!("{:?}", one - other);
        assert_eq!(names(&places, &expected), "{}", "what was told and is no damage");
        assert_eq!(names(&expected, &places), "{}", "what is damage and was not told");
        let passed = told.iter().filter(|one| one["damage"] == "unreadable" && one["state"] == "passed");
        let passed: BTreeSet<_> = passed.map(|one| self.place(one)).collect();
        let is_passed = |path: &PathBuf| passed.contains(&("b", path.clone()));
        assert!(unreadable.iter().all(is_passed), "what cannot be read is no corruption, and was never written over");
    }

    /// Returns where the file of an incident lies: store, and path below the OCFL root.
    fn place(&self, incident: &serde_json::Value) -> (&'static str, PathBuf) {
        let store = STORES.into_iter().find(|store| incident["store"] == *store).unwrap();
        let object = incident["identifier"].as_str().unwrap();
        // OCFL extension 0003: what is no letter, digit, `-` or `_` is escaped in the name of an object's folder.
        let escaped = |letter: char| match letter {
            'a'..='z' | '0'..='9' | '-' => letter.to_string(),
            other => format!("%{:02x}", u32::from(other)),
        };
        let folder: String = format!("strongroom:{object}").chars().map(escaped).collect();
        let is_of = |path: &&Path| path.components().any(|part| part.as_os_str() == folder.as_str());
        let mut paths = self.before[store].iter().map(|(path, _)| path.as_path());
        let object = paths.find(is_of).unwrap().iter().take_while(|part| *part != folder.as_str()).collect::<PathBuf>();
        (store, object.join(folder).join(incident["path"].as_str().unwrap()))
    }
}

#[test]
fn rot_is_repaired_exactly_once_whatever_is_killed_and_whatever_the_disks_say_meanwhile() {
    let mut random =
        Random::announced("rot_is_repaired_exactly_once_whatever_is_killed_and_whatever_the_disks_say_meanwhile");
    let rotten = Rotten::new(&mut random);
    for _ in 0..KILLS {
        let mut child = rotten.lied_to().stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.below(900)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = Said::from(rotten.lied_to().output().unwrap());
    // A store that lies while it is asked for the right bytes is not copied from: that damage is left for the next check.
    assert!(matches!(said.code, Some(0 | 1)), "{}{}", said.out, said.err);
    let untold = rotten.lying.untold();
    assert!(untold.is_empty(), "the program was never told: {untold:?}");
    let unreadable = rotten.unreadable();
    check_with_unreadable(&rotten.installation, &unreadable);
    rotten.installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    rotten.assert_clean();
    rotten.assert_told_once(&unreadable);
}
