//! Measures the room that ten years of checks take in the registry: rows as checks write them, and what 30 M files need.
//!
//! `cargo run --release -p backends --example fixity_room -- [OBJECTS]`

#![allow(clippy::print_stdout, reason = "it is a measurement")]

use std::error::Error;
use std::path::Path;

use backends::database::{Address, Database};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

const STORES: [&str; 2] = ["first", "second"];
/// Ten years of four checks a year.
const CHECKS: i64 = 40;
const GAP_MICROS: i64 = 91 * 86_400 * 1_000_000;
/// What the issue asks about: files, each the only one of its object, which is the dearest case.
const ASKED_OBJECTS: f64 = 30_000_000.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let objects: u64 = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("registry.sqlite");
    Database::open(&Address::File(path.clone())).await?.close().await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await?;
    let before = room(&pool, &path).await?;
    fill(&pool, objects, |id| format!(
        "INSERT INTO objects (id, institution, name, title, access, storage_option, head, files, size_bytes, created_at, \
         updated_at) VALUES (x'{id}', 'a.b', '{id}', '', 'institution', 'Standard', 1, 1, 1, 0, 0)"
    )).await?;
    let objects_end = room(&pool, &path).await?;
    for store in STORES {
        fill(&pool, objects, |id| format!(
            "INSERT INTO fixity (object_id, store, object_path, head, files, size_bytes, proven_at) VALUES (x'{id}', \
             '{store}', '0a1/59b/420/strongroom%3alocal%2earchive%2fphotographs-{}', 1, 1, 12345, {})",
            &id[28..], 1_700_000_000_000_000_i64 + CHECKS * GAP_MICROS
        )).await?;
    }
    let state_end = room(&pool, &path).await?;
    for store in STORES {
        fill(&pool, objects, |id| {
            format!(
                "INSERT INTO fixity_ranges (object_id, store, first_at, last_at, checks, longest_gap, evidence) VALUES \
             (x'{id}', '{store}', 1700000000000000, 1700000000000000, 1, 0, 'A')"
            )
        })
        .await?;
        // As each good check does: the row grows, and no row is added.
        for check in 1..CHECKS {
            let at = 1_700_000_000_000_000 + check * GAP_MICROS;
            sqlx::query(
                "UPDATE fixity_ranges SET last_at = $1, checks = checks + 1, longest_gap = $2 WHERE store = $3",
            )
            .bind(at)
            .bind(GAP_MICROS)
            .bind(store)
            .execute(&pool)
            .await?;
        }
    }
    let ranges_end = room(&pool, &path).await?;
    let rows = (objects * STORES.len() as u64) as f64;
    let (state, ranges) = ((state_end - objects_end) as f64 / rows, (ranges_end - state_end) as f64 / rows);
    println!("{objects} objects in {} stores, {CHECKS} checks of each", STORES.len());
    println!("objects  {:8.1} bytes a row", (objects_end - before) as f64 / objects as f64);
    println!("state    {state:8.1} bytes a replica");
    println!("ranges   {ranges:8.1} bytes a replica, for all {CHECKS} checks");
    let asked = ASKED_OBJECTS * STORES.len() as f64;
    let gigabytes = |bytes: f64| bytes * asked / 1e9;
    println!(
        "30 M files, each an object, in {} stores: state {:.1} GB + ranges {:.1} GB = {:.1} GB",
        STORES.len(),
        gigabytes(state),
        gigabytes(ranges),
        gigabytes(state + ranges)
    );
    Ok(())
}

/// Runs a statement for each object, in one transaction.
async fn fill(pool: &SqlitePool, objects: u64, statement: impl Fn(&str) -> String) -> Outcome<()> {
    let mut transaction = pool.begin().await?;
    for number in 0..objects {
        // In the order of time, as identities of version 7 are.
        let id = Uuid::from_u128((u128::from(number) << 64) | 0x8000_0000_0000_0000).simple().to_string();
        sqlx::query(AssertSqlSafe(statement(&id))).persistent(false).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Bytes of the database file, its log written back.
async fn room(pool: &SqlitePool, path: &Path) -> Outcome<u64> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(pool).await?.try_get::<i64, _>(0)?;
    Ok(std::fs::metadata(path)?.len())
}
