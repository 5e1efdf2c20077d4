//! A person says what a file is, against whatever its bytes say.

use backends::database::{Database, DatabaseError, Replaces, SettledFormat};
use jiff::Timestamp;
use model::{Event, EventId, FileFormat, FileVersion, FormatBasis, Object, UNKNOWN_MEDIA_TYPE};
use premis::{EventType, Outcome};
use pronom::Signatures;
use pronom::table::Puid;

use super::name_of;

/// What a person says.
pub struct Said<'a> {
    /// The PUID.
    pub puid: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub by: &'a str,
    /// The program that is told, for the event.
    pub agent: &'a str,
    /// When.
    pub now: Timestamp,
    /// The identity of the event.
    pub event: EventId,
}

/// Sets the format of a file and keeps the reason; returns it. Identifying holdings again leaves it as it is.
///
/// # Errors
/// The database cannot be written.
pub async fn set_format(
    database: &Database,
    signatures: &Signatures,
    object: &Object,
    file: &FileVersion,
    said: Said<'_>,
) -> Result<FileFormat, DatabaseError> {
    let known = signatures.format(&Puid::new(said.puid));
    let media_type = known.and_then(|known| known.mime.as_deref()).and_then(|several| several.split(',').next());
    let format = FileFormat {
        media_type: media_type.unwrap_or(UNKNOWN_MEDIA_TYPE).trim().to_owned(),
        basis: FormatBasis::Person,
        puid: Some(said.puid.to_owned()),
        note: Some(format!("{}: {}", said.by, said.reason)),
        signatures: file.format.signatures.clone(),
    };
    let event = Event {
        id: said.event,
        event_type: EventType::FormatIdentification.label().to_owned(),
        at: said.now,
        outcome: Outcome::Success.label().to_owned(),
        detail: format!("{} said what the file is", said.by),
        note: format!("{} instead of {}: {}", said.puid, name_of(&file.format), said.reason),
        agent: said.agent.to_owned(),
        item: None,
        object: Some(object.id),
        version: Some(file.version),
        path: Some(file.path.clone()),
        store: None,
    };
    let settled = SettledFormat { path: file.path.clone(), version: file.version, format: format.clone() };
    database.settle_formats(object.id, &[settled], Replaces::Anything, Some(&event)).await?;
    Ok(format)
}
