//! Asking for a deletion: what it is about, and all that must hold for it, in one transaction.

use jiff::Timestamp;
use model::{
    Agreed, AlertKind, Deletion, DeletionId, DeletionState, DeletionTerms, Extent, InstitutionName, Object, ObjectId,
    ObjectIdentifier, REASON_BYTES_MAX, Refusal, TARGETS_MAX, User, UserRole, Wanted,
};
use uuid::Uuid;

use super::alerts::{Raised, raise_apart};
use super::deletion_checks::{Checked, asked_before, retained, totals, work_of};
use super::deletions::{not_theirs, subject};
use super::engine::{Transaction, query, query_scalar};
use super::error::Asked;
use super::gone::{gone_file, gone_object};
use super::rows::{micros, object};
use super::users::approvers;
use super::{Database, DatabaseError};

/// Admins who are named in the call for an approval.
const APPROVERS_NAMED_MAX: u32 = 20;

/// Whether a request is kept, or only its answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept.
    Kept,
    /// Nothing is changed.
    Rehearsed,
}

/// What goes of one object.
#[derive(Debug)]
struct Part {
    object: Object,
    /// Its files that go; all of it without any.
    paths: Option<Vec<String>>,
}

impl Database {
    /// Asks for a deletion. Nothing is destroyed by this: it waits for the approval of a second person.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn request_deletion(
        &self,
        wanted: &Wanted,
        (user, reason): (&User, &str),
        terms: &DeletionTerms,
        keeping: Keeping,
        now: Timestamp,
    ) -> Checked<Deletion> {
        let reason = reason.trim();
        if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
            return Ok(Err(Refusal::NoReason(REASON_BYTES_MAX)));
        }
        // The whole table may have to be looked through: not while all others wait to write.
        let holders = match wanted {
            Wanted::Named(_) => Vec::new(),
            Wanted::Digest { sha256, institution } => self.holders(sha256, institution.as_ref()).await?,
        };
        let mut transaction = self.write().await?;
        let institution = match institution_of(wanted) {
            Ok(institution) => institution,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(refusal) = may_ask(user, institution, wanted) {
            return Ok(Err(refusal));
        }
        let parts = match parts(&mut transaction, wanted, &holders).await? {
            Ok(parts) => parts,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if parts.is_empty() || parts.len() > TARGETS_MAX {
            return Ok(Err(Refusal::Count { seen: parts.len(), max: TARGETS_MAX }));
        }
        let agreed = Agreed { login: user.login.clone(), person: user.person.clone(), at: now };
        let deletion = Deletion {
            id: DeletionId(0),
            state: DeletionState::Requested,
            institution: institution.cloned(),
            scope: scope(wanted),
            reason: reason.to_owned(),
            requested: agreed,
            approved: None,
            due_at: None,
            cancelled: None,
        };
        let id = insert(&mut transaction, &deletion).await?;
        for part in &parts {
            if let Err(refusal) = add_part(&mut transaction, id, part, wanted, (terms, now)).await? {
                return Ok(Err(refusal));
            }
        }
        if keeping == Keeping::Kept {
            call_approvers(&mut transaction, id, &deletion, now).await?;
            transaction.commit().await.asked("request a deletion")?;
        }
        Ok(Ok(Deletion { id, ..deletion }))
    }

    /// Returns the objects that have a file of this digest, in any version.
    async fn holders(
        &self,
        sha256: &[u8],
        institution: Option<&InstitutionName>,
    ) -> Result<Vec<ObjectId>, DatabaseError> {
        let rows: Vec<Vec<u8>> = query_scalar(
            "SELECT DISTINCT f.object_id FROM file_versions f JOIN objects o ON o.id = f.object_id \
             WHERE f.sha256 = $1 AND ($2 IS NULL OR o.institution = $2) ORDER BY f.object_id",
        )
        .bind(sha256)
        .bind(institution.map(InstitutionName::as_str))
        .fetch_all(&self.pool)
        .await
        .asked("look for a digest")?;
        let id = |bytes: &Vec<u8>| Uuid::from_slice(bytes).map(ObjectId);
        rows.iter().map(id).collect::<Result<_, _>>().map_err(|error| DatabaseError::Damaged(error.to_string()))
    }
}

