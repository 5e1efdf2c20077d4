//! How rows become values: the one place that knows both the columns and the model.

use findings::FirstFindings;
use jiff::Timestamp;
use model::{
    Access, Action, Alert, AlertKind, Canaries, Damage, Deposit, Drill, DrillKind, Event, EventId, FileFormat,
    FileVersion, FormatBasis, GatheredFile, HeldReplica, Incident, IncidentState, InstitutionName, ItemId, ItemState,
    Job, JobId, JobKind, JobResult, JobStatus, Object, ObjectId, ObjectIdentifier, ObjectVersion, Origin, PlacedFile,
    Replica, StoreId, Weight, WorkItem,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::DatabaseError;
use super::engine::{Column, Row};

/// Returns the number that stands for a time.
pub(super) fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// Returns the number of an unsigned count; counts beyond 2^63 do not occur.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn damaged(what: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::Damaged(what.to_string())
}

fn get<'r, T>(row: &'r Row, column: &'static str) -> Result<T, DatabaseError>
where
    T: Column<'r>,
{
    row.try_get(column).map_err(damaged)
}

fn time(row: &Row, column: &'static str) -> Result<Timestamp, DatabaseError> {
    Timestamp::from_microsecond(get(row, column)?).map_err(damaged)
}

pub(super) fn optional_time(row: &Row, column: &'static str) -> Result<Option<Timestamp>, DatabaseError> {
    get::<Option<i64>>(row, column)?.map(Timestamp::from_microsecond).transpose().map_err(damaged)
}

fn count(row: &Row, column: &'static str) -> Result<u64, DatabaseError> {
    u64::try_from(get::<i64>(row, column)?).map_err(damaged)
}

fn small(row: &Row, column: &'static str) -> Result<u32, DatabaseError> {
    u32::try_from(get::<i64>(row, column)?).map_err(damaged)
}

fn json<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, DatabaseError> {
    serde_json::from_str(get::<&str>(row, column)?).map_err(damaged)
}

pub(super) fn object_id(bytes: &[u8]) -> Result<ObjectId, DatabaseError> {
    Uuid::from_slice(bytes).map(ObjectId).map_err(damaged)
}

pub(super) fn identifier(row: &Row) -> Result<ObjectIdentifier, DatabaseError> {
    Ok(ObjectIdentifier {
        institution: get::<String>(row, "institution")?.try_into().map_err(damaged)?,
        name: get::<String>(row, "name")?.try_into().map_err(damaged)?,
    })
}

/// The columns of a work item. The others may be large: what the stages hand to each other, and every finding.
pub(super) const WORK_ITEM: &str = "id, action, stage, status, institution, name, path, origin, fingerprint, size_bytes, \
    modified_at, options, object_id, attempts, next_try_at, last_error, outcome, created_at, updated_at, superseded_by, \
    lease_owner";

pub(super) fn work_item(row: &Row) -> Result<WorkItem, DatabaseError> {
    let origin = match get::<&str>(row, "origin")? {
        "receiving" => Origin::Receiving,
        "deletion" => Origin::Deletion,
        "restoration" => Origin::Restoration,
        _ => Origin::Path,
    };
    Ok(WorkItem {
        id: ItemId(get(row, "id")?),
        action: Action::from_name(get(row, "action")?).ok_or_else(|| damaged("a work item of no known action"))?,
        stage: get::<&str>(row, "stage")?.parse().map_err(damaged)?,
        status: get::<&str>(row, "status")?.parse().map_err(damaged)?,
        deposit: Deposit {
            identifier: identifier(row)?,
            path: get(row, "path")?,
            origin,
            fingerprint: get(row, "fingerprint")?,
            size_bytes: count(row, "size_bytes")?,
            modified_at: time(row, "modified_at")?,
            options: json(row, "options")?,
        },
        object: get::<Option<Vec<u8>>>(row, "object_id")?.map(|bytes| object_id(&bytes)).transpose()?,
        attempts: small(row, "attempts")?,
        next_try_at: time(row, "next_try_at")?,
        last_error: get(row, "last_error")?,
        outcome: get(row, "outcome")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        superseded_by: get::<Option<i64>>(row, "superseded_by")?.map(ItemId),
        held_by: get(row, "lease_owner")?,
    })
}

pub(super) fn item_state(row: &Row) -> Result<ItemState, DatabaseError> {
    json(row, "state")
}

pub(super) fn first_findings(row: &Row) -> Result<FirstFindings, DatabaseError> {
    json(row, "findings")
}

pub(super) fn gathered_file(row: &Row) -> Result<GatheredFile, DatabaseError> {
    Ok(GatheredFile {
        place: small(row, "place")?,
        path: get(row, "path")?,
        size_bytes: count(row, "size_bytes")?,
        offset_bytes: count(row, "offset_bytes")?,
        modified_at: get(row, "modified_at")?,
        md5: get(row, "md5")?,
        sha1: get(row, "sha1")?,
        sha256: get(row, "sha256")?,
        sha512: get(row, "sha512")?,
        other_digests: get(row, "other_digests")?,
        format: file_format(row)?,
        has_provisional_format: get::<i64>(row, "format_is_provisional")? != 0,
    })
}

