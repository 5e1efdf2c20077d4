//! The outermost object of an inventory (OCFL 1.1 §3.5.1).

use serde::de::{IgnoredAny, MapAccess};

use super::Reading;
use super::contents::{Fixity, Manifest};
use super::value::{Any, Key, Text, Value};
use super::versions::Versions;
use crate::rules;

pub(super) struct Top;

/// Keys that are remembered in order to find twins; the specification knows eight.
const KEYS_MAX: usize = 100;

impl Value for Top {
    fn wrong(self, reading: &mut Reading) {
        reading.report(&rules::E033, "it is no JSON object");
        // What it lacks follows from what it is.
        reading.keys = ["id", "type", "digestAlgorithm", "head", "manifest", "versions"].map(str::to_owned).to_vec();
    }

    fn object<'de, A: MapAccess<'de>>(self, reading: &mut Reading, mut map: A) -> Result<(), A::Error> {
        let mut key = String::new();
        while map.next_key_seed(Key(&mut key))?.is_some() {
            if reading.keys.contains(&key) {
                reading.report(&rules::E033, format!("{key} is there twice"));
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            read_value(reading, &mut map, &key)?;
            if reading.keys.len() < KEYS_MAX {
                reading.keys.push(std::mem::take(&mut key));
            }
        }
        Ok(())
    }
}

fn read_value<'de, A: MapAccess<'de>>(reading: &mut Reading, map: &mut A, key: &str) -> Result<(), A::Error> {
    let mut slot = None;
    match key {
        "id" => {
            let wrong = |reading: &mut Reading| reading.report(&rules::E037, "id is no text");
            map.next_value_seed(Any(reading, Text { slot: &mut slot, wrong }))?;
            reading.id = slot;
        }
        "type" => {
            let wrong = |reading: &mut Reading| reading.report(&rules::E038, "type is no text");
            map.next_value_seed(Any(reading, Text { slot: &mut slot, wrong }))?;
            reading.kind = slot;
        }
        "digestAlgorithm" => {
            let wrong = |reading: &mut Reading| reading.report(&rules::E025, "digestAlgorithm is no text");
            map.next_value_seed(Any(reading, Text { slot: &mut slot, wrong }))?;
            reading.algorithm = slot;
            if let Some(algorithm) = reading.known_algorithm() {
                reading.digests.expect_width(algorithm.length_bytes());
            }
        }
        "head" => {
            let wrong = |reading: &mut Reading| reading.report(&rules::E040, "head is no text");
            map.next_value_seed(Any(reading, Text { slot: &mut slot, wrong }))?;
            reading.head = slot;
        }
        "contentDirectory" => {
            let wrong = |reading: &mut Reading| reading.report(&rules::E108, "contentDirectory is no text");
            map.next_value_seed(Any(reading, Text { slot: &mut slot, wrong }))?;
            reading.content_directory = slot;
            reading.assume_content_directory();
        }
        "manifest" => map.next_value_seed(Any(reading, Manifest))?,
        "versions" => map.next_value_seed(Any(reading, Versions))?,
        "fixity" if !reading.keeps_fixity => {
            map.next_value::<IgnoredAny>()?;
        }
        "fixity" => map.next_value_seed(Any(reading, Fixity))?,
        _ => {
            reading.report(&rules::E102, key);
            map.next_value::<IgnoredAny>()?;
        }
    }
    Ok(())
}

impl Reading {
    /// Splits content paths by the name just read, unless some were split by another.
    fn assume_content_directory(&mut self) {
        let Some(name) = &self.content_directory else { return };
        let rule = match name.as_str() {
            "." | ".." => Some(&rules::E018),
            "" => Some(&rules::E108),
            name if name.contains('/') => Some(&rules::E017),
            _ => None,
        };
        if let Some(rule) = rule {
            let name = self.content_directory.take().unwrap_or_default();
            self.report(rule, format!("{name:?}"));
        } else if self.manifest.is_empty() && self.fixity.is_empty() {
            self.assumed_directory.clone_from(name);
        }
    }
}
