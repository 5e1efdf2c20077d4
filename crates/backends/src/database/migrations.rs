//! The migrations: every change of the tables, forward only, one text for each engine.

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Every migration, oldest first: (version, description, text for SQLite, text for PostgreSQL). One that was released is
/// never changed.
const MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "registry and queue",
        include_str!("../../migrations/sqlite/0001_registry_and_queue.sql"),
        include_str!("../../migrations/postgres/0001_registry_and_queue.sql"),
    ),
    (
        2,
        "gathered by path",
        include_str!("../../migrations/sqlite/0002_gathered_by_path.sql"),
        include_str!("../../migrations/postgres/0002_gathered_by_path.sql"),
    ),
    (
        3,
        "formats",
        include_str!("../../migrations/sqlite/0003_formats.sql"),
        include_str!("../../migrations/postgres/0003_formats.sql"),
    ),
    (
        4,
        "fixity",
        include_str!("../../migrations/sqlite/0004_fixity.sql"),
        include_str!("../../migrations/postgres/0004_fixity.sql"),
    ),
    (
        5,
        "deletion",
        include_str!("../../migrations/sqlite/0005_deletion.sql"),
        include_str!("../../migrations/postgres/0005_deletion.sql"),
    ),
    (
        6,
        "stores' life",
        include_str!("../../migrations/sqlite/0006_stores_life.sql"),
        include_str!("../../migrations/postgres/0006_stores_life.sql"),
    ),
    (
        7,
        "keeping",
        include_str!("../../migrations/sqlite/0007_keeping.sql"),
        include_str!("../../migrations/postgres/0007_keeping.sql"),
    ),
    (
        8,
        "turns",
        include_str!("../../migrations/sqlite/0008_turns.sql"),
        include_str!("../../migrations/postgres/0008_turns.sql"),
    ),
    (
        9,
        "roles",
        include_str!("../../migrations/sqlite/0009_roles.sql"),
        include_str!("../../migrations/postgres/0009_roles.sql"),
    ),
    (
        14,
        "listings",
        include_str!("../../migrations/sqlite/0014_listings.sql"),
        include_str!("../../migrations/postgres/0014_listings.sql"),
    ),
    (
        15,
        "samples",
        include_str!("../../migrations/sqlite/0015_samples.sql"),
        include_str!("../../migrations/postgres/0015_samples.sql"),
    ),
    (
        16,
        "media types",
        include_str!("../../migrations/sqlite/0016_media_types.sql"),
        include_str!("../../migrations/postgres/0016_media_types.sql"),
    ),
];

/// Returns the version of the tables that this program reads and writes.
pub(super) fn newest_version() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.0)
}

/// Returns the migrations of a file.
pub(super) fn sqlite_migrator() -> Migrator {
    migrator(MIGRATIONS.iter().map(|&(version, description, sqlite, _)| (version, description, sqlite)))
}

/// Returns the migrations of a server. They run under an advisory lock, so that one process at a time makes them.
pub(super) fn postgres_migrator() -> Migrator {
    migrator(MIGRATIONS.iter().map(|&(version, description, _, postgres)| (version, description, postgres)))
}

fn migrator(migrations: impl Iterator<Item = (i64, &'static str, &'static str)>) -> Migrator {
    let migration = |(version, description, text): (i64, &'static str, &'static str)| {
        Migration::new(version, description.into(), MigrationType::Simple, SqlStr::from_static(text), false)
    };
    Migrator::with_migrations(migrations.map(migration).collect())
}

#[cfg(test)]
mod tests;
