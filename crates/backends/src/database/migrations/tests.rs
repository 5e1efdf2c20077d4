//! Migrations on tables that hold something: what the release before wrote is there after each, and means the same.

use super::super::engine::{Engine, Pool, query, query_scalar};
use super::super::open::Share;
use super::super::{Address, Database, FileFilter, IncidentFilter, address, open, postgres};
use super::*;

/// The tables of the release before deletions.
const BEFORE_DELETION: i64 = 4;

/// Each table of that release, with what is compared of its rows.
const ROWS: [&str; 9] = [
    "SELECT name || ' ' || created_at FROM institutions ORDER BY 1",
    "SELECT id || ' ' || created_at FROM stores ORDER BY 1",
    "SELECT id || ' ' || hex(object_id) || name || path || status || fence || created_at FROM work_items ORDER BY 1",
    "SELECT hex(id) || ' ' || institution || '/' || name || ' ' || title || coalesce(description, '-') || access || \
     storage_option || coalesce(profile_identifier, '-') || ' ' || head || ' ' || files || ' ' || size_bytes || ' ' || \
     created_at || ' ' || updated_at FROM objects ORDER BY 1",
    "SELECT hex(object_id) || ' ' || number || ' ' || item_id || ' ' || files FROM object_versions ORDER BY 1",
    "SELECT hex(object_id) || ' ' || path || ' ' || version || ' ' || coalesce(ended_by, 0) || ' ' || hex(sha256) || \
     coalesce(puid, '-') FROM file_versions ORDER BY 1",
    "SELECT hex(object_id) || ' ' || version || store || object_path || verified_at FROM replicas ORDER BY 1",
    "SELECT number || ' ' || hex(id) || event_type || hex(object_id) || coalesce(path, '-') FROM events ORDER BY 1",
    "SELECT id || ' ' || hex(object_id) || store || path || state || hex(expected) FROM incidents ORDER BY 1",
];

async fn told(pool: &Pool) -> Vec<Vec<String>> {
    let mut told = Vec::new();
    for rows in ROWS {
        told.push(query_scalar(rows).fetch_all(pool).await.expect(rows));
    }
    told
}

async fn tell(pool: &Pool, text: &'static str, values: &[&[u8]]) {
    let values = values.iter().fold(query(text), |query, value| query.bind(value.to_vec()));
    values.execute(pool).await.unwrap_or_else(|error| panic!("{text}: {error}"));
}

const ONE: &[u8] = &[1; 16];
const TWO: &[u8] = &[2; 16];
const SHA256: &[u8] = &[7; 32];

/// Writes what a life under the tables of that release leaves: two objects, one of two versions, in two stores.
async fn live(pool: &Pool) {
    tell(pool, "INSERT INTO institutions VALUES ('a.b', 5)", &[]).await;
    tell(pool, "INSERT INTO stores VALUES ('first', 5), ('second', 6)", &[]).await;
    tell(
        pool,
        "INSERT INTO work_items (id, action, stage, status, institution, name, object_id, path, origin, fingerprint, \
         size_bytes, modified_at, options, next_try_at, fence, created_at, updated_at) VALUES \
         (1, 'ingest', 'clean_up', 'success', 'a.b', 'one', $1, '/in/one', 'command', 'f', 3, 7, '{}', 7, 2, 7, 8), \
         (2, 'ingest', 'gather', 'pending', 'a.b', 'new', NULL, '/in/new', 'command', 'g', 3, 7, '{}', 7, 0, 7, 8)",
        &[ONE],
    )
    .await;
    tell(
        pool,
        "INSERT INTO objects VALUES ($1, 'a.b', 'one', 'The first', 'told', 'restricted', 'Standard', NULL, 2, 2, 9, 11, 12), \
         ($2, 'a.b', 'two', 'The second', NULL, 'institution', 'Standard', 'https://profile', 1, 1, 4, 13, 13)",
        &[ONE, TWO],
    )
    .await;
    tell(
        pool,
        "INSERT INTO object_versions VALUES ($1, 1, 1, 11, 1, 5, 1, 5), ($1, 2, 1, 12, 2, 9, 2, 9), ($2, 1, 1, 13, 1, 4, 1, 4)",
        &[ONE, TWO],
    )
    .await;
    tell(
        pool,
        "INSERT INTO file_versions (object_id, path, version, ended_by, size_bytes, modified_at, format, format_basis, \
         sha256, puid) VALUES ($1, 'data/a', 1, 2, 5, 7, 'text/plain', 'extension', $3, 'x-fmt/111'), \
         ($1, 'data/a', 2, NULL, 5, 7, 'text/plain', 'extension', $3, NULL), \
         ($1, 'data/b', 2, NULL, 4, 7, 'text/plain', 'extension', $3, NULL), \
         ($2, 'data/a', 1, NULL, 4, 7, 'text/plain', 'extension', $3, NULL)",
        &[ONE, TWO, SHA256],
    )
    .await;
    tell(
        pool,
        "INSERT INTO replicas VALUES ($1, 1, 'first', 'x/one', 'A', 21, 1, 5), ($1, 2, 'first', 'x/one', 'A', 22, 2, 9), \
         ($1, 2, 'second', 'x/one', 'A', 22, 2, 9), ($2, 1, 'first', 'x/two', 'A', 23, 1, 4)",
        &[ONE, TWO],
    )
    .await;
    tell(
        pool,
        "INSERT INTO events (id, event_type, at, outcome, detail, note, agent, item_id, object_id, version, path, store) \
         VALUES ($1, 'ingestion end', 11, 'success', 'd', 'n', 'Strongroom', 1, $1, 1, NULL, NULL), \
         ($2, 'fixity check', 31, 'fail', 'd', 'n', 'Strongroom', NULL, $1, 2, 'v1/content/a', 'first')",
        &[ONE, TWO],
    )
    .await;
    tell(pool, "INSERT INTO documents VALUES ($1, 'inventory.json', 2, $2)", &[ONE, SHA256]).await;
    tell(
        pool,
        "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) VALUES \
         ($1, 'first', 'x/one', 2, 3, 14, 22), ($1, 'second', 'x/one', 2, 2, 9, 22), ($2, 'first', 'x/two', 1, 1, 4, 23)",
        &[ONE, TWO],
    )
    .await;
    tell(
        pool,
        "INSERT INTO incidents (object_id, store, path, damage, expected, seen, found_at, seen_at, state) VALUES \
         ($1, 'first', 'v1/content/a', 'mismatch', $2, 'other bytes', 31, 31, 'open')",
        &[ONE, SHA256],
    )
    .await;
}

