//! An inventory read as a stream: into the compact form at once, and with all that is wrong with it.

mod contents;
mod digest_texts;
mod finish;
mod top;
mod value;
mod versions;

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};

use digests::Algorithm;
use findings::{Findings, Rule};
use serde::de::DeserializeSeed;

use self::contents::FixityDraft;
use self::digest_texts::DigestTexts;
use self::value::Any;
use super::{Content, Inventory, NameTable, Version};
use crate::{Error, INVENTORY_FILE, VersionNumber, rules};

/// Bytes of one inventory, at the most. A million files take about 300 MB.
pub const INVENTORY_BYTES_MAX: u64 = 4 << 30;

/// An inventory as it was read: what could be understood of it, and all findings.
#[derive(Debug)]
pub struct Parsed {
    /// What could be understood, when that is enough to look at content; always whole when no error was found.
    pub inventory: Option<Inventory>,
    /// What is wrong.
    pub findings: Findings,
    /// Whether it has the key `contentDirectory` (OCFL 1.1 §3.3.1).
    pub(crate) names_content_directory: bool,
    /// The `digestAlgorithm` as it stands there, whether we know it or not.
    pub(crate) algorithm_name: Option<String>,
    /// How its versions are keyed, those included that are out of sequence.
    pub(crate) version_keys: Vec<VersionNumber>,
}

impl Inventory {
    /// Reads an inventory that must be without error.
    ///
    /// # Errors
    /// It cannot be read, breaks a rule of the specification, or passes a bound.
    pub fn read(reader: impl Read) -> Result<Self, Error> {
        Reading::new(INVENTORY_FILE).parse(reader, INVENTORY_BYTES_MAX)?.accepted()
    }

    /// Does the same for callers who only ask where bytes lie: the fixity block is passed over, so that a million files
    /// take a quarter less memory. What it would have been is not looked at; such an inventory is not to be written.
    ///
    /// # Errors
    /// As of [`Inventory::read`].
    pub fn read_to_locate(reader: impl Read) -> Result<Self, Error> {
        let reading = Reading { keeps_fixity: false, ..Reading::new(INVENTORY_FILE) };
        reading.parse(reader, INVENTORY_BYTES_MAX)?.accepted()
    }
}

impl Parsed {
    /// Reads an inventory of at most `bytes_max` bytes and finds all that is wrong with it by itself.
    ///
    /// `file` is what the findings call it. The reader is read to its end, or to where the JSON breaks off.
    ///
    /// # Errors
    /// It cannot be read, or passes a bound.
    pub fn read(reader: impl Read, file: &str, bytes_max: u64) -> Result<Self, Error> {
        Reading::new(file).parse(reader, bytes_max)
    }

    fn accepted(self) -> Result<Inventory, Error> {
        match self.inventory {
            Some(inventory) if self.findings.is_acceptable() => Ok(inventory),
            _ => Err(Error::InvalidInventory(Box::new(self.findings))),
        }
    }
}

/// What has been read so far.
struct Reading {
    file: String,
    findings: Findings,
    failure: Option<Error>,
    keys: Vec<String>,
    id: Option<String>,
    kind: Option<String>,
    algorithm: Option<String>,
    head: Option<String>,
    content_directory: Option<String>,
    /// The content directory by which content paths are split while its true name may not have been read.
    assumed_directory: String,
    names: NameTable,
    digests: DigestTexts,
    /// Whether there is a manifest that could be read; empty it may be.
    has_manifest: bool,
    manifest: Vec<Content>,
    keeps_fixity: bool,
    fixity: Vec<FixityDraft>,
    /// Whether there is a block of versions that could be read; empty it may be.
    has_versions: bool,
    versions: BTreeMap<VersionNumber, Version>,
}

impl Reading {
    fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            findings: Findings::default(),
            failure: None,
            keys: Vec::new(),
            id: None,
            kind: None,
            algorithm: None,
            head: None,
            content_directory: None,
            assumed_directory: super::CONTENT_DIRECTORY.to_owned(),
            names: NameTable::default(),
            digests: DigestTexts::default(),
            has_manifest: false,
            manifest: Vec::new(),
            keeps_fixity: true,
            fixity: Vec::new(),
            has_versions: false,
            versions: BTreeMap::new(),
        }
    }

    fn parse(mut self, reader: impl Read, bytes_max: u64) -> Result<Parsed, Error> {
        let mut bounded = Bounded { reader, left_bytes: bytes_max, is_exceeded: false };
        let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, &mut bounded));
        let result = Any(&mut self, top::Top).deserialize(&mut json).and_then(|()| json.end());
        drop(json);
        if bounded.is_exceeded {
            return Err(Error::TooLarge { what: "an inventory", limit: bytes_max });
        }
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        match result {
            Ok(()) => self.finish(),
            Err(error) if error.is_io() => Err(Error::Read { path: self.file, source: io::Error::from(error) }),
            Err(error) => {
                // What was found before the break may be its consequence: the braces are not where they should be.
                let mut findings = Findings::default();
                findings.push(rules::E033.finding().at(self.file.as_str()).seen(error.to_string()));
                Ok(Parsed {
                    inventory: None,
                    findings,
                    names_content_directory: false,
                    algorithm_name: self.algorithm,
                    version_keys: Vec::new(),
                })
            }
        }
    }

    fn report(&mut self, rule: &Rule, seen: impl Into<String>) {
        self.findings.push(rule.finding().at(self.file.as_str()).seen(shortened(seen.into())));
    }

    fn known_algorithm(&self) -> Option<Algorithm> {
        let name = self.algorithm.as_deref()?;
        Algorithm::all().find(|algorithm| algorithm.ocfl_name() == name)
    }
}

/// Characters of the inventory that one finding quotes.
const QUOTED_CHARACTERS_MAX: usize = 300;

fn shortened(text: String) -> String {
    match text.char_indices().nth(QUOTED_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A reader that fails rather than give more bytes than it may.
struct Bounded<R> {
    reader: R,
    left_bytes: u64,
    is_exceeded: bool,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.read(buffer)?;
        match self.left_bytes.checked_sub(got as u64) {
            Some(left) => {
                self.left_bytes = left;
                Ok(got)
            }
            None => {
                self.is_exceeded = true;
                Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large"))
            }
        }
    }
}
