//! An installation under test: the real binary on a data directory of its own, and what must hold of it afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use backends::database::{Database, FileFilter, ItemFilter, ObjectFilter};
use digests::Algorithm;
use model::Status;
use serde_json::Value;

use super::bags::{Payload, digest};
use test_database::TestDatabase;

#[path = "../support/test_database.rs"]
#[allow(dead_code, reason = "each test file uses a part of this")]
pub mod test_database;

/// How often a command that is to be killed in a stage may be quicker than the kill.
const KILLS_AT_MOST: u32 = 10;

pub struct House {
    pub folder: tempfile::TempDir,
    database: TestDatabase,
}

impl House {
    /// An installation that tries again soon.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(&folder.path().file_name().unwrap().to_string_lossy());
        Self::in_folder(folder, database)
    }

    /// The same, on a database that is there.
    pub fn on(database: TestDatabase) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), database)
    }

    fn in_folder(folder: tempfile::TempDir, database: TestDatabase) -> Self {
        let house = Self { folder, database };
        fs::create_dir_all(house.data()).unwrap();
        let config = "[ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\nsettle_seconds = 0\n";
        fs::write(house.data().join("strongroom.toml"), config).unwrap();
        house
    }

    /// Lets nobody read a table of its server's until what is returned ends.
    pub fn hide(&self, table: &str) -> Child {
        self.database.hide(table)
    }

    /// Changes what its server holds of it.
    pub fn change(&self, statement: &str) {
        self.database.change(statement);
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn store(&self, id: &str) -> PathBuf {
        self.data().join("stores").join(id)
    }

    pub fn receiving(&self) -> PathBuf {
        let folder = self.data().join("receiving/local.archive");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command.arg("--data").arg(self.data()).args(arguments).stdin(Stdio::null());
        command.env_remove("STRONGROOM_DATA").env_remove("STRONGROOM_CONFIG");
        self.database.configure(&mut command);
        command
    }

    /// A shell script as root of a user name space with mounts of its own, in the folder of the test.
    pub fn with_own_mounts(&self, script: &str) -> Command {
        self.database.with_own_mounts(self.folder.path(), script)
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Ingests a path and insists that it is stored.
    pub fn ingest(&self, path: &Path) -> Value {
        let output = self.run(&["ingest", "--json", path.to_str().unwrap()]);
        assert!(output.status.success(), "{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs `up` for a time, then asks it to stop (SIGTERM) and insists that it does so cleanly.
    pub fn up_for(&self, time: std::time::Duration) -> Output {
        let mut command = self.command(&["--log", "warn", "up"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(time);
        terminate(&child);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        output
    }

    /// Runs a command and kills it (SIGKILL) when a line of its log makes `when` answer with a delay.
    /// Returns whether it was killed before it ended by itself.
    pub fn kill(&self, arguments: &[&str], mut when: impl FnMut(&Value) -> Option<std::time::Duration>) -> bool {
        let mut child: Child = self
            .command(&[&["--log", "info", "--log-format", "json"], arguments].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            let Ok(entry) = serde_json::from_str::<Value>(&line) else { continue };
            if let Some(delay) = when(&entry) {
                std::thread::sleep(delay);
                let is_running = child.try_wait().unwrap().is_none();
                child.kill().unwrap();
                child.wait().unwrap();
                return is_running;
            }
        }
        child.wait().unwrap();
        false
    }

    /// Kills a command as the first item begins a stage. Returns whether it was killed there: on a busy machine it
    /// may have gone on by the time that its line of the log is read.
    fn kill_at(&self, arguments: &[&str], stage: &str) -> bool {
        let at_stage = |entry: &Value| entry["message"] == "stage begins" && entry["item.stage"] == stage;
        let mut is_seen = false;
        let was_killed = self.kill(arguments, |entry| {
            is_seen |= at_stage(entry);
            is_seen.then_some(std::time::Duration::ZERO)
        });
        assert!(is_seen, "the stage {stage} was never seen");
        let shown = self.run(&["items", "show", "1", "--json"]);
        let item: Value = serde_json::from_slice(&shown.stdout).unwrap();
        was_killed && item["stage"] == stage
    }

    /// Insists that nothing is left of any work: no draft, no staging, no temporary file, no held item.
    pub fn assert_clean(&self) {
        assert_eq!(files_below(&self.data().join("staging")), BTreeSet::new());
        for store in fs::read_dir(self.data().join("stores")).unwrap() {
            let store = store.unwrap().path();
            let work: Vec<_> = fs::read_dir(store.join("work")).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert!(work.is_empty(), "left in a workspace: {work:?}");
        }
    }

    /// Insists that every store holds exactly these objects, byte for byte and once, and that the registry agrees.
    /// Each object is given as its versions' payloads, oldest first; files absent from a later one are kept.
    pub fn assert_holds(&self, objects: &BTreeMap<String, Vec<Payload>>) {
        self.assert_clean();
        self.assert_holds_in(&self.data().join("stores"), objects);
    }

    /// The same of stores that lie below a folder, one each, of which only what is stored is looked at.
    pub fn assert_holds_in(&self, stores: &Path, objects: &BTreeMap<String, Vec<Payload>>) {
        for store in fs::read_dir(stores).unwrap() {
            assert_store(&store.unwrap().path().join("ocfl"), objects);
        }
        tokio::runtime::Runtime::new().unwrap().block_on(self.assert_registry(objects));
    }

    /// Opens its database, as one more process does.
    pub async fn open(&self) -> Database {
        Database::open(&self.database.address(&self.data())).await.unwrap()
    }

    async fn assert_registry(&self, objects: &BTreeMap<String, Vec<Payload>>) {
        let database = self.open().await;
        assert_eq!(database.check().await.unwrap(), Vec::<String>::new());
        let filter = ObjectFilter { most: 100_000, ..ObjectFilter::default() };
        let recorded = database.objects(&filter).await.unwrap();
        let names: Vec<_> = recorded.iter().map(|object| object.identifier.name.to_string()).collect();
        assert_eq!(names, objects.keys().cloned().collect::<Vec<_>>());
        for object in &recorded {
            let versions = &objects[object.identifier.name.as_str()];
            assert_eq!(object.head as usize, versions.len(), "{}", object.identifier);
            let filter =
                FileFilter { most: 1_000_000, path_starts_with: Some("data/".into()), ..FileFilter::default() };
            let files = database.files(object.id, &filter).await.unwrap();
            let recorded: BTreeMap<_, _> = files
                .into_iter()
                .map(|file| {
                    assert!(file.format.signatures.is_some(), "nobody has looked at {}", file.path);
                    let sha256 = file.digests.iter().find(|(name, _)| name == "sha256").unwrap().1.clone();
                    (file.path, sha256)
                })
                .collect();
            assert_eq!(recorded, head(versions), "{}", object.identifier);
            let replicas = database.replicas(object.id).await.unwrap();
            assert_eq!(replicas.len(), 2 * versions.len(), "{}", object.identifier);
        }
        let filter = ItemFilter { most: 100_000, ..ItemFilter::default() };
        for item in database.items(&filter).await.unwrap() {
            assert!(item.status != Status::Started, "item {} is still held", item.id);
        }
        database.close().await;
    }
}

/// Kills a command as the first item begins a stage, and gives the installation and the path that `prepare` made.
/// `prepare` is given the installation, in which there is nothing yet, and gives the command besides; it is called
/// again, with another, where the command was quicker than the kill.
pub fn killed_at(stage: &str, prepare: impl Fn(&House) -> (&'static str, PathBuf)) -> (House, PathBuf) {
    for _ in 0..KILLS_AT_MOST {
        let house = House::new();
        let (command, path) = prepare(&house);
        let arguments: &[&str] = if command == "ingest" { &[command, path.to_str().unwrap()] } else { &[command] };
        if house.kill_at(arguments, stage) {
            return (house, path);
        }
    }
    panic!("it was never killed in time at {stage}");
}

/// Returns the files of the newest version: path in the bag to sha256.
fn head(versions: &[Payload]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for payload in versions {
        for (path, bytes) in payload {
            files.insert(format!("data/{path}"), digest(Algorithm::Sha256, bytes).to_hex());
        }
    }
    files
}

/// Reads a store as a stranger would: inventories are JSON, content is files, digests are computed here.
fn assert_store(root: &Path, objects: &BTreeMap<String, Vec<Payload>>) {
    let mut seen = BTreeSet::new();
    for object in object_roots(root) {
        let inventory: Value = serde_json::from_slice(&fs::read(object.join("inventory.json")).unwrap()).unwrap();
        let id = inventory["id"].as_str().unwrap();
        let name = id.rsplit('/').next().unwrap().to_owned();
        let versions = &objects[&name];
        assert!(seen.insert(name.clone()), "{name} is there twice");
        assert_eq!(inventory["head"], format!("v{}", versions.len()), "{name}");
        let content = content_of(&object);
        let manifest = manifest_of(&inventory);
        assert_eq!(content, manifest, "{name}: content and manifest differ");
        let digests: BTreeSet<_> = manifest.values().collect();
        assert_eq!(digests.len(), manifest.len(), "{name}: the same bytes are stored twice");
        let state = &inventory["versions"][format!("v{}", versions.len())]["state"];
        assert_eq!(payload_of(state), head(versions), "{name}");
    }
    assert_eq!(seen, objects.keys().cloned().collect(), "objects of {}", root.display());
}

fn object_roots(folder: &Path) -> Vec<PathBuf> {
    if folder.join("inventory.json").is_file() {
        return vec![folder.to_owned()];
    }
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.filter(|path| !path.ends_with("extensions")).flat_map(|path| object_roots(&path)).collect()
}

fn content_of(object: &Path) -> BTreeMap<String, String> {
    files_below(object)
        .into_iter()
        .filter(|path| path.starts_with('v') && path.contains("/content/"))
        .map(|path| {
            let bytes = fs::read(object.join(&path)).unwrap();
            (path, digest(Algorithm::Sha256, &bytes).to_hex())
        })
        .collect()
}

fn manifest_of(inventory: &Value) -> BTreeMap<String, String> {
    let entries = inventory["manifest"].as_object().unwrap().iter();
    entries
        .flat_map(|(digest, paths)| {
            let paths = paths.as_array().unwrap().iter();
            paths.map(move |path| (path.as_str().unwrap().to_owned(), digest.clone()))
        })
        .collect()
}

fn payload_of(state: &Value) -> BTreeMap<String, String> {
    let entries = state.as_object().unwrap().iter();
    entries
        .flat_map(|(digest, paths)| {
            let paths = paths.as_array().unwrap().iter().map(|path| path.as_str().unwrap());
            paths.filter(|path| path.starts_with("data/")).map(move |path| (path.to_owned(), digest.clone()))
        })
        .collect()
}

/// Returns the paths of all files below a folder, relative to it.
pub fn files_below(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// Returns all that a command printed, for the message of a failed assertion.
pub fn text(output: &Output) -> String {
    format!(
        "{}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Asks a process to stop (SIGTERM).
pub fn terminate(child: &Child) {
    let id = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
}
