//! Files that other people's libraries have made, and what other programs say about them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

pub mod disagreements;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/make.py");
/// Below the target folder, where they may be looked at after a failure.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/foreign-formats");

/// A file, and what it is to be called.
pub struct Sample {
    pub name: String,
    pub path: PathBuf,
    /// One of these is right, `-` meaning that PRONOM has no such format.
    pub puids: Vec<String>,
    /// Any of these is right.
    pub media_types: Vec<String>,
    /// The library or program that made it.
    pub maker: String,
}

/// Returns what a program prints.
fn run(program: &Path, arguments: &[&OsStr]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {}: {error}; ./test installs it", program.display()));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed; ./test installs what it needs: {stderr}", program.display());
    String::from_utf8(output.stdout).expect("the names of the samples are UTF-8")
}

fn python() -> PathBuf {
    let own = || Path::new(WORKSPACE).join("target/venv/bin/python").into();
    std::env::var_os("STRONGROOM_TEST_PYTHON").unwrap_or_else(own).into()
}

/// Makes all samples anew.
pub fn make_samples() -> Vec<Sample> {
    let (files, table) = (Path::new(FOLDER).join("files"), Path::new(FOLDER).join("expected.tsv"));
    if files.exists() {
        std::fs::remove_dir_all(&files).unwrap();
    }
    std::fs::create_dir_all(&files).unwrap();
    let options = ["-X", "utf8", SCRIPT].map(OsStr::new);
    run(&python(), &[&options[..], &[files.as_os_str(), table.as_os_str()]].concat());
    let table = std::fs::read_to_string(table).unwrap();
    table.lines().map(|line| sample(&files, line)).collect()
}

fn sample(files: &Path, line: &str) -> Sample {
    let cells: Vec<_> = line.split('\t').collect();
    let [name, puids, media_types, maker] = cells[..] else { panic!("four cells in `{line}`") };
    let words = |cell: &str| cell.split_whitespace().map(str::to_owned).collect();
    Sample {
        name: name.to_owned(),
        path: files.join(name),
        puids: words(puids),
        media_types: words(media_types),
        maker: maker.to_owned(),
    }
}

/// Asks fido about all of them at once, containers included: of each file its PUIDs in order, `-` for none.
pub fn ask_fido() -> BTreeMap<String, String> {
    let files = Path::new(FOLDER).join("files");
    let arguments = ["-m", "fido.fido", "-q", "-recurse"].map(OsStr::new);
    let formats = ["-matchprintf", "%(info.filename)s\t%(info.puid)s\n", "-nomatchprintf", "%(info.filename)s\t-\n"];
    let printed = run(&python(), &[&arguments[..], &formats.map(OsStr::new), &[files.as_os_str()]].concat());
    let mut answers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in printed.lines() {
        let (path, puid) = line.split_once('\t').expect("a path and a PUID");
        let name = Path::new(path).file_name().expect("the name of a file").to_string_lossy();
        answers.entry(name.into_owned()).or_default().push(puid);
    }
    let join = |(name, mut puids): (String, Vec<&str>)| {
        puids.sort_unstable();
        puids.dedup();
        (name, puids.join(" "))
    };
    answers.into_iter().map(join).collect()
}

/// Returns the version of `file`.
pub fn version_of_file() -> String {
    let printed = run(Path::new("file"), &[OsStr::new("--version")]);
    printed.lines().next().unwrap_or_default().trim_start_matches("file-").to_owned()
}

/// Asks `file` about all of them at once: of each its media type.
pub fn ask_file(samples: &[Sample]) -> BTreeMap<String, String> {
    let paths = samples.iter().map(|sample| sample.path.as_os_str());
    let options = ["--brief", "--mime-type", "--"].map(OsStr::new);
    let printed = run(Path::new("file"), &options.into_iter().chain(paths).collect::<Vec<_>>());
    let answers: Vec<_> = printed.lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), samples.len(), "one answer a file");
    samples.iter().map(|sample| sample.name.clone()).zip(answers).collect()
}
