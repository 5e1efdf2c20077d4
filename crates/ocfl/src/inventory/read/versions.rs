//! The block of versions: who made each, and its state (OCFL 1.1 §3.5.3).

use findings::Rule;
use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use super::Reading;
use super::value::{Any, Key, Text, Value};
use crate::inventory::{Entry, User, Version, VersionNotes};
use crate::logical_path::{PathFault, path_faults};
use crate::{Error, VERSIONS_MAX, VersionNumber, is_created, rules};

pub(super) struct Versions;

impl Value for Versions {
    fn wrong(self, reading: &mut Reading) {
        // E045 says the same; the other validators report this one.
        reading.report(&rules::E044, "versions is no object");
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        reading.has_versions = true;
        let mut key = String::new();
        let mut count = 0;
        while map.next_key_seed(Key(&mut key))?.is_some() {
            count += 1;
            if count > VERSIONS_MAX {
                let error = Error::TooLarge { what: "the number of versions", limit: u64::from(VERSIONS_MAX) };
                return Err(reading.fail(error));
            }
            let mut version = Version { notes: VersionNotes::default(), state: Vec::new() };
            map.next_value_seed(Any(reading, VersionBlock { version: &mut version, key: &key, count }))?;
            match key.parse::<VersionNumber>() {
                Ok(number) if reading.versions.contains_key(&number) => {
                    reading.report(&rules::E033, format!("versions: {key} is there twice"));
                }
                Ok(number) => {
                    reading.versions.insert(number, version);
                }
                Err(_) => reading.report(name_rule(&key), format!("versions: {key}")),
            }
        }
        Ok(())
    }
}

fn name_rule(key: &str) -> &'static Rule {
    let digits = key.strip_prefix('v').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) { &rules::E105 } else { &rules::E104 }
}

struct VersionBlock<'version> {
    version: &'version mut Version,
    key: &'version str,
    count: u32,
}

impl Value for VersionBlock<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E047, format!("versions: {} is no object", self.key));
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        let at = self.key;
        let (mut key, mut keys) = (String::new(), Vec::new());
        let mut created = None;
        while map.next_key_seed(Key(&mut key))?.is_some() {
            if keys.contains(&key) {
                reading.report(&rules::E033, format!("{at}: {key} is there twice"));
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            match key.as_str() {
                "created" => {
                    let wrong =
                        |reading: &mut Reading| reading.report(&rules::E049, format!("{at}: created is no text"));
                    map.next_value_seed(Any(reading, Text { slot: &mut created, wrong }))?;
                }
                "message" => {
                    let wrong =
                        |reading: &mut Reading| reading.report(&rules::E094, format!("{at}: message is no text"));
                    map.next_value_seed(Any(reading, Text { slot: &mut self.version.notes.message, wrong }))?;
                }
                "user" => map.next_value_seed(Any(reading, UserBlock { slot: &mut self.version.notes.user, at }))?,
                "state" => {
                    let state = &mut self.version.state;
                    map.next_value_seed(Any(reading, State { state, at, count: self.count }))?;
                }
                _ => {
                    reading.report(&rules::E102, format!("{at}: {key}"));
                    map.next_value::<IgnoredAny>()?;
                }
            }
            keys.push(std::mem::take(&mut key));
            keys.truncate(KEYS_MAX);
        }
        reading.check_version(at, &keys, created.as_deref());
        self.version.notes.created = created.unwrap_or_default();
        Ok(())
    }
}

/// Keys of one object that are remembered in order to find twins; the specification knows four.
const KEYS_MAX: usize = 100;

impl Reading {
    fn check_version(&mut self, at: &str, keys: &[String], created: Option<&str>) {
        let has = |key: &str| keys.iter().any(|seen| seen == key);
        for key in ["created", "state"].into_iter().filter(|key| !has(key)) {
            self.report(&rules::E048, format!("{at} has no {key}"));
        }
        for key in ["message", "user"].into_iter().filter(|key| !has(key)) {
            self.report(&rules::W007, format!("{at} has no {key}"));
        }
        if let Some(created) = created.filter(|created| !is_created(created)) {
            self.report(&rules::E049, format!("{at}: {created}"));
        }
    }
}