/// Returns the format of a row; `None` before anybody has looked.
fn file_format(row: &Row) -> Result<Option<FileFormat>, DatabaseError> {
    let (Some(media_type), Some(basis)) = (get::<Option<String>>(row, "format")?, get(row, "format_basis")?) else {
        return Ok(None);
    };
    Ok(Some(FileFormat {
        media_type,
        basis: str::parse(basis).map_err(damaged)?,
        puid: get(row, "puid")?,
        note: get(row, "format_note")?,
        signatures: get(row, "format_signatures")?,
    }))
}

pub(super) fn basis_count(row: &Row) -> Result<(FormatBasis, u64), DatabaseError> {
    Ok((get::<&str>(row, "basis")?.parse().map_err(damaged)?, count(row, "files")?))
}

pub(super) fn placed_file(row: &Row) -> Result<PlacedFile, DatabaseError> {
    Ok(PlacedFile {
        place: small(row, "place")?,
        path: get(row, "path")?,
        size_bytes: count(row, "size_bytes")?,
        offset_bytes: count(row, "offset_bytes")?,
        sha256: get(row, "sha256")?,
    })
}

pub(super) fn object(row: &Row) -> Result<Object, DatabaseError> {
    Ok(Object {
        id: object_id(get(row, "id")?)?,
        identifier: identifier(row)?,
        title: get(row, "title")?,
        description: get(row, "description")?,
        access: Access::from_tag(get(row, "access")?),
        storage_option: get(row, "storage_option")?,
        profile_identifier: get(row, "profile_identifier")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        head: small(row, "head")?,
        files: count(row, "files")?,
        size_bytes: count(row, "size_bytes")?,
    })
}

pub(super) fn object_version(row: &Row) -> Result<ObjectVersion, DatabaseError> {
    Ok(ObjectVersion {
        object: object_id(get(row, "object_id")?)?,
        number: small(row, "number")?,
        item: ItemId(get(row, "item_id")?),
        created_at: time(row, "created_at")?,
        files: count(row, "files")?,
        size_bytes: count(row, "size_bytes")?,
        new_files: count(row, "new_files")?,
        new_size_bytes: count(row, "new_size_bytes")?,
    })
}

