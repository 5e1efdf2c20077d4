//! The members of a package in work.

use backends::database::Database;
use model::ReDeposit;

use crate::things::{claim, deposit, enqueue, gathered, now, object_id, record};

pub async fn members_come_back_as_they_were_added(database: Database) {
    let id = enqueue(&database, &deposit("example.org", "bag", "one")).await;
    let held = claim(&database, "worker", now()).await.unwrap();
    let rows: Vec<_> =
        (0..1_234).map(|place| gathered(place, &format!("data/{place:05}"), (place % 251) as u8)).collect();
    database.add_gathered(&held, &rows).await.unwrap();
    // A member that is read again takes the place of what was known of it.
    let again = gathered(7, "data/another name", 3);
    database.add_gathered(&held, std::slice::from_ref(&again)).await.unwrap();
    let mut wanted: Vec<_> = rows.into_iter().map(|new| new.file).collect();
    wanted[7] = again.file;
    let mut found = database.gathered(id, 0, 1_000).await.unwrap();
    found.extend(database.gathered(id, 1_000, 1_000).await.unwrap());
    assert_eq!(found, wanted);
    let provisional = database.gathered_to_identify(id, 0, 9_999).await.unwrap();
    assert_eq!(provisional, wanted.iter().filter(|file| file.has_provisional_format).cloned().collect::<Vec<_>>());
    database.clear_gathered(&held).await.unwrap();
    assert_eq!(database.gathered(id, 0, 10).await.unwrap(), []);
}

pub async fn paths_are_in_the_order_of_their_bytes(database: Database) {
    let id = enqueue(&database, &deposit("example.org", "bag", "one")).await;
    let held = claim(&database, "worker", now()).await.unwrap();
    let names =
        ["data/Zebra", "data/apple", "data/Äpfel", "data/a b", "data/a-b", "data/a_b", "data/\u{1}x", "data/\u{10348}"];
    let rows: Vec<_> = (0..).zip(names).map(|(place, name)| gathered(place, name, 1)).collect();
    database.add_gathered(&held, &rows).await.unwrap();
    let mut wanted = names.map(str::to_owned);
    wanted.sort_unstable();
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = database.placed_by_path(id, after.as_deref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.path.clone());
        found.extend(page.into_iter().map(|file| file.path));
    }
    assert_eq!(found, wanted);
}

pub async fn members_are_compared_with_the_held_version(database: Database) {
    let object = object_id(5);
    record(&database, "bag", object, 1, &[("data/same", 1), ("data/changed", 2), ("data/left out", 3)]).await;
    let id = enqueue(&database, &deposit("example.org", "bag", "next")).await;
    let held = claim(&database, "worker", now()).await.unwrap();
    let rows = [gathered(0, "data/same", 1), gathered(1, "data/changed", 9), gathered(2, "data/new", 7)];
    database.add_gathered(&held, &rows).await.unwrap();
    for _ in 0..2 {
        database.compare_gathered(&held, Some(object)).await.unwrap();
        let stored = database.gathered_to_store(id, 0, 10).await.unwrap();
        assert_eq!(stored.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["data/changed", "data/new"]);
    }
    let totals = database.version_totals(id, Some(object), ReDeposit::Merge).await.unwrap();
    assert_eq!((totals.all.files, totals.all.size_bytes), (4, 1 + 9 + 7 + 3));
    assert_eq!((totals.fresh.files, totals.fresh.size_bytes), (2, 16));
    assert_eq!((totals.left_out.files, totals.left_out.size_bytes), (1, 3));
    let replaced = database.version_totals(id, Some(object), ReDeposit::Replace).await.unwrap();
    assert_eq!((replaced.all.files, replaced.all.size_bytes), (3, 17));
}
