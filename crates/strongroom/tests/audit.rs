//! Audits: each kind of result is produced for real, nothing is changed by looking, and what is in work is no finding.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/lying_store.rs"]
mod lying_store;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use installation::{Installation, Said, files_below};
use lying_store::{Lasts, Lie, LyingStore};
use serde_json::Value;

const BAG: &str = "local.archive/bag";

fn two_versions() -> Installation {
    let installation = Installation::new();
    let folder = installation.plain_folder("bag", &[("a.txt", b"first"), ("b.txt", b"second"), ("c/d.txt", b"third")]);
    installation.ingest(&folder);
    fs::write(folder.join("a.txt"), "changed").unwrap();
    installation.ingest(&folder);
    installation
}

/// Returns (result, store, file) of each result.
#[track_caller]
fn results(said: &Said) -> Vec<(String, String, String)> {
    let lines = said.json();
    let results = lines.iter().filter(|line| line["told"] == "result");
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    results.map(|line| (text(line, "result"), text(line, "store"), text(line, "path"))).collect()
}

/// Does something to an installation, audits it, and insists on exactly one result; nothing in the stores is changed.
#[track_caller]
fn check(change: impl Fn(&Installation, &Path), expected: (&str, &str), code: i32) -> Installation {
    let installation = two_versions();
    installation.run(["audit", "--json"]).exits(0);
    change(&installation, &installation.object("first", BAG));
    let before = files_below(&installation.data().join("stores"));
    let said = installation.run(["audit", "--json"]).exits(code);
    assert!(files_below(&installation.data().join("stores")) == before, "an audit changes nothing in a store");
    let found = results(&said);
    assert_eq!(found.len(), 1, "{found:?}");
    let (result, store, path) = &found[0];
    assert_eq!((result.as_str(), store.as_str()), (expected.0, "first"));
    assert!(path.starts_with(expected.1), "{path}");
    installation
}

#[track_caller]
fn is_damage(change: impl Fn(&Path), result: &str, path: &str, damage: &str) {
    let installation = check(|_, object| change(object), (result, path), 1);
    let open = installation.run(["incidents", "--json", "--state", "open"]).exits(0).json();
    assert_eq!((open.len(), open[0]["damage"].as_str()), (1, Some(damage)), "{open:?}");
    // Twice, it is the same incident, and the check that was queued repairs it.
    installation.run(["audit"]).exits(1);
    assert_eq!(installation.run(["incidents", "--json"]).exits(0).json().len(), 1);
    installation.run(["fixity", "check"]).exits(0).contains("1 repair made");
    installation.run(["audit"]).exits(0);
}

#[test]
fn a_lost_file_or_object_is_missing() {
    is_damage(
        |object| fs::remove_file(object.join("v1/content/data/b.txt")).unwrap(),
        "missing",
        "v1/content/data/b.txt",
        "missing",
    );
    is_damage(|object| fs::remove_file(object.join("logs/v1-object.json")).unwrap(), "missing", "logs/v1", "missing");
    let lose = |object: &Path| {
        fs::remove_dir_all(object).unwrap();
        object.ancestors().skip(1).take(3).for_each(|parent| fs::remove_dir(parent).unwrap());
    };
    is_damage(lose, "missing", "", "missing");
}

#[test]
fn another_size_or_another_document_is_different() {
    is_damage(
        |object| fs::write(object.join("v1/content/data/b.txt"), "longer than it was").unwrap(),
        "different",
        "v1/content",
        "mismatch",
    );
    is_damage(
        |object| fs::write(object.join("v1/inventory.json"), "{}").unwrap(),
        "different",
        "v1/inventory.json",
        "mismatch",
    );
}

#[test]
fn a_link_or_a_folder_in_the_place_of_a_file_is_damage() {
    let link = |object: &Path| {
        let file = object.join("v1/content/data/b.txt");
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
    };
    is_damage(link, "different", "v1/content/data/b.txt", "mismatch");
}

