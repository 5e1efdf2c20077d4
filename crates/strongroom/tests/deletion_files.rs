//! Single files are destroyed in every version that has them; what stays is whole, and everybody accepts it.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lived.rs"]
mod lived;
#[path = "support/two_people.rs"]
mod two_people;

use std::fs;
use std::path::Path;

use installation::{Installation, files_below};
use lived::{LETTERS, PHOTOGRAPHS, assert_same, dump, lose, rebuild};
use serde_json::Value;
use two_people::{AT_ONCE, People, shown};

const SECRET: &[u8] = b"what nobody may read any more";

/// Letters in three versions: one file that goes in all of them, and one whose bytes another file has too.
fn with_letters() -> (Installation, People) {
    let installation = Installation::new();
    installation.configure(AT_ONCE);
    let folder = installation.plain_folder(
        "letters",
        &[("a.txt", b"first"), ("secret.txt", SECRET), ("twin 1.txt", b"equal"), ("twin 2.txt", b"equal")],
    );
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "second").unwrap();
    fs::write(folder.join("secret.txt"), [SECRET, b" twice"].concat()).unwrap();
    installation.ingest(&folder);
    fs::write(folder.join("copy.txt"), SECRET).unwrap();
    fs::write(folder.join("new.txt"), "third").unwrap();
    installation.ingest(&folder);
    let people = People::of(&installation);
    (installation, people)
}

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = digests::Hasher::new(digests::Algorithm::Sha256.into());
    hasher.update(bytes);
    hasher.finish().get(digests::Algorithm::Sha256).unwrap().to_hex()
}

fn has(folder: &Path, bytes: &[u8]) -> bool {
    files_below(folder).iter().any(|(_, seen)| seen == bytes)
}

/// Insists that all that is held is whole, and that a lost registry comes back as it was from either store.
#[track_caller]
fn is_whole(installation: &Installation) {
    for store in ["first", "second"] {
        let root = installation.store(store).join("ocfl");
        installation.run(["ocfl", "validate", root.to_str().unwrap()]).exits(0);
        assert!(fs::read_dir(installation.store(store).join("work")).unwrap().next().is_none());
    }
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    installation.run(["doctor"]).exits(0);
    let lost = dump(installation);
    for store in ["first", "second"] {
        lose(installation);
        rebuild(installation, store).exits(0);
        assert_same(&lost, &dump(installation));
    }
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}

#[test]
fn a_file_goes_from_every_version_and_its_bytes_stay_where_another_file_has_them() {
    let (installation, people) = with_letters();
    let file = format!("{LETTERS}/data/secret.txt");
    let id = people.delete(&installation, &[&file]);
    for store in ["first", "second"] {
        let object = installation.object(store, LETTERS);
        assert!(!has(&object, &[SECRET, b" twice"].concat()), "the bytes are gone");
        assert!(has(&object, SECRET), "another file has these");
        assert!(!object.join("v1/content/data/secret.txt").exists());
        assert!(has(&object.join("v3"), SECRET), "they are where the first version has them that kept them");
        let document: Value = serde_json::from_slice(&fs::read(object.join("logs/v1-object.json")).unwrap()).unwrap();
        assert_eq!(document["deletions"][0]["files"][0]["path"], "data/secret.txt");
    }
    installation.run(["files", "show", &file]).exits(1).contains(&format!("delete certificate {id}"));
    installation.run(["restore", &file]).exits(1).contains("requested by ann, approved by ben");
    for version in ["1", "2", "3"] {
        let listed = installation.run(["files", "list", LETTERS, "--version", version, "--json"]).exits(0);
        assert!(!listed.out.contains("secret.txt") && listed.out.contains("a.txt"), "{}", listed.out);
    }
    is_whole(&installation);
    // The deposit that brought it may bring it again.
    let folder = installation.folder.path().join("letters");
    assert_eq!(installation.ingest(&folder)["version"], 4);
    installation.run(["files", "show", &file]).exits(0);
    is_whole(&installation);
}

#[test]
fn older_versions_come_back_without_it_and_say_so() {
    let (installation, people) = with_letters();
    people.delete(&installation, &[&format!("{LETTERS}/data/secret.txt")]);
    for version in ["1", "2", "3"] {
        let bag = format!("v{version}");
        installation.run(["restore", LETTERS, "--version", version, "--unpacked", "--to", &bag]).exits(0);
        installation.run(["bag", "validate", &bag]).exits(0);
        let bag = installation.folder.path().join(bag);
        assert!(!bag.join("data/secret.txt").exists());
        let told = fs::read_to_string(bag.join("deleted-files.txt")).unwrap();
        assert!(told.starts_with(&sha256(SECRET)) && told.contains("data/secret.txt"), "{told}");
        assert!(fs::read_to_string(bag.join("bag-info.txt")).unwrap().contains("Deleted-Files: "));
        let premis = fs::read_to_string(bag.join(format!("premis-v{version}.xml"))).unwrap();
        assert!(premis.contains("requested by ann, approved by ben"), "{premis}");
    }
    let first = fs::read_to_string(installation.folder.path().join("v1/data/a.txt")).unwrap();
    assert_eq!(first, "first");
}