/// Calls for those who may approve: a request that nobody hears of waits for ever.
async fn call_approvers(
    transaction: &mut Transaction,
    id: DeletionId,
    asked: &Deletion,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let (by, institution) = (&asked.requested, asked.institution.as_ref());
    let approvers = approvers(transaction, institution, &by.person, APPROVERS_NAMED_MAX).await?;
    let who = match approvers.as_slice() {
        [] => "nobody else may approve it now: a second admin is needed".to_owned(),
        some => format!("it waits for the approval of {}", some.join(" or ")),
    };
    let whose = institution.map_or("all institutions".to_owned(), ToString::to_string);
    let message =
        format!("{} asks for a deletion in {whose}, {}; {who}. The reason: {}", by.login, asked.scope, asked.reason);
    let raised = Raised { kind: AlertKind::DeletionRequested, store: None, subject: subject(id), message, count: 1 };
    raise_apart(transaction, &raised, now).await
}

/// Returns the institution that a deletion is about; none when it is about all.
fn institution_of(wanted: &Wanted) -> Result<Option<&InstitutionName>, Refusal> {
    match wanted {
        Wanted::Digest { institution, .. } => Ok(institution.as_ref()),
        Wanted::Named(named) => {
            let first = named.first().ok_or(Refusal::Count { seen: 0, max: TARGETS_MAX })?;
            let first = &first.0.institution;
            match named.iter().find(|(identifier, _)| identifier.institution != *first) {
                Some((other, _)) => Err(Refusal::TwoInstitutions(first.to_string(), other.institution.to_string())),
                None => Ok(Some(first)),
            }
        }
    }
}

/// An institution's admin asks for what is theirs; an admin of the installation for take-downs alone.
fn may_ask(user: &User, institution: Option<&InstitutionName>, wanted: &Wanted) -> Result<(), Refusal> {
    let is_take_down = matches!(wanted, Wanted::Digest { .. });
    let is_admin = user.is_active && user.role == UserRole::Admin;
    if user.decides_for(institution) || (is_admin && is_take_down) {
        return Ok(());
    }
    let whose = if institution.is_none() { "what all institutions hold" } else { "a deletion" };
    Err(not_theirs(user, whose.to_owned(), institution))
}

fn scope(wanted: &Wanted) -> String {
    match wanted {
        Wanted::Digest { sha256, .. } => format!("every file with {}", hex(sha256)),
        Wanted::Named(named) => match named.as_slice() {
            [(identifier, None)] => identifier.to_string(),
            [(identifier, Some(path))] => format!("{identifier}/{path}"),
            many => format!("a list of {}", many.len()),
        },
    }
}

fn hex(sha256: &[u8]) -> String {
    sha256.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Finds what goes of which objects, each object once.
async fn parts(transaction: &mut Transaction, wanted: &Wanted, holders: &[ObjectId]) -> Checked<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    match wanted {
        Wanted::Digest { sha256, institution } => {
            for id in holders {
                let query = query("SELECT * FROM objects WHERE id = $1 AND state = 'active'");
                let query = query.bind(id.0.as_bytes().as_slice());
                let row = query.fetch_optional(&mut **transaction).await.asked("read an object")?;
                parts.extend(row.map(|row| object(&row)).transpose()?.map(|object| Part { object, paths: None }));
            }
            if parts.is_empty() {
                let whose = institution.as_ref().map_or("that is held".to_owned(), |name| format!("of {name}"));
                return Ok(Err(Refusal::NoBytes { sha256: hex(sha256), whose }));
            }
        }
        Wanted::Named(named) => {
            let mut named = named.clone();
            named.sort();
            named.dedup();
            for (identifier, path) in named {
                if let Some(last) = parts.last_mut().filter(|last| last.object.identifier == identifier) {
                    // The whole object sorts before its files, and has them all.
                    last.paths.iter_mut().for_each(|paths| paths.extend(path.clone()));
                    continue;
                }
                let Some(object) = held(transaction, &identifier).await? else {
                    let gone = gone_object(transaction, &identifier).await?;
                    let refusal = gone.map_or(Refusal::NoObject(identifier.clone()), |gone| {
                        Refusal::Gone(identifier.to_string(), gone.sentence())
                    });
                    return Ok(Err(refusal));
                };
                parts.push(Part { object, paths: path.map(|path| vec![path]) });
            }
        }
    }
    Ok(Ok(parts))
}