#[test]
fn what_the_registry_does_not_know_is_strange_and_no_damage() {
    let write = |place: &Path, text: &str| {
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    };
    let strange = |change: &dyn Fn(&Installation, &Path), result: &str, path: &str| {
        let installation = check(change, (result, path), 1);
        assert_eq!(installation.run(["incidents", "--json"]).exits(0).json(), Vec::<Value>::new());
    };
    strange(&|_, object| write(&object.join("v1/content/data/extra"), "x"), "foreign_file", "v1/content/data/extra");
    strange(&|_, object| write(&object.join("notes.txt"), "x"), "foreign_file", "notes.txt");
    strange(&|_, object| write(&object.join("v3/content/data/new"), "x"), "half_written_version", "v3");
    strange(&|_, object| write(&object.join("v3/inventory.json"), "x"), "newer_version", "v3");
    let store = |installation: &Installation| installation.store("first");
    strange(&|one, _| write(&store(one).join("ocfl/stray"), "x"), "foreign_file", "ocfl/stray");
    strange(&|one, _| write(&store(one).join("Thumbs.db"), "x"), "foreign_file", "Thumbs.db");
    strange(&|one, _| fs::create_dir_all(store(one).join("ocfl/a/b")).unwrap(), "empty_folder", "ocfl/a/b");
    strange(&|one, _| write(&store(one).join("ocfl/x/0=ocfl_object_1.1"), "x"), "unknown_object", "ocfl/x");
    strange(&|one, _| write(&store(one).join("work/item-99/v1/content/a"), "x"), "leftover", "work/item-99");
    strange(
        &|one, _| write(&store(one).join("work/replica-0190f8e2-7b3c-7def-8000-000000000001/x"), "x"),
        "leftover",
        "work/replica",
    );
    strange(&|one, _| write(&store(one).join("work/.mend-old"), "x"), "leftover", "work/.mend-old");
    strange(&|one, _| write(&store(one).join("quarantine/holiday.jpg"), "x"), "foreign_file", "quarantine/holiday.jpg");
    strange(&|one, _| write(&store(one).join("canaries/mine"), "x"), "foreign_file", "canaries/mine");
}

#[test]
fn an_object_of_ours_that_the_registry_does_not_know_is_unknown() {
    // As after a registry that was put back from an old copy.
    let installation = Installation::new();
    installation.ingest(&installation.plain_folder("old", &[("a", b"1")]));
    let registry = installation.data().join("registry.sqlite");
    let old = fs::read(&registry).unwrap();
    installation.ingest(&installation.plain_folder("new", &[("b", b"2")]));
    fs::write(&registry, old).unwrap();
    let said = installation.run(["audit", "--json"]).exits(1);
    let found: Vec<_> = results(&said).into_iter().map(|(result, store, _)| (result, store)).collect();
    let unknown = |store: &str| ("unknown_object".to_owned(), store.to_owned());
    assert_eq!(found, [unknown("first"), unknown("second")], "{}", said.out);
    said.contains("local.archive/new");
}

#[test]
fn a_replica_that_was_let_go_is_known_as_such() {
    let installation = two_versions();
    installation.configure("storage_options = [{ name = \"Standard\", stores = [\"first\"] }]\n");
    installation.run(["store", "evacuate", "second"]).exits(0);
    let said = installation.run(["audit", "--json"]).exits(1);
    let found: Vec<_> = results(&said).into_iter().map(|(result, store, _)| (result, store)).collect();
    assert_eq!(found, [("unknown_replica".to_owned(), "second".to_owned())]);
}

#[test]
fn what_is_kept_in_quarantine_is_told_and_is_no_finding() {
    let installation = two_versions();
    fs::write(installation.object("first", BAG).join("v1/content/data/b.txt"), "sEcond").unwrap();
    installation.run(["fixity", "check", "--all"]).exits(0).contains("1 repair made");
    fs::create_dir_all(installation.store("first").join("tombstones/local.archive")).unwrap();
    fs::write(installation.store("first").join("tombstones/local.archive/gone.json"), "{}").unwrap();
    let said = installation.run(["audit", "--json"]).exits(0);
    let found = results(&said);
    assert_eq!((found.len(), found[0].0.as_str(), found[0].2.as_str()), (1, "quarantined", "quarantine/incident-1"));
    assert_eq!(said.json().pop().unwrap()["progress"]["counts"]["tombstones"], 1, "a tombstone is not foreign");
}

#[test]
fn a_store_that_is_away_is_not_checked_and_nothing_in_it_is_missing() {
    let installation = two_versions();
    fs::rename(installation.store("first"), installation.store("away")).unwrap();
    let said = installation.run(["audit", "--json"]).exits(2);
    let found = results(&said);
    assert_eq!((found.len(), found[0].0.as_str(), found[0].1.as_str()), (1, "not_checked", "first"), "{found:?}");
    assert_eq!(said.json().pop().unwrap()["progress"]["counts"]["ok"], 1, "the other store was looked at");
    assert_eq!(installation.run(["incidents", "--json"]).exits(0).json(), Vec::<Value>::new());
}