#[test]
fn a_digest_is_taken_down_in_every_object_and_version() {
    let (installation, people) = with_letters();
    let other = installation.plain_folder("other", &[("x.txt", SECRET), ("y.txt", b"stays")]);
    installation.ingest(&other);
    let foreign = ["ingest", "--institution", "other.example.org", other.to_str().unwrap()];
    installation.run(foreign).exits(0);
    let digest = format!("sha256:{}", sha256(SECRET));
    let id = people.delete(&installation, &["--digest", &digest]);
    assert_eq!(shown(&installation, &id)["targets"].as_array().unwrap().len(), 2);
    for object in [LETTERS, "local.archive/other"] {
        assert!(!has(&installation.object("first", object), SECRET));
        assert!(!has(&installation.object("second", object), SECRET));
    }
    // Another version of the same path had other bytes.
    let history = installation.run(["files", "show", &format!("{LETTERS}/data/secret.txt"), "--json"]).exits(0);
    assert_eq!(history.json()[0]["history"].as_array().unwrap().len(), 1);
    assert!(has(&installation.object("first", "other.example.org/other"), SECRET), "it is another institution's");
    // Everywhere, only two who keep the installation may.
    let mut people = people;
    people.add(&installation, "rita", "rita@example.org", &["--role", "admin"]);
    let everywhere = ["delete", "request", "--digest", &digest, "--all-institutions", "--reason", "a court order"];
    people.call(&installation, "ann", &everywhere).exits(1).contains("for another admin to decide");
    people.call(&installation, "root", &everywhere).exits(0);
    people.call(&installation, "olga", &["delete", "approve", "2"]).exits(1).contains("to decide");
    people.call(&installation, "root", &["delete", "approve", "2"]).exits(1).contains("a second person");
    people.call(&installation, "rita", &["delete", "approve", "2"]).exits(0);
    installation.run(["delete", "run"]).exits(0);
    assert!(!has(&installation.store("first").join("ocfl"), SECRET));
    is_whole(&installation);
}

#[test]
fn an_admin_asks_for_a_take_down_within_an_institution_and_one_of_its_own_approves() {
    let (installation, people) = with_letters();
    let digest = format!("sha256:{}", sha256(b"third"));
    let asked = ["delete", "request", "--digest", &digest, "--institution", "local.archive", "--reason", "an order"];
    people.call(&installation, "root", &asked).exits(0);
    people.call(&installation, "root", &["delete", "approve", "1"]).exits(1).contains("to decide");
    people.approve(&installation, "1");
    installation.run(["delete", "run"]).exits(0);
    assert!(!has(&installation.object("first", LETTERS), b"third"));
}

#[test]
fn files_that_are_all_of_an_object_are_the_object() {
    let (installation, people) = with_letters();
    let folder = installation.plain_folder("small", &[("only.txt", b"only")]);
    installation.ingest(&folder);
    let listed = installation.run(["files", "list", "local.archive/small", "--json"]).exits(0).json();
    let names = listed.iter().map(|file| format!("local.archive/small/{}\n", file["path"].as_str().unwrap()));
    fs::write(installation.folder.path().join("list"), names.collect::<String>()).unwrap();
    let id = people.delete(&installation, &["--list", "list"]);
    assert_eq!(shown(&installation, &id)["targets"][0]["extent"], "object");
    installation.run(["objects", "show", "local.archive/small"]).exits(1).contains("was deleted on");
    is_whole(&installation);
}

#[test]
fn a_version_that_loses_all_that_it_brought_is_a_version_still() {
    let (installation, people) = with_letters();
    let all = ["a.txt", "copy.txt", "new.txt", "secret.txt"].map(|name| format!("{LETTERS}/data/{name}\n"));
    fs::write(installation.folder.path().join("list"), all.concat()).unwrap();
    people.delete(&installation, &["--list", "list"]);
    let report = installation.run(["objects", "show", LETTERS, "--json"]).exits(0).json().remove(0);
    assert_eq!(report["versions"].as_array().unwrap().len(), 3);
    is_whole(&installation);
}

#[test]
fn what_a_repair_has_kept_of_it_goes_too() {
    let (installation, people) = with_letters();
    let file = installation.object("first", LETTERS).join("v1/content/data/secret.txt");
    let wrong = b"What nobody may read any more";
    fs::write(&file, wrong).unwrap();
    installation.run(["fixity", "check", LETTERS]).exits(0).contains("1 repair made");
    assert!(has(&installation.store("first").join("quarantine"), wrong));
    people.delete(&installation, &["--digest", &format!("sha256:{}", sha256(SECRET))]);
    assert!(!has(&installation.store("first"), wrong));
    is_whole(&installation);
}