/// What a release wrote into the tables that it brought: the statement, and its values.
type Told = (&'static str, &'static [&'static [u8]]);

/// Each release whose tables hold something of their own: what it wrote there, and what is compared of it.
const BROUGHT: [(i64, &[Told], &[&str]); 6] = [
    (
        5,
        &[
            ("INSERT INTO users VALUES ('ann', 'ann@a.b', 'a.b', 'institutional_admin', $1, 1, 41, NULL)", &[SHA256]),
            (
                "INSERT INTO deletions (state, institution, scope, reason, requested_login, requested_person, \
                 requested_at, cancelled_login, cancelled_person, cancelled_at) VALUES \
                 ('cancelled', 'a.b', 'named', 'because', 'ann', 'ann@a.b', 42, 'ann', 'ann@a.b', 43)",
                &[],
            ),
            (
                "INSERT INTO deletion_targets (deletion_id, object_id, institution, name, extent, head, files, \
                 size_bytes, state) VALUES (1, $1, 'a.b', 'two', 'files', 1, 1, 4, 'cancelled')",
                &[TWO],
            ),
            ("INSERT INTO deletion_files VALUES (1, $1, 'data/a', 1, 4, $2)", &[TWO, SHA256]),
        ],
        &[
            "SELECT login || person || institution || role || hex(token_sha256) || created_at FROM users ORDER BY 1",
            "SELECT id || state || institution || reason || requested_at || cancelled_at FROM deletions ORDER BY 1",
            "SELECT deletion_id || hex(object_id) || name || extent || state FROM deletion_targets ORDER BY 1",
            "SELECT deletion_id || hex(object_id) || path || hex(sha256) FROM deletion_files ORDER BY 1",
        ],
    ),
    (
        6,
        &[
            (
                "INSERT INTO jobs (kind, store, options, status, progress, requested_by, next_try_at, fence, created_at, \
                 updated_at, ended_at) VALUES ('audit', 'first', '{}', 'done', '{}', 'ann', 51, 2, 51, 52, 52)",
                &[],
            ),
            (
                "INSERT INTO job_results VALUES (1, 1, 'missing', 'damage', 'first', 'a.b/one', 'v1/content/a', 'gone', 51)",
                &[],
            ),
            ("INSERT INTO replications VALUES ($1, 'second', NULL, 0, 3)", &[TWO]),
        ],
        &[
            "SELECT id || kind || store || options || status || progress || fence || ended_at FROM jobs ORDER BY 1",
            "SELECT job_id || ' ' || number || result || weight || object || path || detail FROM job_results ORDER BY 1",
            "SELECT hex(object_id) || store || fence FROM replications ORDER BY 1",
            "SELECT id || state FROM stores ORDER BY 1",
        ],
    ),
    (
        7,
        &[
            (
                "INSERT INTO alerts (kind, store, subject, message, count, raised_at, last_at, due_at) VALUES \
                 ('replicas_overdue', 'first', 'the store first', 'late', 3, 61, 62, 61)",
                &[],
            ),
            ("INSERT INTO fixity_reads VALUES ('first', 7, 4, 90)", &[]),
            (
                "INSERT INTO drills (kind, institution, object, version, begun_at, ended_at, result, files, size_bytes, \
                 report) VALUES ('restore', 'a.b', 'a.b/one', 2, 63, 64, 'passed', 2, 9, '[]')",
                &[],
            ),
        ],
        &[
            "SELECT id || kind || store || message || count || raised_at || delivered_count FROM alerts ORDER BY 1",
            "SELECT store || day || ' ' || files || ' ' || size_bytes FROM fixity_reads ORDER BY 1",
            "SELECT id || kind || institution || object || version || result || report FROM drills ORDER BY 1",
        ],
    ),
    (
        9,
        &[("INSERT INTO role_leases VALUES ('sweeper', 'somebody', 71, 5)", &[])],
        &["SELECT role || owner || lease_until || ' ' || fence FROM role_leases ORDER BY 1"],
    ),
    (14, &[], &["SELECT number || institution FROM events ORDER BY 1"]),
    (
        15,
        &[
            (
                "INSERT INTO fixity_samples (store, object_id, sha256, size_bytes, wanted_at, charges) VALUES \
                 ('first', $1, $2, 5, 81, 1)",
                &[ONE, SHA256],
            ),
            ("INSERT INTO fixity_sample_months VALUES ('first', 24300, 1, 5)", &[]),
        ],
        &[
            "SELECT store || hex(object_id) || hex(sha256) || wanted_at || charges FROM fixity_samples ORDER BY 1",
            "SELECT store || month || ' ' || files || ' ' || size_bytes FROM fixity_sample_months ORDER BY 1",
        ],
    ),
];

async fn migrate(pool: &Pool, version: i64) {
    let done = match pool {
        Pool::Sqlite(file) => until(version, true).run(file).await,
        Pool::Postgres(server) => until(version, false).run(server).await,
    };
    done.unwrap_or_else(|error| panic!("version {version}: {error}"));
}

/// Lives under each release in turn, and insists after each migration that all is there that was written before it.
async fn live_from_release_to_release(pool: &Pool) -> Vec<Vec<String>> {
    migrate(pool, BEFORE_DELETION).await;
    live(pool).await;
    let mut seen: Vec<(&str, Vec<String>)> = ROWS.into_iter().zip(told(pool).await).collect();
    for &(version, ..) in MIGRATIONS.iter().filter(|migration| migration.0 > BEFORE_DELETION) {
        migrate(pool, version).await;
        for (rows, before) in &seen {
            let now: Vec<String> = query_scalar(*rows).fetch_all(pool).await.expect(rows);
            assert_eq!(now, *before, "version {version}: {rows}");
        }
        let Some((_, written, compared)) = BROUGHT.iter().find(|brought| brought.0 == version) else { continue };
        for (text, values) in *written {
            tell(pool, text, values).await;
        }
        for rows in *compared {
            let now: Vec<String> = query_scalar(*rows).fetch_all(pool).await.expect(rows);
            assert!(!now.is_empty(), "version {version}: {rows}");
            seen.push((rows, now));
        }
    }
    told(pool).await
}

/// Insists that the migrated tables hold what was there, refuse what they must, and are read by this program.
async fn assert_migrated(database: &Database, before: &[Vec<String>]) {
    let pool = &database.pool;
    assert_eq!(told(pool).await, before);
    let object =
        database.object(&"a.b/one".parse().expect("a name")).await.expect("it can be read").expect("it is held");
    assert_eq!((object.id.0.as_bytes().as_slice(), object.head, object.files), (ONE, 2, 2));
    let filter = FileFilter { version: Some(1), most: 10, ..FileFilter::default() };
    assert_eq!(database.files(object.id, &filter).await.expect("files can be read").len(), 1);
    assert_eq!(database.replicas(object.id).await.expect("replicas can be read").len(), 3);
    let incidents = database.incidents(&IncidentFilter { most: 10, ..IncidentFilter::default() }).await;
    assert_eq!(incidents.expect("incidents can be read").len(), 1);
    let whose: Vec<String> =
        query_scalar("SELECT institution FROM events ORDER BY number").fetch_all(pool).await.expect("it is told");
    assert_eq!(whose, ["a.b", "a.b"], "whose an event is follows from its object");
    let (store, budget) = (model::StoreId::from("first"), model::SampleBudget { bytes: Some(9), ..Default::default() });
    let drawn =
        database.draw_samples(&store, jiff::Timestamp::UNIX_EPOCH, &budget).await.expect("a sample can be drawn");
    assert!(drawn.files > 0 && drawn.size_bytes <= 9, "{drawn:?}");
    let changed = query("UPDATE events SET note = 'x'").execute(pool).await;
    assert!(changed.is_err(), "an event is never changed");
    let again = "INSERT INTO objects (id, institution, name, title, access, storage_option, head, files, size_bytes, \
                 created_at, updated_at, state) SELECT $1, institution, name, title, access, storage_option, head, files, \
                 size_bytes, created_at, updated_at, $2 FROM objects WHERE name = 'two'";
    let insert = |state: &'static str| query(again).bind(vec![3_u8; 16]).bind(state).execute(pool);
    assert!(insert("active").await.is_err(), "a name is one object's");
    insert("deleted").await.expect("and free when that was deleted");
    let orphan = "INSERT INTO documents VALUES ($1, 'inventory.json', 1, $1)";
    assert!(query(orphan).bind(vec![9_u8; 16]).execute(pool).await.is_err(), "rows point to objects that are there");
    let removed = query("DELETE FROM objects WHERE name = 'one'").execute(pool).await;
    assert!(removed.is_err(), "and keep them there");
    if pool.engine() == Engine::Sqlite {
        let broken = query("PRAGMA foreign_key_check").fetch_all(pool).await.expect("it can be checked");
        assert!(broken.is_empty());
    }
    assert_eq!(database.check().await.expect("it can be checked"), Vec::<String>::new());
}

fn until(version: i64, is_sqlite: bool) -> Migrator {
    let older = MIGRATIONS.iter().filter(move |migration| migration.0 <= version);
    migrator(older.map(|&(number, description, sqlite, postgres)| {
        (number, description, if is_sqlite { sqlite } else { postgres })
    }))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is a runtime").block_on(test);
}

/// How the tables of an earlier release become those of this one.
#[derive(Clone, Copy)]
enum Way {
    /// By one migration after the other, as a program does that was not used for long.
    AtOnce,
    /// Under each release in between something was written.
    FromReleaseToRelease,
}

/// Writes what was there before; returns it.
async fn before(way: Way, pool: &Pool) -> Vec<Vec<String>> {
    match way {
        Way::FromReleaseToRelease => live_from_release_to_release(pool).await,
        Way::AtOnce => {
            migrate(pool, BEFORE_DELETION).await;
            live(pool).await;
            told(pool).await
        }
    }
}

fn on_a_file(way: Way) {
    run(async {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("registry.sqlite");
        let file = open::connect(&path, open::options(&path).create_if_missing(true), Share::WORK)
            .await
            .expect("it can be made");
        let pool = Pool::Sqlite(file);
        let before = before(way, &pool).await;
        pool.close().await;
        let database = Database::open(&Address::File(path)).await.expect("it can be migrated");
        assert_migrated(&database, &before).await;
    });
}

fn on_postgres(way: Way, name: &str) {
    run(async {
        let server = std::env::var("STRONGROOM_TEST_SERVER").expect("STRONGROOM_TEST_SERVER names a PostgreSQL server");
        let parse = |name: &str| address::Server::parse(&format!("{server}/{name}"), None).expect("it is an address");
        let name = format!("migrations_{name}_{}", std::process::id());
        let administration = Pool::Postgres(
            postgres::connect(&parse("postgres"), Share::WORK, None).await.expect("the server is there"),
        );
        query(format!("CREATE DATABASE {name}")).execute(&administration).await.expect("it can be made");
        let own = postgres::connect(&parse(&name), Share::WORK, None).await.expect("it is there");
        let pool = Pool::Postgres(own);
        let before = before(way, &pool).await;
        pool.close().await;
        let database = Database::open(&Address::Server(parse(&name))).await.expect("it can be migrated");
        assert_migrated(&database, &before).await;
        database.close().await;
        query(format!("DROP DATABASE {name}")).execute(&administration).await.expect("it can be removed");
    });
}

#[test]
fn deletions_come_to_a_file_of_the_release_before() {
    on_a_file(Way::AtOnce);
}

#[test]
fn deletions_come_to_a_postgres_database_of_the_release_before() {
    on_postgres(Way::AtOnce, "at_once");
}

#[test]
fn a_file_keeps_what_each_release_wrote() {
    on_a_file(Way::FromReleaseToRelease);
}

#[test]
fn a_postgres_database_keeps_what_each_release_wrote() {
    on_postgres(Way::FromReleaseToRelease, "step_by_step");
}

#[test]
fn each_migration_that_brings_something_is_lived_under() {
    for &(version, description, sqlite, _) in MIGRATIONS.iter().filter(|migration| migration.0 > BEFORE_DELETION) {
        let brings = sqlite.contains("CREATE TABLE") || sqlite.contains("ADD COLUMN");
        let is_lived_under = BROUGHT.iter().any(|brought| brought.0 == version);
        assert_eq!(brings, is_lived_under, "say in BROUGHT what is written under version {version} ({description})");
    }
}
