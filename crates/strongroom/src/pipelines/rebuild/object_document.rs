//! `vN-object.json`: what it says of a version, held against the inventory.

use std::io::{BufReader, Read};

use backends::storage::ObjectReader;
use jiff::Timestamp;
use model::{Event, Object, ObjectVersion, Replica};
use ocfl::{Inventory, VersionNumber};
use serde::Deserialize;

use super::super::ingest::{object_path, ocfl_id, sidecars};
use super::documents::Sums;
use super::fault::{Fault, agree, fault};
use super::rules;

/// Bytes of the document at the most. It bears all tags of a bag.
const DOCUMENT_BYTES_MAX: u64 = 1 << 30;

/// That part of the document which the registry holds.
#[derive(Deserialize)]
pub struct ObjectDocument {
    format: String,
    pub object: Object,
    pub version: ObjectVersion,
    pub replicas: Vec<Replica>,
    pub events: Vec<Event>,
}

/// Where a version was found.
pub struct Found<'a> {
    pub object_path: &'a str,
    pub inventory: &'a Inventory,
    pub number: VersionNumber,
}

impl ObjectDocument {
    /// Reads the document of a version, proves it, and insists that it speaks of this object as the inventory does.
    pub fn read(object: &ObjectReader, sums: &Sums, found: &Found<'_>) -> Result<Self, Fault> {
        let [_, path, ..] = sidecars::summed_paths(found.number.number());
        let mut reader = sums.open(object, &path)?;
        let parsed: Result<Self, _> = serde_json::from_reader(BufReader::new(reader.by_ref().take(DOCUMENT_BYTES_MAX)));
        sums.prove(&path, reader)?;
        let document = parsed.map_err(|error| fault(&rules::NOT_UNDERSTOOD, &path, sidecars::OBJECT_FORMAT, error))?;
        if document.format != sidecars::OBJECT_FORMAT {
            return Err(fault(&rules::NOT_UNDERSTOOD, &path, sidecars::OBJECT_FORMAT, &document.format));
        }
        document.check_names(&path, found)?;
        document.check_counts(&path, found)?;
        Ok(document)
    }

    fn check_names(&self, path: &str, found: &Found<'_>) -> Result<(), Fault> {
        let same = |what, expected: &str, seen: &str| agree(&rules::CONTRADICTION, path, what, expected, seen);
        let identifier = &self.object.identifier;
        same("the object", found.inventory.id(), &ocfl_id(identifier))?;
        let own = object_path(identifier).map_err(|error| fault(&rules::NOT_UNDERSTOOD, path, "a place", error))?;
        same("the folder", &own, found.object_path)?;
        let id = self.object.id;
        let (number, created_at) = (found.number.number(), self.version.created_at);
        let noted = found.inventory.notes(found.number).and_then(|notes| notes.created.parse::<Timestamp>().ok());
        if noted != Some(created_at) {
            return Err(fault(&rules::CONTRADICTION, path, format!("{noted:?}"), created_at));
        }
        let replicas = self.replicas.iter().map(|replica| (replica.object, replica.version));
        let events = self.events.iter().map(|event| (event.object.unwrap_or(id), event.version.unwrap_or(number)));
        let about = replicas.chain(events).chain([(self.version.object, self.version.number), (id, self.object.head)]);
        for (object, version) in about {
            same("the object", &id.to_string(), &object.to_string())?;
            agree(&rules::CONTRADICTION, path, "version", number, version)?;
        }
        for replica in &self.replicas {
            same("the folder", found.object_path, &replica.object_path)?;
        }
        Ok(())
    }

    fn check_counts(&self, path: &str, found: &Found<'_>) -> Result<(), Fault> {
        let same = |what, expected: u64, seen: u64| agree(&rules::CONTRADICTION, path, what, expected, seen);
        let (object, version) = (&self.object, &self.version);
        same("files", found.inventory.file_count(found.number) as u64, version.files)?;
        same("files", version.files, object.files)?;
        same("bytes", version.size_bytes, object.size_bytes)?;
        for replica in &self.replicas {
            same("new files", version.new_files, replica.files)?;
            same("new bytes", version.new_size_bytes, replica.size_bytes)?;
        }
        Ok(())
    }
}
