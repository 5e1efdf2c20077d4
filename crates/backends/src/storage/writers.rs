//! The files that some process of this machine has open for writing.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Device and inode of each file that is open for writing, as far as we may see.
///
/// Processes of other users are hidden from an ordinary user, and other machines from everybody: a hit proves that a
/// file is being written, the lack of one proves nothing.
#[derive(Debug, Default)]
pub(super) struct Writers(HashSet<(u64, u64)>);

impl Writers {
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Looks at all processes, through /proc.
    pub(super) fn of_this_machine() -> Self {
        let mut open = HashSet::new();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        for process in processes.filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit()) {
            add_process(&process.path(), &mut open);
        }
        Self(open)
    }

    pub(super) fn have_open(&self, device: u64, inode: u64) -> bool {
        self.0.contains(&(device, inode))
    }
}

/// Adds the files of one process. One that has ended or that we may not look at adds none.
fn add_process(process: &Path, open: &mut HashSet<(u64, u64)>) {
    for handle in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
        // Pipes, sockets and the like are shown as `pipe:[4711]`.
        let is_file = fs::read_link(handle.path()).is_ok_and(|path| path.is_absolute());
        if is_file
            && is_for_writing(&process.join("fdinfo").join(handle.file_name()))
            && let Ok(file) = fs::metadata(handle.path())
        {
            open.insert((file.dev(), file.ino()));
        }
    }
}

/// Reads the access mode from the line `flags: 0100001`: the last octal digit is 1 or 2 (proc_pid_fdinfo(5)).
fn is_for_writing(info: &Path) -> bool {
    let Ok(text) = fs::read_to_string(info) else { return false };
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.and_then(|flags| u64::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| matches!(flags & 3, 1 | 2))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::MetadataExt;

    use super::Writers;

    #[test]
    fn a_file_that_is_open_for_writing_is_seen_and_one_for_reading_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (read, written) = (folder.path().join("read"), folder.path().join("written"));
        fs::write(&read, "").unwrap();
        let reader = File::open(&read).unwrap();
        let writer = File::create(&written).unwrap();
        let of = |path| fs::metadata(path).map(|file| (file.dev(), file.ino())).unwrap();
        let (read, written) = (of(&read), of(&written));

        let writers = Writers::of_this_machine();
        assert!(writers.have_open(written.0, written.1));
        assert!(!writers.have_open(read.0, read.1));

        drop((reader, writer));
        assert!(!Writers::of_this_machine().have_open(written.0, written.1));
    }
}
