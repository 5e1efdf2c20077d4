//! `vN-files.jsonl`: each file that is new in a version, held against the states of the inventory.

use std::io::{BufRead, BufReader, Read};

use backends::database::{RebuiltFile, RegistryDraft};
use backends::storage::ObjectReader;
use digests::{Algorithm, Digest};
use model::{FileFormat, ObjectVersion};
use ocfl::{Inventory, VersionNumber};
use serde::Deserialize;

use super::super::ingest::sidecars;
use super::super::{Meter, Signal};
use super::documents::{Sums, unreadable};
use super::error::RebuildError;
use super::fault::{Fault, agree, fault};
use super::{all_objects, rules};

/// Bytes of one line at the most: a path, and what is said of a format.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(Deserialize)]
struct FileLine {
    path: String,
    sha256: String,
    size_bytes: u64,
    modified_at: i64,
    format: Option<FileFormat>,
    further_digests: Vec<Algorithm>,
    other_digests: Option<String>,
}

/// A version whose files are entered.
pub struct Files<'a> {
    pub inventory: &'a Inventory,
    pub number: VersionNumber,
    /// The version before, if there is one.
    pub before: Option<VersionNumber>,
    pub version: &'a ObjectVersion,
    pub meter: &'a Meter,
    pub signal: &'a Signal,
}

impl Files<'_> {
    /// Enters every file that is new in the version, and ends those that it changes or no longer has.
    pub fn enter(&self, draft: &mut RegistryDraft, object: &ObjectReader, sums: &Sums) -> Result<(), Fault> {
        let changed_files = self.end_changed(draft)?;
        let [_, _, path, _] = sidecars::summed_paths(self.version.number);
        let mut reader = sums.open(object, &path)?;
        let entered = self.enter_lines(draft, &path, &mut reader);
        // A rotten document explains whatever else was found in it.
        match &entered {
            Err(Fault::All(_)) => {}
            _ => sums.prove(&path, reader)?,
        }
        let (files, size_bytes) = entered?;
        let same = |what, expected, seen| agree(&rules::CONTRADICTION, &path, what, expected, seen);
        same("new files by the inventory", changed_files, files)?;
        same("new files", self.version.new_files, files)?;
        same("new bytes", self.version.new_size_bytes, size_bytes)?;
        let (files, size_bytes) = all_objects::ask(draft.current_files(self.version.object))?;
        same("files", self.version.files, files)?;
        same("bytes", self.version.size_bytes, size_bytes)
    }

    /// Ends the files of the version before that this one has no more, or with other bytes. Returns how many files are
    /// new or other in this version.
    fn end_changed(&self, draft: &mut RegistryDraft) -> Result<u64, Fault> {
        let all = self.inventory.file_count(self.number) as u64;
        let Some(before) = self.before else { return Ok(all) };
        let mut kept = 0;
        let mut now = self.inventory.state(self.number).peekable();
        for (path, digest) in self.inventory.state(before) {
            while now.next_if(|(other, _)| *other < path).is_some() {}
            if now.peek() == Some(&(path, digest)) {
                kept += 1;
            } else {
                all_objects::ask(draft.end_file(self.version.object, path, self.version.number))?;
            }
        }
        Ok(all - kept)
    }

    fn enter_lines(&self, draft: &mut RegistryDraft, path: &str, reader: &mut impl Read) -> Result<(u64, u64), Fault> {
        let mut lines = BufReader::with_capacity(1 << 16, reader);
        let (mut files, mut size_bytes) = (0_u64, 0_u64);
        let mut line = Vec::new();
        loop {
            if self.signal.is_raised() {
                return Err(RebuildError::Stopped.into());
            }
            line.clear();
            let got = lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            if got.map_err(|error| unreadable(path, &error))? == 0 {
                return Ok((files, size_bytes));
            }
            self.meter.add_bytes(line.len() as u64);
            let parsed: FileLine = serde_json::from_slice(&line)
                .map_err(|error| fault(&rules::NOT_UNDERSTOOD, path, format!("a file in line {}", files + 1), error))?;
            size_bytes = size_bytes.saturating_add(parsed.size_bytes);
            files += 1;
            self.enter_one(draft, path, &parsed)?;
        }
    }

    fn enter_one(&self, draft: &mut RegistryDraft, path: &str, line: &FileLine) -> Result<(), Fault> {
        let wrong =
            |expected: &str, seen: &str| fault(&rules::CONTRADICTION, path, expected, format!("{}: {seen}", line.path));
        let listed =
            Digest::parse(Algorithm::Sha256, &line.sha256).map_err(|error| wrong("a sha256", &error.to_string()))?;
        let held = self.inventory.digest_of(self.number, &line.path);
        if held != Some(listed) {
            let held = held.map_or_else(|| "no such file in the inventory".to_owned(), |held| held.to_hex());
            return Err(wrong(&held, &line.sha256));
        }
        if self.before.is_some_and(|before| self.inventory.digest_of(before, &line.path) == held) {
            return Err(wrong("a file that is new or changed", "the version before has the same bytes"));
        }
        let fixity = self.inventory.content_path(listed).map(|content| self.inventory.fixity_of(&content));
        let further = |algorithm: Algorithm| {
            if !line.further_digests.contains(&algorithm) {
                return Ok(None);
            }
            let known = fixity.as_ref().and_then(|fixity| fixity.get(algorithm));
            known.map(Some).ok_or_else(|| wrong(&format!("{algorithm} in the inventory's fixity block"), "none"))
        };
        let [md5, sha1, sha512] = [further(Algorithm::Md5)?, further(Algorithm::Sha1)?, further(Algorithm::Sha512)?];
        let is_added = all_objects::ask(draft.add_file(&RebuiltFile {
            object: self.version.object,
            path: &line.path,
            version: self.version.number,
            size_bytes: line.size_bytes,
            modified_at: line.modified_at,
            format: line.format.as_ref(),
            md5: md5.as_ref().map(Digest::as_bytes),
            sha1: sha1.as_ref().map(Digest::as_bytes),
            sha256: listed.as_bytes(),
            sha512: sha512.as_ref().map(Digest::as_bytes),
            other_digests: line.other_digests.as_deref(),
        }))?;
        if is_added { Ok(()) } else { Err(wrong("each file once", "listed twice")) }
    }
}