/// Kills a third deposit when its version is in the stores and not yet in the registry. Returns whether it was in time.
fn is_killed_in_verify(installation: &Installation) -> bool {
    let folder = installation.folder.path().join("bag");
    fs::write(folder.join("e.txt"), "fifth").unwrap();
    let mut command =
        installation.command(["--log", "info", "--log-format", "json", "ingest", folder.to_str().unwrap()]);
    let mut child = command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    for line in lines.map_while(Result::ok) {
        if line.contains("stage begins") && line.contains("\"verify\"") {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    installation.run(["items", "show", "3", "--json"]).exits(0).json()[0]["stage"] == "verify"
}

#[test]
fn an_object_in_work_is_not_checked_and_no_finding() {
    // Where a deposit was quicker than its kill, another one is tried.
    let killed = (0..10).map(|_| two_versions()).find(is_killed_in_verify);
    let installation = killed.expect("no deposit was killed in time");
    let folder = installation.folder.path().join("bag");
    let second = installation.store("second");
    let mut states = BTreeMap::new();
    // Whatever moment it was killed at, a store that is written to is no finding.
    fs::create_dir_all(installation.object("first", BAG).join("v3/content")).unwrap();
    let said = installation.run(["audit", "--json"]).exits(0);
    for (result, store, _) in results(&said) {
        *states.entry((result, store)).or_insert(0) += 1;
    }
    assert!(states.keys().all(|(result, _)| result == "not_checked"), "{states:?}");
    assert!(states.len() == 2, "in both stores: {states:?}");
    fs::remove_dir_all(installation.object("first", BAG).join("v3")).unwrap();
    installation.ingest(&folder);
    installation.run(["audit"]).exits(0);
    assert!(second.is_dir());
}

#[test]
fn an_audit_is_costed_beforehand_and_does_nothing_then() {
    let installation = two_versions();
    let estimate = installation.run(["audit", "--dry-run", "--json"]).exits(0).json().remove(0);
    let charges = estimate["charges"].as_array().unwrap();
    assert_eq!(charges.len(), 2);
    // Declaration, the root's two, two inventories and sidecars, and four logs for each of two versions.
    assert_eq!(charges[0]["requests"]["reads"], 1 + 2 + 2 * 2 + 2 * 4);
    assert_eq!(charges[0]["requests"]["lists"], 2);
    assert_eq!(installation.run(["jobs", "--json"]).exits(0).json(), Vec::<Value>::new());
    installation.run(["audit", "--store", "nowhere"]).exits(2).contains("there is no store nowhere");
}

#[test]
fn content_that_no_inventory_tells_of_is_not_checked() {
    let installation = two_versions();
    for store in ["first", "second"] {
        fs::write(installation.object(store, BAG).join("inventory.json"), "{}").unwrap();
    }
    let said = installation.run(["audit", "--json"]).exits(1);
    let mut found: Vec<_> = results(&said).into_iter().map(|(result, store, _)| format!("{result} {store}")).collect();
    found.sort();
    assert_eq!(found, ["different first", "different second", "not_checked first", "not_checked second"]);
}

/// Audits while a store lies about a place of the object, and returns what came of it.
#[track_caller]
fn lied_to(lie: Lie, lasts: Lasts, path: &str) -> (Installation, Said) {
    let installation = two_versions();
    let mut lying = LyingStore::built(installation.folder.path());
    lying.lie(lie, lasts, &installation.object("first", BAG).join(path));
    let said = lying.lies_to(&mut installation.command(["audit", "--json"])).output().unwrap().into();
    assert!(lying.untold().is_empty(), "the program was never told: {:?}", lying.untold());
    (installation, said)
}

#[test]
fn a_listing_that_lacks_what_is_there_is_stale_and_no_damage() {
    for lasts in [Lasts::ForEver, Lasts::Openings(1)] {
        let (installation, said) = lied_to(Lie::Unlisted, lasts, "v1/content/data/c");
        let stale = |path: &str| ("stale_listing".to_owned(), "first".to_owned(), path.to_owned());
        assert_eq!(results(&said.exits(1)), [stale("v1/content/data/c/d.txt")]);
        assert_eq!(installation.run(["incidents", "--json"]).exits(0).json(), Vec::<Value>::new());
        installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
        installation.run(["audit"]).exits(0);
    }
}

#[test]
fn a_document_that_cannot_be_read_is_unreadable_when_it_cannot_twice() {
    let (installation, said) = lied_to(Lie::Broken, Lasts::ForEver, "logs/v1-object.json");
    let unreadable = ("unreadable".to_owned(), "first".to_owned(), "logs/v1-object.json".to_owned());
    assert_eq!(results(&said.exits(1)), [unreadable]);
    let open = installation.run(["incidents", "--json", "--state", "open"]).exits(0).json();
    assert_eq!((open.len(), open[0]["damage"].as_str()), (1, Some("unreadable")), "{open:?}");
    // It was good all the time: the check that was queued finds it so.
    installation.run(["fixity", "check"]).exits(0).contains("0 repairs made");
    let passed = installation.run(["incidents", "--json", "--state", "passed"]).exits(0).json();
    assert_eq!(passed.len(), 1);
    let (_, said) = lied_to(Lie::Broken, Lasts::Openings(1), "logs/v1-object.json");
    assert_eq!(results(&said.exits(0)), []);
}
