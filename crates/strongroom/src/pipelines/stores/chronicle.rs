//! The chronicle: what jobs changed about which store holds what, written into every store.
//!
//! The documents of an object tell where its deposit put it, and are never changed. A store that was filled later, lost
//! or evacuated stands in none of them; without the chronicle a registry that is rebuilt would count on the wrong stores.
//! Each file bears its own digest in its last line, and is never changed.

use std::io::{BufRead, Read};

use backends::database::{Database, DatabaseError};
use backends::storage::{Beside, StorageError, Store};
use jiff::Timestamp;
use model::{Replica, StoreId, StoreState};
use serde::{Deserialize, Serialize};

use super::super::StorePlaces;
use super::super::ingest::sidecars::digest_of;

/// What a file calls itself.
const FORMAT: &str = "strongroom-chronicle/1";
/// Replicas in one file.
const FILE_ROWS: u32 = 10_000;
/// Bytes of a file at the most.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// The first line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    format: String,
    /// The store that it is about.
    pub store: StoreId,
    /// When it was written.
    pub at: Timestamp,
    /// Whether nothing that was told of the store before counts any more: it was lost, or evacuated.
    pub is_void: bool,
}

#[derive(Serialize, Deserialize)]
struct Ending {
    sha256: String,
}

/// Whether what was told of a store before still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    Counts,
    IsVoid,
}

/// What cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChronicleError {
    /// The registry cannot be asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A store cannot be written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A line cannot be written as JSON.
    #[error("a line of the chronicle cannot be written")]
    Json(#[from] serde_json::Error),
    /// The digest cannot be computed.
    #[error("the digest of a chronicle cannot be computed")]
    Digest(#[from] std::io::Error),
}

/// Writes what a store holds since a time into every store that is there: in files of a bounded number of rows.
///
/// # Errors
/// The database cannot be read, or a store that is there not be written.
pub async fn write(
    database: &Database,
    stores: &StorePlaces,
    store: &StoreId,
    before: Before,
    since: Timestamp,
    at: Timestamp,
) -> Result<(), ChronicleError> {
    let heading = Heading { format: FORMAT.to_owned(), store: store.clone(), at, is_void: before == Before::IsVoid };
    let known = database.known_stores().await?;
    let is_retired = |id: &StoreId| known.iter().any(|known| known.id == *id && known.state == StoreState::Retired);
    let (mut after, mut number) = (None, 0);
    loop {
        let rows = database.replicas_since(store, since, after, FILE_ROWS).await?;
        after = rows.last().map(|replica| (replica.object, replica.version));
        if after.is_none() && (number > 0 || before == Before::Counts) {
            return Ok(());
        }
        let name = format!("{:020}-{}-{number:06}.jsonl", at.as_microsecond(), file_name(store));
        let text = text(&Heading { is_void: heading.is_void && number == 0, ..heading.clone() }, &rows)?;
        for (id, _) in stores.0.iter().filter(|(id, _)| !is_retired(id)) {
            match stores.open(id) {
                Ok(opened) => opened.write_beside(Beside::Chronicle, &name, text.as_bytes())?,
                Err(error) => tracing::warn!(store.id = id.0, %error, "a store is away and does not get the chronicle"),
            }
        }
        number += 1;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// A store's name may hold what a file's name should not.
fn file_name(store: &StoreId) -> String {
    store.0.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' }).collect()
}

fn text(heading: &Heading, rows: &[Replica]) -> Result<String, ChronicleError> {
    let mut text = serde_json::to_string(heading)?;
    text.push('\n');
    for row in rows {
        text.push_str(&serde_json::to_string(row)?);
        text.push('\n');
    }
    let sha256 = digest_of(text.as_bytes())?.map(|digest| digest.to_hex()).unwrap_or_default();
    text.push_str(&serde_json::to_string(&Ending { sha256 })?);
    text.push('\n');
    Ok(text)
}

/// Returns the names of a store's files, oldest first.
///
/// # Errors
/// The store has gone.
pub fn names(store: &Store) -> Result<Vec<String>, StorageError> {
    match store.beside(Beside::Chronicle)? {
        Some(folder) => Ok(folder.list("")?.into_iter().map(|entry| entry.name).collect()),
        None => Ok(Vec::new()),
    }
}

/// Reads a file and proves it; the inner error says what is wrong with it.
///
/// # Errors
/// The store has gone.
pub fn read(store: &Store, name: &str) -> Result<Result<(Heading, Vec<Replica>), String>, StorageError> {
    let Some(folder) = store.beside(Beside::Chronicle)? else { return Ok(Err("it has gone".to_owned())) };
    let file = match folder.open(name) {
        Ok(file) => file,
        Err(error) if error.is_of_absent_store() => return Err(error),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut text = String::new();
    if let Err(error) = file.take(FILE_BYTES_MAX).read_to_string(&mut text) {
        return Ok(Err(error.to_string()));
    }
    Ok(parse(&text).ok_or_else(|| "it is not what was written".to_owned()))
}

fn parse(text: &str) -> Option<(Heading, Vec<Replica>)> {
    let ending = text.trim_end_matches('\n').rfind('\n')? + 1;
    let (body, last) = text.split_at(ending);
    let ending: Ending = serde_json::from_str(last).ok()?;
    if digest_of(body.as_bytes()).ok()??.to_hex() != ending.sha256 {
        return None;
    }
    let mut lines = body.as_bytes().lines().map_while(Result::ok);
    let heading: Heading = serde_json::from_str(&lines.next()?).ok()?;
    let rows: Option<Vec<Replica>> = lines.map(|line| serde_json::from_str(&line).ok()).collect();
    (heading.format == FORMAT).then_some((heading, rows?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written_and_not_when_a_byte_was_changed() {
        let at = "2026-11-01T00:00:00Z".parse().expect("it is a time");
        let heading = Heading { format: FORMAT.to_owned(), store: StoreId::from("third"), at, is_void: true };
        let replica = Replica {
            object: model::ObjectId(uuid::Uuid::from_u128(5)),
            version: 2,
            store: StoreId::from("third"),
            object_path: "a/b/c".to_owned(),
            evidence: model::Evidence::A,
            verified_at: at,
            files: 3,
            size_bytes: 4,
        };
        let text = text(&heading, std::slice::from_ref(&replica)).expect("it can be written");
        assert_eq!(parse(&text), Some((heading, vec![replica])));
        for place in 0..text.len() - 1 {
            let mut changed = text.clone().into_bytes();
            changed[place] ^= 1;
            if let Ok(changed) = String::from_utf8(changed) {
                assert_eq!(parse(&changed), None, "at {place}");
            }
        }
        assert_eq!(parse(""), None);
    }
}
