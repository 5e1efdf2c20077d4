//! What the tests put into a database.

use backends::database::{Database, Enqueued, NewGathered, Settled, Settlement};
use jiff::{SignedDuration, Timestamp};
use model::{
    Access, Accession, Action, Claim, Completion, Deposit, DepositOptions, Disposition, Event, EventId, Evidence,
    FileFormat, FormatBasis, GatheredFile, ItemId, Object, ObjectId, ObjectVersion, Origin, Owner, Replica, STAGES,
    Stage, StoreId,
};
use uuid::Uuid;

/// A time that all tests call now.
pub fn now() -> Timestamp {
    Timestamp::from_microsecond(1_800_000_000_000_000).unwrap()
}

/// So many seconds later.
pub fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub fn owner(name: &str) -> Owner {
    Owner(name.to_owned())
}

pub fn all_stages() -> Vec<Stage> {
    STAGES.iter().filter(|row| row.action == Action::Ingest).map(|row| row.stage).collect()
}

pub fn deposit(institution: &str, name: &str, fingerprint: &str) -> Deposit {
    Deposit {
        identifier: format!("{institution}/{name}").parse().unwrap(),
        path: format!("/receiving/{name}.tar"),
        origin: Origin::Receiving,
        fingerprint: fingerprint.to_owned(),
        size_bytes: 7,
        modified_at: now(),
        options: DepositOptions::default(),
    }
}

/// Puts a deposit that is new in the queue.
pub async fn enqueue(database: &Database, deposit: &Deposit) -> ItemId {
    match database.enqueue(deposit, now()).await.unwrap() {
        Enqueued::New(id) => id,
        Enqueued::Known(item) => panic!("it is known as {}", item.id),
    }
}

/// Claims what is next, for a minute.
pub async fn claim(database: &Database, who: &str, at: Timestamp) -> Option<Claim> {
    let until = at + SignedDuration::from_mins(1);
    database.claim(&all_stages(), &owner(who), at, until).await.unwrap()
}

pub fn gathered(place: u32, path: &str, bytes: u8) -> NewGathered {
    let format = FileFormat {
        media_type: "text/plain".to_owned(),
        basis: FormatBasis::Extension,
        puid: Some("x-fmt/111".to_owned()),
        note: None,
        signatures: Some("122/20260119".to_owned()),
    };
    let file = GatheredFile {
        place,
        path: path.to_owned(),
        size_bytes: u64::from(bytes),
        offset_bytes: 512 * u64::from(place),
        modified_at: -1,
        md5: Some(vec![bytes; 16]),
        sha1: None,
        sha256: Some(vec![bytes; 32]),
        sha512: None,
        other_digests: Some("sha224:00ff".to_owned()),
        format: Some(format),
        has_provisional_format: bytes.is_multiple_of(2),
    };
    NewGathered { file, disposition: Disposition::New }
}

pub fn object_id(number: u128) -> ObjectId {
    ObjectId(Uuid::from_u128(number))
}

/// Takes a version of an object in, up to its record: these files, in the stores `first` and `second`.
pub async fn record(database: &Database, name: &str, id: ObjectId, number: u32, files: &[(&str, u8)]) -> Claim {
    let deposit = deposit("example.org", name, &format!("version {number}"));
    enqueue(database, &deposit).await;
    let claim = claim(database, "recorder", now()).await.unwrap();
    let rows: Vec<_> = (0..).zip(files).map(|(place, (path, bytes))| gathered(place, path, *bytes)).collect();
    database.add_gathered(&claim, &rows).await.unwrap();
    database.compare_gathered(&claim, (number > 1).then_some(id)).await.unwrap();
    let completion = Completion { accession: Some(accession(&claim, id, number, files)), ..completion(&claim, id) };
    let settled = database.settle(&claim, &Settlement::Finish(Box::new(completion)), now()).await.unwrap();
    assert_eq!(settled, Settled::Written);
    claim
}

fn completion(claim: &Claim, id: ObjectId) -> Completion {
    Completion { events: vec![event(claim, id)], ..Completion::default() }
}

pub fn event(claim: &Claim, id: ObjectId) -> Event {
    Event {
        id: EventId::of_deposit(&claim.item.deposit, claim.item.id, "ingestion"),
        event_type: "ingestion".to_owned(),
        at: now(),
        outcome: "success".to_owned(),
        detail: "taken in".to_owned(),
        note: "all well, “quoted” and \\ escaped".to_owned(),
        agent: "a test".to_owned(),
        item: Some(claim.item.id),
        object: Some(id),
        version: Some(1),
        path: None,
        store: None,
    }
}

fn accession(claim: &Claim, id: ObjectId, number: u32, files: &[(&str, u8)]) -> Accession {
    let (count, size_bytes) = (files.len() as u64, files.iter().map(|file| u64::from(file.1)).sum());
    let identifier = claim.item.deposit.identifier.clone();
    let replica = |store: &str| Replica {
        object: id,
        version: number,
        store: StoreId::from(store),
        object_path: format!("0a1/{}", identifier.name),
        evidence: Evidence::A,
        verified_at: later(i64::from(number)),
        files: count,
        size_bytes,
    };
    Accession {
        replicas: vec![replica("first"), replica("second")],
        version: ObjectVersion {
            object: id,
            number,
            item: claim.item.id,
            created_at: later(i64::from(number)),
            files: count,
            size_bytes,
            new_files: count,
            new_size_bytes: size_bytes,
        },
        object: Object {
            id,
            title: format!("Title of {}", identifier.name),
            identifier,
            description: None,
            access: Access::Institution,
            storage_option: "Standard".to_owned(),
            profile_identifier: None,
            created_at: now(),
            updated_at: later(i64::from(number)),
            head: number,
            files: count,
            size_bytes,
        },
        documents: vec![(format!("v{number}/inventory.json"), vec![9; 32])],
    }
}
