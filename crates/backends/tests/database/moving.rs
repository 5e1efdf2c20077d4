//! Moving all rows into another database, and tables of other versions.

use backends::database::{Address, Database, DatabaseError};

use crate::engine::NewDatabase;
use crate::things::{deposit, enqueue, object_id, record};

/// Returns the registry as text.
async fn dump(database: &Database) -> String {
    let mut text = Vec::new();
    database.dump_registry(&mut text).await.unwrap();
    String::from_utf8(text).unwrap()
}

async fn live(database: &Database) {
    record(database, "bag", object_id(5), 1, &[("data/a", 1), ("data/Äpfel \u{202f}\\", 2)]).await;
    record(database, "bag", object_id(5), 2, &[("data/a", 7), ("data/c", 3)]).await;
    enqueue(database, &deposit("example.org", "waiting", "one")).await;
}

pub async fn all_rows_are_moved_and_numbers_go_on(database: Database) {
    live(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let file = Database::open(&Address::File(folder.path().join("other.sqlite"))).await.unwrap();
    let mut moved = database.move_to(&file, |_| {}).await.unwrap();
    assert_eq!(dump(&file).await, dump(&database).await);
    assert_eq!(moved.iter().find(|table| table.name == "file_versions").unwrap().rows, 4);
    let mut last = file;
    if std::env::var_os("STRONGROOM_TEST_SERVER").is_some() {
        let server = NewDatabase::make();
        let other = Database::open(&server.address()).await.unwrap();
        // The digests are the same whichever the engine.
        assert_eq!(std::mem::replace(&mut moved, last.move_to(&other, |_| {}).await.unwrap()), moved);
        assert_eq!(dump(&other).await, dump(&database).await);
        assert_eq!(enqueue(&other, &deposit("example.org", "next", "one")).await.0, 4, "numbers go on");
        other.close().await;
        last = database;
    }
    assert_eq!(enqueue(&last, &deposit("example.org", "next", "one")).await.0, 4, "numbers go on");
}

pub async fn nothing_is_moved_into_a_database_that_holds_something(database: Database) {
    live(&database).await;
    let folder = tempfile::tempdir().unwrap();
    let other = Database::open(&Address::File(folder.path().join("other.sqlite"))).await.unwrap();
    enqueue(&other, &deposit("example.org", "first", "one")).await;
    assert!(matches!(database.move_to(&other, |_| {}).await, Err(DatabaseError::NotEmpty)));
    assert!(matches!(other.move_to(&database, |_| {}).await, Err(DatabaseError::NotEmpty)));
}

pub async fn a_new_database_is_made_once_by_many_that_begin_at_once(database: Database) {
    drop(database);
    let folder = tempfile::tempdir().unwrap();
    let address = Address::File(folder.path().join("registry.sqlite"));
    let opening = (0..8).map(|_| {
        let address = address.clone();
        tokio::spawn(async move { Database::open(&address).await.map(drop) })
    });
    for one in opening.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    let (found, expected) = Database::tables(&address).await.unwrap();
    assert_eq!(found, expected);
}

pub async fn tables_of_another_version_are_refused(database: Database) {
    // What was opened has the tables of this program: opened again it is served, and so is one that many open at once.
    live(&database).await;
    let Ok(server) = std::panic::catch_unwind(NewDatabase::make) else { return };
    let address = server.address();
    let Err(DatabaseError::OtherTables { found: 0, expected }) = Database::open_existing(&address).await else {
        panic!("a database without tables is taken");
    };
    assert_eq!(Database::tables(&address).await.unwrap(), (0, expected));
    let opening = (0..6).map(|_| {
        let address = server.address();
        tokio::spawn(async move { Database::open(&address).await.map(|_| ()) })
    });
    for one in opening.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    assert_eq!(Database::tables(&address).await.unwrap(), (expected, expected));
    Database::open_existing(&address).await.unwrap();
}