#[test]
fn what_repairs_and_copies_of_the_whole_object_have_left_goes_too() {
    let (installation, people) = with_letters();
    fs::remove_dir_all(installation.object("first", LETTERS)).unwrap();
    installation.run(["fixity", "check", LETTERS]).exits(0).contains("1 repair made");
    let incident = installation.run(["incidents", "--json"]).exits(0).json().remove(0);
    let (id, object) = (&incident["id"], incident["object"].as_str().unwrap());
    // As a repair leaves them that finds wrong files, and those that were killed.
    let first = installation.store("first");
    let left = [
        format!("quarantine/incident-{id}-0"),
        format!("work/.mend-incident-{id}-1-99"),
        format!("quarantine/replica-{object}-3-1-0"),
        format!("work/.mend-replica-{object}-3-1-0-0"),
    ];
    for name in &left {
        fs::create_dir_all(first.join(name).parent().unwrap()).unwrap();
        fs::write(first.join(name), SECRET).unwrap();
    }
    people.delete(&installation, &["--digest", &format!("sha256:{}", sha256(SECRET))]);
    assert!(!has(&first, SECRET), "{left:?}");
    is_whole(&installation);
}

#[test]
fn a_damaged_replica_is_repaired_before_anything_goes() {
    let (installation, people) = with_letters();
    fs::remove_file(installation.object("second", LETTERS).join("v1/content/data/a.txt")).unwrap();
    let id = people.request(&installation, &[&format!("{LETTERS}/data/secret.txt")]);
    people.approve(&installation, &id);
    installation.run(["delete", "run"]).exits(75).contains("fixity check");
    assert!(has(&installation.object("first", LETTERS), &[SECRET, b" twice"].concat()), "nothing has gone");
    installation.run(["fixity", "check", LETTERS]).exits(0).contains("1 repair made");
    installation.run(["delete", "run"]).exits(0);
    is_whole(&installation);
}

#[test]
fn a_life_with_deletions_comes_back_from_either_store() {
    let installation = lived::lived();
    installation.configure(AT_ONCE);
    let people = People::of(&installation);
    people.delete(&installation, &[PHOTOGRAPHS]);
    people.delete(&installation, &[&format!("{LETTERS}/data/a.txt")]);
    people.delete(&installation, &["local.archive/odd names/data/tab\tnew\nline"]);
    people.delete(&installation, &["--digest", &format!("sha256:{}", sha256(b"equal"))]);
    installation.ingest(&installation::sample("photographs.tar"));
    people.delete(&installation, &["local.archive/minutes"]);
    let id = people.request(&installation, &[PHOTOGRAPHS]);
    people.approve(&installation, &id);
    let told = |installation: &Installation| {
        let deleted = installation.run(["objects", "list", "--state", "deleted", "--json"]).exits(0).out;
        let gone = installation.run(["restore", "local.archive/minutes"]).exits(1).err;
        (deleted, gone, installation.run(["delete", "certificate", "1"]).exits(0).out)
    };
    let before = told(&installation);
    is_whole(&installation);
    assert_eq!(told(&installation), before);
    // What was asked for and not carried out is lost with the registry, and asked for anew.
    installation.run(["delete", "show", &id]).exits(1);
    installation.run(["delete", "run"]).exits(0).contains("nothing is due");
    let people = People::of(&installation);
    people.delete(&installation, &[PHOTOGRAPHS]);
    is_whole(&installation);
}

#[test]
fn a_damaged_tombstone_is_named_and_not_believed() {
    let (installation, people) = with_letters();
    people.delete(&installation, &[LETTERS]);
    let lost = dump(&installation);
    let folder = fs::read_dir(installation.store("first").join("tombstones")).unwrap();
    let folder = folder.map(|entry| entry.unwrap().path()).find(|path| !path.ends_with("keys")).unwrap();
    let tombstone = folder.join("deletion-1.json");
    let text = fs::read_to_string(&tombstone).unwrap();
    fs::write(&tombstone, text.replace("\"ben\"", "\"eve\"")).unwrap();
    lose(&installation);
    let lines = rebuild(&installation, "first").exits(1).json();
    assert_eq!(lines[0]["finding"]["code"], "REB-007", "{lines:?}");
    lose(&installation);
    rebuild(&installation, "second").exits(0);
    assert_same(&lost, &dump(&installation));
}

#[test]
fn an_object_that_came_back_against_its_tombstone_is_told() {
    let (installation, people) = with_letters();
    let object = installation.object("first", LETTERS);
    let backup = installation.folder.path().join("backup");
    installation::copy_tree(&object, &backup);
    people.delete(&installation, &[LETTERS]);
    installation::copy_tree(&backup, &object);
    lose(&installation);
    let lines = rebuild(&installation, "first").exits(1).json();
    assert_eq!(lines[0]["finding"]["code"], "REB-007", "{lines:?}");
}