pub(super) fn file_version(row: &Row) -> Result<FileVersion, DatabaseError> {
    let mut digests = Vec::new();
    for algorithm in ["md5", "sha1", "sha256", "sha512"] {
        if let Some(bytes) = get::<Option<Vec<u8>>>(row, algorithm)? {
            digests.push((algorithm.to_owned(), hex(&bytes)));
        }
    }
    let others = get::<Option<String>>(row, "other_digests")?.unwrap_or_default();
    digests.extend(
        others
            .split(' ')
            .filter_map(|one| one.split_once(':'))
            .map(|(algorithm, hex)| (algorithm.to_owned(), hex.to_owned())),
    );
    Ok(FileVersion {
        object: object_id(get(row, "object_id")?)?,
        path: get(row, "path")?,
        version: small(row, "version")?,
        ended_by: get::<Option<i64>>(row, "ended_by")?.map(u32::try_from).transpose().map_err(damaged)?,
        size_bytes: count(row, "size_bytes")?,
        modified_at: get(row, "modified_at")?,
        format: file_format(row)?.ok_or_else(|| damaged("a file without a format"))?,
        digests,
    })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(super) fn replica(row: &Row) -> Result<Replica, DatabaseError> {
    let letter = get::<&str>(row, "evidence")?;
    Ok(Replica {
        object: object_id(get(row, "object_id")?)?,
        version: small(row, "version")?,
        store: StoreId(get(row, "store")?),
        object_path: get(row, "object_path")?,
        evidence: model::Evidence::from_letter(letter).ok_or_else(|| damaged(format!("evidence {letter}")))?,
        verified_at: time(row, "verified_at")?,
        files: count(row, "files")?,
        size_bytes: count(row, "size_bytes")?,
    })
}

pub(super) fn event(row: &Row) -> Result<Event, DatabaseError> {
    Ok(Event {
        id: EventId(Uuid::from_slice(get(row, "id")?).map_err(damaged)?),
        event_type: get(row, "event_type")?,
        at: time(row, "at")?,
        outcome: get(row, "outcome")?,
        detail: get(row, "detail")?,
        note: get(row, "note")?,
        agent: get(row, "agent")?,
        item: get::<Option<i64>>(row, "item_id")?.map(ItemId),
        object: get::<Option<Vec<u8>>>(row, "object_id")?.map(|bytes| object_id(&bytes)).transpose()?,
        version: get::<Option<i64>>(row, "version")?.map(u32::try_from).transpose().map_err(damaged)?,
        path: get(row, "path")?,
        store: get::<Option<String>>(row, "store")?.map(StoreId),
    })
}

pub(super) fn held_replica(row: &Row) -> Result<HeldReplica, DatabaseError> {
    Ok(HeldReplica {
        object: object_id(get(row, "object_id")?)?,
        identifier: identifier(row)?,
        store: StoreId(get(row, "store")?),
        object_path: get(row, "object_path")?,
        head: small(row, "head")?,
        files: count(row, "files")?,
        size_bytes: count(row, "size_bytes")?,
        proven_at: optional_time(row, "proven_at")?,
    })
}

pub(super) fn incident(row: &Row) -> Result<Incident, DatabaseError> {
    let (damage, state) = (get::<&str>(row, "damage")?, get::<&str>(row, "state")?);
    Ok(Incident {
        id: get(row, "id")?,
        object: object_id(get(row, "object_id")?)?,
        identifier: identifier(row)?,
        store: StoreId(get(row, "store")?),
        path: get(row, "path")?,
        damage: Damage::from_name(damage).ok_or_else(|| damaged_word("damage", damage))?,
        expected: get::<&[u8]>(row, "expected")?.iter().map(|byte| format!("{byte:02x}")).collect(),
        seen: get(row, "seen")?,
        found_at: time(row, "found_at")?,
        seen_at: time(row, "seen_at")?,
        state: IncidentState::from_name(state).ok_or_else(|| damaged_word("state", state))?,
        ended_at: optional_time(row, "ended_at")?,
        quarantine: get(row, "quarantine")?,
        repaired_from: get::<Option<String>>(row, "repaired_from")?.map(StoreId),
        note: get(row, "note")?,
    })
}

fn damaged_word(what: &str, word: &str) -> DatabaseError {
    damaged(format!("{what} {word}"))
}

pub(super) fn canaries(row: &Row) -> Result<Canaries, DatabaseError> {
    Ok(Canaries {
        caught_at: optional_time(row, "caught_at")?,
        missed_at: optional_time(row, "missed_at")?,
        missed: get(row, "missed")?,
    })
}

pub(super) fn job(row: &Row) -> Result<Job, DatabaseError> {
    let (kind, status) = (get::<&str>(row, "kind")?, get::<&str>(row, "status")?);
    Ok(Job {
        id: JobId(get(row, "id")?),
        kind: JobKind::from_name(kind).ok_or_else(|| damaged_word("kind of job", kind))?,
        store: StoreId(get(row, "store")?),
        options: json(row, "options")?,
        status: JobStatus::from_name(status).ok_or_else(|| damaged_word("status", status))?,
        progress: json(row, "progress")?,
        requested_by: get(row, "requested_by")?,
        attempts: small(row, "attempts")?,
        next_try_at: time(row, "next_try_at")?,
        last_error: get(row, "last_error")?,
        outcome: get(row, "outcome")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        ended_at: optional_time(row, "ended_at")?,
        held_by: get(row, "lease_owner")?,
    })
}

pub(super) fn job_result(row: &Row) -> Result<JobResult, DatabaseError> {
    let weight = get::<&str>(row, "weight")?;
    Ok(JobResult {
        result: get(row, "result")?,
        weight: Weight::from_name(weight).ok_or_else(|| damaged_word("weight", weight))?,
        store: StoreId(get(row, "store")?),
        object: get(row, "object")?,
        path: get(row, "path")?,
        detail: get(row, "detail")?,
        at: time(row, "at")?,
    })
}

pub(super) fn alert(row: &Row) -> Result<Alert, DatabaseError> {
    let (kind, store) = (get::<&str>(row, "kind")?, get::<String>(row, "store")?);
    Ok(Alert {
        id: get(row, "id")?,
        kind: AlertKind::from_name(kind).ok_or_else(|| damaged_word("alert", kind))?,
        store: Some(store).filter(|store| !store.is_empty()).map(StoreId),
        subject: get(row, "subject")?,
        message: get(row, "message")?,
        count: count(row, "count")?,
        raised_at: time(row, "raised_at")?,
        last_at: time(row, "last_at")?,
        attempts: small(row, "attempts")?,
        last_error: get(row, "last_error")?,
        delivered_at: optional_time(row, "delivered_at")?,
        delivered_count: count(row, "delivered_count")?,
        done_at: optional_time(row, "done_at")?,
    })
}

pub(super) fn drill(row: &Row) -> Result<Drill, DatabaseError> {
    let kind = get::<&str>(row, "kind")?;
    let institution = get::<Option<String>>(row, "institution")?.map(InstitutionName::try_from).transpose();
    Ok(Drill {
        id: get(row, "id")?,
        kind: DrillKind::from_name(kind).ok_or_else(|| damaged_word("drill", kind))?,
        institution: institution.map_err(damaged)?,
        store: get::<Option<String>>(row, "store")?.map(StoreId),
        object: get(row, "object")?,
        version: get::<Option<i64>>(row, "version")?.map(u32::try_from).transpose().map_err(damaged)?,
        begun_at: time(row, "begun_at")?,
        ended_at: time(row, "ended_at")?,
        is_passed: get::<&str>(row, "result")? == "passed",
        files: count(row, "files")?,
        size_bytes: count(row, "size_bytes")?,
        report: json(row, "report")?,
    })
}