async fn held(transaction: &mut Transaction, identifier: &ObjectIdentifier) -> Result<Option<Object>, DatabaseError> {
    let query = query("SELECT * FROM objects WHERE institution = $1 AND name = $2 AND state = 'active'");
    let query = query.bind(identifier.institution.as_str()).bind(identifier.name.as_str());
    let row = query.fetch_optional(&mut **transaction).await.asked("read an object")?;
    row.as_ref().map(object).transpose()
}

async fn insert(transaction: &mut Transaction, asked: &Deletion) -> Result<DeletionId, DatabaseError> {
    let id: i64 = query_scalar(
        "INSERT INTO deletions (state, institution, scope, reason, requested_login, requested_person, requested_at) \
         VALUES ('requested', $1, $2, $3, $4, $5, $6) RETURNING id",
    )
    .bind(asked.institution.as_ref().map(InstitutionName::as_str))
    .bind(&asked.scope)
    .bind(&asked.reason)
    .bind(asked.requested.login.as_str())
    .bind(asked.requested.person.as_str())
    .bind(micros(asked.requested.at))
    .fetch_one(&mut **transaction)
    .await
    .asked("request a deletion")?;
    Ok(DeletionId(id))
}

/// Adds one object to the deletion, if all holds for it.
async fn add_part(
    transaction: &mut Transaction,
    id: DeletionId,
    part: &Part,
    wanted: &Wanted,
    (terms, now): (&DeletionTerms, Timestamp),
) -> Checked<()> {
    let object = &part.object;
    if let Some(item) = work_of(transaction, &object.identifier).await? {
        return Ok(Err(Refusal::InWork { object: object.identifier.clone(), item }));
    }
    if let Some(deletion) = asked_before(transaction, object.id).await? {
        return Ok(Err(Refusal::AskedBefore { object: object.identifier.clone(), deletion }));
    }
    if let Err(refusal) = add_files(transaction, id, part, wanted).await? {
        return Ok(Err(refusal));
    }
    let extent = settle_extent(transaction, id, part, wanted).await?;
    let (files, size_bytes) = totals(transaction, id, object.id, extent).await?;
    query(
        "INSERT INTO deletion_targets (deletion_id, object_id, institution, name, extent, head, files, size_bytes, state) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting')",
    )
    .bind(id.0)
    .bind(object.id.0.as_bytes().as_slice())
    .bind(object.identifier.institution.as_str())
    .bind(object.identifier.name.as_str())
    .bind(extent.name())
    .bind(i64::from(object.head))
    .bind(files)
    .bind(size_bytes)
    .execute(&mut **transaction)
    .await
    .asked("request a deletion")?;
    retained(transaction, id, (object.id, &object.identifier), extent, (terms, now)).await
}

/// Notes which files go; a path that the object does not have is refused.
async fn add_files(transaction: &mut Transaction, id: DeletionId, part: &Part, wanted: &Wanted) -> Checked<()> {
    let object = &part.object;
    let text = "INSERT INTO deletion_files (deletion_id, object_id, path, version, size_bytes, sha256) \
         SELECT $1, object_id, path, version, size_bytes, sha256 FROM file_versions WHERE object_id = $2 AND ";
    if let Wanted::Digest { sha256, .. } = wanted {
        let query = query(format!("{text} sha256 = $3"));
        let query = query.bind(id.0).bind(object.id.0.as_bytes().as_slice()).bind(sha256);
        query.execute(&mut **transaction).await.asked("request a deletion")?;
        return Ok(Ok(()));
    }
    for path in part.paths.iter().flatten() {
        let query = query(format!("{text} path = $3"));
        let query = query.bind(id.0).bind(object.id.0.as_bytes().as_slice()).bind(path);
        let added = query.execute(&mut **transaction).await.asked("request a deletion")?;
        if added.rows_affected() == 0 {
            let gone = gone_file(transaction, object.id, path).await?;
            let none = Refusal::NoFile { object: object.identifier.clone(), path: path.clone() };
            let name = format!("{}/{path}", object.identifier);
            return Ok(Err(gone.map_or(none, |gone| Refusal::Gone(name, gone.sentence()))));
        }
    }
    Ok(Ok(()))
}

