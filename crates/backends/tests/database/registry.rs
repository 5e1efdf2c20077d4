//! What is held, and what happened to it.

use backends::database::{Database, EventFilter, FileFilter, ObjectFilter};
use model::StoreId;

use crate::things::{event, later, now, object_id, record};

pub async fn a_recorded_version_is_told_as_it_was(database: Database) {
    let id = object_id(5);
    let claim = record(&database, "bag", id, 1, &[("data/b", 2), ("bag-info.txt", 1)]).await;
    let object = database.object(&claim.item.deposit.identifier).await.unwrap().unwrap();
    assert_eq!((object.id, object.head, object.files, object.size_bytes), (id, 1, 2, 3));
    let version = database.version_of_item(id, claim.item.id).await.unwrap().unwrap();
    assert_eq!((version.number, version.created_at), (1, later(1)));
    let files = database.files(id, &FileFilter { most: 10, ..FileFilter::default() }).await.unwrap();
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["bag-info.txt", "data/b"]);
    let digests: Vec<_> = files[1].digests.iter().map(|(name, hex)| format!("{name}:{}", &hex[..4])).collect();
    assert_eq!(digests, ["md5:0202", "sha256:0202", "sha224:00ff"]);
    let replicas = database.replicas(id).await.unwrap();
    assert_eq!(replicas.iter().map(|replica| replica.store.0.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(database.documents(id).await.unwrap(), [("v1/inventory.json".to_owned(), vec![9; 32])]);
    assert_eq!(database.gathered(claim.item.id, 0, 10).await.unwrap(), [], "an ended item leaves no rows");
}

pub async fn a_later_version_ends_what_it_changes(database: Database) {
    let id = object_id(5);
    record(&database, "bag", id, 1, &[("data/a", 1), ("data/b", 2)]).await;
    record(&database, "bag", id, 2, &[("data/a", 1), ("data/b", 9), ("data/c", 3)]).await;
    let names = |filter: FileFilter| {
        let database = database.clone();
        async move {
            let files = database.files(id, &FileFilter { most: 10, ..filter }).await.unwrap();
            files.iter().map(|file| format!("{} {}", file.path, file.version)).collect::<Vec<_>>()
        }
    };
    assert_eq!(names(FileFilter::default()).await, ["data/a 1", "data/b 2", "data/c 2"]);
    assert_eq!(names(FileFilter { version: Some(1), ..FileFilter::default() }).await, ["data/a 1", "data/b 1"]);
    let history = database.file_history(id, "data/b").await.unwrap();
    assert_eq!(history.iter().map(|file| file.ended_by).collect::<Vec<_>>(), [Some(2), None]);
    let held = database.held_replicas(Some(id), Some(&StoreId::from("first")), None, 10).await.unwrap();
    assert_eq!((held[0].head, held[0].files), (2, 2 + 3));
}

pub async fn listings_are_paged_without_gap_or_twin(database: Database) {
    for number in 0..7 {
        record(&database, &format!("bag{number}"), object_id(9 - number), 1, &[("data/a", 1)]).await;
    }
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let filter = ObjectFilter { after: after.take(), most: 3, ..ObjectFilter::default() };
        let page = database.objects(&filter).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.identifier.clone());
        names.extend(page.into_iter().map(|object| object.identifier.name.to_string()));
    }
    assert_eq!(names, (0..7).map(|number| format!("bag{number}")).collect::<Vec<_>>());
    let starts = ObjectFilter { name_starts_with: Some("bag3".to_owned()), most: 9, ..ObjectFilter::default() };
    // Of any institution, and of one.
    database.add_institution(&"example.org".parse().unwrap(), now()).await.unwrap();
    assert_eq!(database.objects(&starts).await.unwrap().len(), 1);
    let starts = ObjectFilter { institution: Some("example.org".parse().unwrap()), ..starts };
    assert_eq!(database.objects(&starts).await.unwrap().len(), 1);
    for (institution, expected) in [("example.org", 7), ("other.org", 0)] {
        let filter = EventFilter { institution: Some(institution.parse().unwrap()), most: 9, ..EventFilter::default() };
        assert_eq!(database.events(&filter).await.unwrap().len(), expected, "{institution}");
    }
    let events = database.events(&EventFilter { most: 4, ..EventFilter::default() }).await.unwrap();
    let before = events.last().map(|event| event.number);
    let rest = database.events(&EventFilter { before, most: 9, ..EventFilter::default() }).await.unwrap();
    assert_eq!((events.len(), rest.len()), (4, 3));
    assert!(events[0].number > events[1].number && events[3].number > rest[0].number, "newest first");
}

pub async fn an_event_is_added_once(database: Database) {
    let id = object_id(5);
    let claim = record(&database, "bag", id, 1, &[("data/a", 1)]).await;
    let event = event(&claim, id);
    for _ in 0..2 {
        database.add_events(std::slice::from_ref(&event)).await.unwrap();
    }
    let found = database.events(&EventFilter { object: Some(id), most: 9, ..EventFilter::default() }).await.unwrap();
    assert_eq!(found.iter().map(|stored| &stored.event).collect::<Vec<_>>(), [&event]);
    assert_eq!(database.event(event.id).await.unwrap().map(|stored| stored.event), Some(event));
}
