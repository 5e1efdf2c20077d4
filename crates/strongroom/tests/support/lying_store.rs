//! A store that lies: `lying_store.c`, compiled and loaded into the program, answers for chosen files what a broken disk would.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is answered instead of the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The file opens and has no bytes.
    Empty,
    /// It ends after the first half.
    Cut,
    /// Each call gives seven bytes, whatever was asked for. All bytes come: this is allowed, and no damage.
    Short,
    /// The right number of bytes, all of them 0.
    Zeros,
    /// One bit of the byte in the middle is another.
    Flipped,
    /// An error of the disk after the first half.
    Broken,
    /// There is no such file.
    Absent,
    /// The folder is there, and its listing is empty.
    Unlisted,
}

/// Those about files that are damage when they last.
pub const DAMAGING: [Lie; 6] = [Lie::Empty, Lie::Cut, Lie::Zeros, Lie::Flipped, Lie::Broken, Lie::Absent];

/// How often a lie is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// Each time, until another file bears the name: the lie stays with the bytes on the disk.
    ForEver,
    /// So many openings of the file, or listings of the folder, in each process.
    Openings(u32),
    /// Each opening or listing but the first so many in each process.
    After(u32),
}

/// The library, and the lies that it tells.
pub struct LyingStore {
    folder: PathBuf,
    rules: String,
    lies: Vec<(Lie, Lasts, PathBuf)>,
}

impl LyingStore {
    /// Compiles the library into a folder. It tells no lies yet.
    pub fn built(folder: &Path) -> Self {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/lying_store.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(folder.join("lying_store.so")).arg(source);
        assert!(compiler.status().unwrap().success(), "the lying store can be compiled");
        Self { folder: folder.to_owned(), rules: String::new(), lies: Vec::new() }
    }

    /// Lies about what bears a path now.
    pub fn lie(&mut self, lie: Lie, lasts: Lasts, path: &Path) {
        let about = fs::symlink_metadata(path).unwrap();
        let openings = match lasts {
            Lasts::ForEver => 0,
            Lasts::Openings(openings) => i64::from(openings),
            Lasts::After(openings) => -i64::from(openings),
        };
        let kind = format!("{lie:?}").to_lowercase();
        writeln!(self.rules, "{kind} {openings} {} {}", about.dev(), about.ino()).unwrap();
        self.lies.push((lie, lasts, path.to_owned()));
        fs::write(self.folder.join("lies"), &self.rules).unwrap();
        fs::write(self.folder.join("lies.told"), vec![0; 4 * self.lies.len()]).unwrap();
    }

    /// Has a command lied to. It must not run other programs: they would not know how to answer.
    pub fn lies_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", self.folder.join("lying_store.so")).env("LYING_STORE", self.folder.join("lies"))
    }

    /// Returns the lies that were never told: the test that counts on them proves nothing.
    pub fn untold(&self) -> Vec<&(Lie, Lasts, PathBuf)> {
        let told = fs::read(self.folder.join("lies.told")).unwrap();
        let never = |counted: &[u8]| counted.iter().all(|byte| *byte == 0);
        self.lies.iter().zip(told.chunks(4)).filter(|(_, counted)| never(counted)).map(|(lie, _)| lie).collect()
    }
}