/// Files that are all that there is of an object are the object: an empty one would be no use to anybody.
async fn settle_extent(
    transaction: &mut Transaction,
    id: DeletionId,
    part: &Part,
    wanted: &Wanted,
) -> Result<Extent, DatabaseError> {
    if part.paths.is_none() && matches!(wanted, Wanted::Named(_)) {
        return Ok(Extent::Object);
    }
    let left: i64 = query_scalar(
        "SELECT (SELECT count(*) FROM file_versions WHERE object_id = $2) - \
         (SELECT count(*) FROM deletion_files WHERE deletion_id = $1 AND object_id = $2)",
    )
    .bind(id.0)
    .bind(part.object.id.0.as_bytes().as_slice())
    .fetch_one(&mut **transaction)
    .await
    .asked("count files")?;
    if left > 0 {
        return Ok(Extent::Files);
    }
    let query = query("DELETE FROM deletion_files WHERE deletion_id = $1 AND object_id = $2");
    let query = query.bind(id.0).bind(part.object.id.0.as_bytes().as_slice());
    query.execute(&mut **transaction).await.asked("request a deletion")?;
    Ok(Extent::Object)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use model::LoneAdmin;

    use super::*;
    use crate::database::Address;

    fn now() -> Timestamp {
        "2026-11-01T00:00:00Z".parse().expect("it is a time")
    }

    /// Makes a registry of so many objects `a.b/o1`, …, each with one file of the same bytes.
    async fn holding(folder: &std::path::Path, objects: usize) -> Database {
        let file = Address::File(folder.join("registry.sqlite"));
        let database = Database::open(&file).await.expect("it can be made");
        for text in [
            "INSERT INTO objects (id, institution, name, title, access, storage_option, head, files, size_bytes, \
             created_at, updated_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
             SELECT randomblob(16), 'a.b', 'o' || i, '', 'restricted', 'Standard', 1, 1, 1, 0, 0 FROM n",
            "INSERT INTO file_versions (object_id, path, version, size_bytes, modified_at, format, format_basis, sha256) \
             SELECT id, 'data/a', 1, 1, 0, 'text/plain', 'extension', zeroblob(32) FROM objects WHERE $1 > 0",
        ] {
            let filled =
                query(text).bind(i64::try_from(objects).expect("it is a number")).execute(&database.pool).await;
            filled.expect("it can be filled");
        }
        database
    }

    async fn asked(database: &Database, wanted: &Wanted) -> Result<Deletion, Refusal> {
        let user = User {
            login: "ann".parse().expect("a login"),
            person: "ann@example.org".parse().expect("a person"),
            institution: Some("a.b".parse().expect("an institution")),
            role: UserRole::InstitutionalAdmin,
            is_active: true,
            created_at: now(),
            deactivated_at: None,
        };
        let terms = DeletionTerms {
            cooling_off: SignedDuration::ZERO,
            retention: std::collections::BTreeMap::new(),
            lone_admin: LoneAdmin::NeedsSecond,
        };
        let asked = database.request_deletion(wanted, (&user, "for a test"), &terms, Keeping::Kept, now()).await;
        asked.expect("the registry can be read and written")
    }

    fn named(objects: usize) -> Wanted {
        let one = |number| ObjectIdentifier {
            institution: "a.b".parse().expect("an institution"),
            name: format!("o{number}").parse().expect("a name"),
        };
        Wanted::Named((1..=objects).map(|number| (one(number), None)).collect())
    }

    #[test]
    fn a_deletion_of_more_objects_than_the_bound_is_refused_and_one_of_the_bound_is_not() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a runtime");
        runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let database = holding(folder.path(), TARGETS_MAX + 1).await;
            let all = Wanted::Digest { sha256: vec![0; 32], institution: Some("a.b".parse().expect("it is one")) };
            for wanted in [named(TARGETS_MAX + 1), all] {
                let refused = asked(&database, &wanted).await.expect_err("that is too many");
                assert!(matches!(refused, Refusal::Count { seen: 10_001, max: TARGETS_MAX }), "{refused}");
                let told = refused.to_string();
                assert!(told.contains("10001") && told.contains("10000"), "{told}");
                assert!(
                    database.deletion(DeletionId(1)).await.expect("it can be read").is_none(),
                    "nothing was asked for"
                );
            }
            let deletion = asked(&database, &named(TARGETS_MAX)).await.expect("that is just so many");
            let targets = database.deletion_targets(deletion.id).await.expect("they can be read");
            assert_eq!(targets.len(), TARGETS_MAX);
        });
    }
}