struct UserBlock<'slot> {
    slot: &'slot mut Option<User>,
    at: &'slot str,
}

impl Value for UserBlock<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E054, format!("{}: user is no object", self.at));
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        let at = self.at;
        let (mut key, mut name, mut address) = (String::new(), None, None);
        let (mut has_name, mut has_address) = (false, false);
        while map.next_key_seed(Key(&mut key))?.is_some() {
            let wrong = |reading: &mut Reading| reading.report(&rules::E054, format!("{at}: user: {key} is no text"));
            match key.as_str() {
                "name" if !has_name => {
                    has_name = true;
                    map.next_value_seed(Any(reading, Text { slot: &mut name, wrong }))?;
                }
                "address" if !has_address => {
                    has_address = true;
                    map.next_value_seed(Any(reading, Text { slot: &mut address, wrong }))?;
                }
                other => {
                    let is_twin = other == "name" || other == "address";
                    reading.report(if is_twin { &rules::E033 } else { &rules::E102 }, format!("{at}: user: {other}"));
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !has_name || name.as_deref() == Some("") {
            reading.report(&rules::E054, format!("{at}: user has no name"));
        }
        match &address {
            None if !has_address => reading.report(&rules::W008, at),
            Some(address) if !is_uri(address) => reading.report(&rules::W009, format!("{at}: {address}")),
            _ => {}
        }
        *self.slot = Some(User { name: name.unwrap_or_default(), address });
        Ok(())
    }
}

/// Says whether a text has the form of a URI: a scheme, a colon, and something in visible ASCII (RFC 3986 §3).
pub(super) fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let is_of_rest = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_of_scheme)
        && !rest.is_empty()
        && rest.bytes().all(is_of_rest)
}

struct State<'state> {
    state: &'state mut Vec<Entry>,
    at: &'state str,
    count: u32,
}

impl Value for State<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E050, format!("{}: state is no object", self.at));
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        let mut key = String::new();
        while map.next_key_seed(Key(&mut key))?.is_some() {
            let digest = match reading.digests.intern(&key).map_err(|error| reading.fail(error))? {
                Ok(digest) => {
                    if !reading.digests.add_to_state(digest, &key, self.count) {
                        reading.report(&rules::E050, format!("{}: {key} is there twice", self.at));
                    }
                    Some(digest)
                }
                Err(fault) => {
                    reading.report_digest(fault, reading.known_algorithm(), self.at, &key);
                    None
                }
            };
            map.next_value_seed(Any(reading, StatePaths { state: self.state, at: self.at, digest }))?;
        }
        Ok(())
    }
}

/// The logical paths of one digest; of none when the digest was wrong.
struct StatePaths<'state> {
    state: &'state mut Vec<Entry>,
    at: &'state str,
    digest: Option<u32>,
}

impl Value for StatePaths<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E050, format!("{}: a digest without an array of paths", self.at));
        if let Some(digest) = self.digest {
            // Which paths it was to have is not known; that it has none is not said.
            reading.digests.use_digest(digest);
        }
    }

    fn array<'de, A: SeqAccess<'de>>(self, reading: &mut Reading, mut array: A) -> Result<(), A::Error> {
        loop {
            let path = LogicalPath { state: self.state, at: self.at, digest: self.digest };
            if array.next_element_seed(Any(reading, path))?.is_none() {
                return Ok(());
            }
        }
    }
}

struct LogicalPath<'state> {
    state: &'state mut Vec<Entry>,
    at: &'state str,
    digest: Option<u32>,
}

impl Value for LogicalPath<'_> {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E051, format!("{}: a logical path that is no text", self.at));
    }

    fn text(self, reading: &mut Reading, path: &str) -> Result<(), Error> {
        let mut is_sound = true;
        if let Some(digest) = self.digest {
            reading.digests.use_digest(digest);
        }
        for fault in path_faults(path) {
            let rule = if fault == PathFault::Slash { &rules::E053 } else { &rules::E052 };
            reading.report(rule, format!("{}: {path}", self.at));
            is_sound = false;
        }
        if let (true, Some(digest)) = (is_sound, self.digest) {
            self.state.push(Entry { digest, path: reading.names.intern(path)? });
        }
        Ok(())
    }
}
