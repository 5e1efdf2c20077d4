//! An installation of its own for a test: the real program on a data directory, and samples to take in.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use test_database::TestDatabase;

#[path = "test_database.rs"]
pub mod test_database;

/// The root of the repository.
pub const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

pub struct Installation {
    pub folder: tempfile::TempDir,
    pub database: TestDatabase,
}

/// What a run of the program said.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Insists on an exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Returns each line of standard output, which must be JSON.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
    }

    #[track_caller]
    pub fn contains(&self, text: &str) -> &Self {
        assert!(self.out.contains(text) || self.err.contains(text), "no {text:?} in\n{}\n{}", self.out, self.err);
        self
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Installation {
    /// Nothing is made yet but an empty folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = TestDatabase::new(&folder.path().file_name().unwrap().to_string_lossy());
        Self { folder, database }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn store(&self, id: &str) -> PathBuf {
        self.data().join("stores").join(id)
    }

    /// Writes the configuration file of the data directory.
    pub fn configure(&self, text: &str) {
        fs::create_dir_all(self.data()).unwrap();
        fs::write(self.data().join("strongroom.toml"), text).unwrap();
    }

    pub fn command<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env("STRONGROOM_DATA", self.data());
        // What the machine of a developer believes, and who it is, are no part of a test.
        command.env_remove("AWS_CA_BUNDLE").env_remove("SSL_CERT_FILE");
        command.env("AWS_EC2_METADATA_DISABLED", "true").env_remove("AWS_WEB_IDENTITY_TOKEN_FILE");
        command.env_remove("STRONGROOM_CONFIG").env("USER", "a.curator").args(arguments);
        self.database.configure(&mut command);
        command
    }

    /// A shell script as root of a user name space with mounts of its own, in the folder of the test.
    pub fn with_own_mounts(&self, script: &str) -> Command {
        self.database.with_own_mounts(self.folder.path(), script)
    }

    pub fn run<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// Takes a path in, insists that it is stored, and returns the receipt.
    #[track_caller]
    pub fn ingest(&self, path: &Path) -> Value {
        self.run([OsStr::new("ingest"), OsStr::new("--json"), path.as_os_str()]).exits(0).json().remove(0)
    }

    /// Takes the three good samples in: work items 1 to 3.
    #[track_caller]
    pub fn ingest_samples(&self) {
        for name in ["photographs.tar", "minutes.zip", "letters-folder"] {
            self.ingest(&sample(name));
        }
    }

    /// Writes a plain folder of files, by path, below the folder of the test.
    pub fn plain_folder(&self, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
        let folder = self.folder.path().join(name);
        for (path, contents) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        folder
    }

    /// Returns the folder of an object in a store.
    #[track_caller]
    pub fn object(&self, store: &str, identifier: &str) -> PathBuf {
        let shown = &self.run(["objects", "show", "--json", identifier]).exits(0).json()[0];
        let replicas = shown["replicas"].as_array().unwrap();
        let replica = replicas.iter().find(|replica| replica["store"] == store).expect("the store has it");
        self.store(store).join("ocfl").join(replica["object_path"].as_str().unwrap())
    }
}

pub fn sample(name: &str) -> PathBuf {
    Path::new(WORKSPACE).join("samples").join(name)
}

/// Copies a tree of files.
pub fn copy_tree(source: &Path, target: &Path) {
    fs::create_dir_all(target).unwrap();
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let target = target.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Returns every file below a folder: path and bytes, in order. What a process takes away meanwhile is not there.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in there(fs::read_dir(next)).into_iter().flatten() {
            let entry = entry.unwrap();
            if there(entry.file_type()).is_some_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else if let Some(bytes) = there(fs::read(entry.path())) {
                found.push((entry.path().strip_prefix(folder).unwrap().to_owned(), bytes));
            }
        }
    }
    found.sort();
    found
}

fn there<T>(result: std::io::Result<T>) -> Option<T> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        result => Some(result.unwrap()),
    }
}
