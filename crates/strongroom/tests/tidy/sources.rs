//! The files of the repository, as the tidy test looks at them.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours: what is built, fetched or made at run time.
const PASSED_OVER: [&str; 6] = ["target", ".git", ".venv", "__pycache__", "strongroom-data", "bench/work"];

/// One file of the repository that is text.
pub struct Source {
    /// Its path from the top of the repository.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Returns the top folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// Returns the path of every file and folder of the repository, sorted; folders end with a slash.
pub fn paths() -> Vec<String> {
    let root = root();
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("the repository can be listed") {
            let entry = entry.expect("the repository can be listed");
            let path = format!("{folder}{}", entry.file_name().to_string_lossy());
            let is_passed_over = PASSED_OVER.iter().any(|name| path == *name || path.ends_with(&format!("/{name}")));
            if is_passed_over {
                continue;
            }
            if entry.file_type().expect("an entry has a type").is_dir() {
                folders.push(format!("{path}/"));
                paths.push(format!("{path}/"));
            } else {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
}

/// Returns all files of the repository that are UTF-8 text and for whose path the function answers yes.
pub fn sources(is_wanted: impl Fn(&str) -> bool) -> Vec<Source> {
    let root = root();
    let wanted = paths().into_iter().filter(|path| !path.ends_with('/') && is_wanted(path));
    wanted.filter_map(|path| Some(Source { text: fs::read_to_string(root.join(&path)).ok()?, path })).collect()
}

/// Returns one file.
pub fn source(path: &str) -> Source {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"));
    Source { path: path.to_owned(), text }
}

/// Returns the Rust files below `crates/<name>/src/`, those that are compiled for tests only left out.
pub fn code(name: &str) -> Vec<Source> {
    let start = format!("crates/{name}/src/");
    let mut all = sources(|path| path.starts_with(&start) && path.ends_with(".rs"));
    let tests: Vec<_> = all.iter().flat_map(test_modules).collect();
    all.retain(|source| !tests.iter().any(|start| source.path.starts_with(start)));
    all
}

/// Returns where the modules that a file declares for tests only lie, as beginnings of paths.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.strip_suffix("/mod.rs").or_else(|| source.path.strip_suffix("/lib.rs")) {
        Some(folder) => folder,
        None => source.path.trim_end_matches(".rs"),
    };
    let lines: Vec<_> = source.text.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].starts_with("#[cfg(") && pair[0].contains("test"));
    let names = pairs.filter_map(|pair| pair[1].trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    names.flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/")]).collect()
}

impl Source {
    /// Returns the lines without comments and without the test module, each with its number from 1.
    pub fn code(&self) -> Vec<(usize, &str)> {
        let lines = self.text.lines().enumerate().take_while(|(_, line)| *line != "#[cfg(test)]" || self.goes_on());
        lines.map(|(number, line)| (number + 1, without_comment(line))).collect()
    }

    /// Whether what is for tests only is a line or two in the midst, and not a module at the end.
    fn goes_on(&self) -> bool {
        !self.text.contains("\n#[cfg(test)]\nmod tests {")
    }

    /// Returns the first paragraph of the documentation at the top.
    pub fn opening(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//! "));
        lines.collect::<Vec<_>>().join(" ")
    }

    /// Returns the whole documentation at the top.
    pub fn top_documentation(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    }
}

/// Cuts a comment off. `//` within an address in a string has no blank before it.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split(" // ").next().unwrap_or(line)
}
