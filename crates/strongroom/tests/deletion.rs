//! Nothing is destroyed but by two people: every way that is refused, and the one that is not.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[path = "support/two_people.rs"]
mod two_people;

use std::fs;

use installation::{Installation, files_below, sample};
use serde_json::Value;
use two_people::{AT_ONCE, People, shown, state};

const PHOTOGRAPHS: &str = "local.archive/photographs";

fn with_samples(configuration: &str) -> (Installation, People) {
    let installation = Installation::new();
    installation.configure(configuration);
    installation.ingest_samples();
    let people = People::of(&installation);
    (installation, people)
}

fn ready() -> (Installation, People) {
    with_samples(AT_ONCE)
}

/// Insists that all that is stored is as it was.
#[track_caller]
fn is_untouched(installation: &Installation) {
    installation.run(["objects", "show", PHOTOGRAPHS]).exits(0);
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
}

/// A user tries something, and is told why not.
#[track_caller]
fn is_refused(all: &(Installation, People), login: &str, arguments: &[&str], because: &str) {
    let (installation, people) = all;
    people.call(installation, login, arguments).exits(1).contains(because).contains("Nothing was changed");
    is_untouched(installation);
}

fn request<'a>(what: &[&'a str]) -> Vec<&'a str> {
    [&["delete", "request"], what, &["--reason", "the donor asked"]].concat()
}

#[test]
fn what_two_people_agree_to_is_destroyed_and_certified() {
    let (installation, people) = ready();
    let folders = ["first", "second"].map(|store| installation.object(store, PHOTOGRAPHS));
    let id = people.request(&installation, &[PHOTOGRAPHS]);
    assert_eq!(shown(&installation, &id)["state"], "requested");
    installation.run(["delete", "run"]).exits(0).contains("nothing is due");
    people.approve(&installation, &id);
    assert!(folders.iter().all(|folder| folder.is_dir()), "nothing goes by the approval itself");
    installation.run(["delete", "run"]).exits(0).contains("deleted: local.archive/photographs");
    for folder in &folders {
        assert!(!folder.exists() && !folder.parent().unwrap().exists(), "no folder is left, not even an empty one");
    }
    let told = shown(&installation, &id);
    assert_eq!((&told["state"], &told["targets"][0]["state"]), (&Value::from("ended"), &Value::from("deleted")));
    assert_eq!(told["targets"][0]["confirmed"].as_array().unwrap().len(), 2);
    // It is known who did it, everywhere that one may look.
    for command in
        [vec!["objects", "show", PHOTOGRAPHS], vec!["restore", PHOTOGRAPHS], vec!["files", "list", PHOTOGRAPHS]]
    {
        let said = installation.run(command).exits(1);
        said.contains("requested by ann, approved by ben").contains(&format!("delete certificate {id}"));
    }
    let events = installation.run(["events", "list", "--json", "--object", PHOTOGRAPHS]).exits(0).json();
    assert_eq!(events.iter().filter(|event| event["event_type"] == "deletion").count(), 3);
    let listed = installation.run(["objects", "list", "--state", "deleted", "--json"]).exits(0).json();
    assert_eq!((listed.len(), &listed[0]["identifier"]), (1, &Value::from(PHOTOGRAPHS)));
    assert_eq!(installation.run(["objects", "list", "--json"]).exits(0).json().len(), 2);
    let tombstones = files_below(&installation.store("first").join("tombstones"));
    assert_eq!(tombstones, files_below(&installation.store("second").join("tombstones")));
    assert_eq!(tombstones.len(), 4);
    // Fixity misses nothing, and nobody is at work any more.
    installation.run(["fixity", "check", "--all"]).exits(0).contains("4 replicas proven, 0 repairs made");
    assert!(installation.run(["incidents", "--json"]).exits(0).json().is_empty());
    installation.run(["ocfl", "validate", installation.store("first").join("ocfl").to_str().unwrap()]).exits(0);
    installation.run(["doctor"]).exits(0);
    installation.run(["delete", "run"]).exits(0).contains("nothing is due");
    installation.run(["items", "list", "--status", "success", "--json"]).exits(0).contains("\"action\":\"delete\"");
}

#[test]
fn a_certificate_is_checked_without_the_installation_and_a_changed_one_is_found() {
    let (installation, people) = ready();
    let id = people.delete(&installation, &[PHOTOGRAPHS]);
    let certificate = installation.run(["delete", "certificate", &id]).exits(0).out;
    let file = installation.folder.path().join("certificate.json");
    fs::write(&file, &certificate).unwrap();
    installation.run(["delete", "verify-certificate", "certificate.json"]).exits(0).contains("It holds");
    let elsewhere = Installation::new();
    let path = file.to_str().unwrap();
    elsewhere.run(["delete", "verify-certificate", path]).exits(0).contains("Compare the key");
    let keys = files_below(&installation.store("second").join("tombstones/keys"));
    let key = installation.store("second").join("tombstones/keys").join(&keys[0].0);
    let key = key.to_str().unwrap();
    elsewhere.run(["delete", "verify-certificate", path, "--key", key]).exits(0);
    elsewhere.run(["delete", "verify-certificate", path, "--key", &"00".repeat(32)]).exits(1).contains("another key");
    fs::write(&file, certificate.replace("ben", "eve")).unwrap();
    elsewhere.run(["delete", "verify-certificate", path]).exits(1).contains("does not hold");
    fs::write(&file, "{}").unwrap();
    elsewhere.run(["delete", "verify-certificate", path]).exits(1).contains("no certificate");
    fs::write(&file, "").unwrap();
    elsewhere.run(["delete", "verify-certificate", path]).exits(1).contains("is empty");
}

#[test]
fn nobody_approves_what_they_asked_for() {
    let all = ready();
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    is_refused(&all, "ann", &["delete", "approve", &id], "a second person must approve it");
}

#[test]
fn another_account_of_the_same_person_is_no_second_person() {
    let mut all = ready();
    let role = ["--role", "institutional_admin", "--institution", "local.archive"];
    all.1.add(&all.0, "ann2", " Ann@Example.ORG ", &role);
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    is_refused(&all, "ann2", &["delete", "approve", &id], "an account of the same person");
}

#[test]
fn users_and_admins_of_other_institutions_and_the_installation_decide_nothing() {
    let all = ready();
    for login in ["uma", "olga", "root"] {
        is_refused(&all, login, &request(&[PHOTOGRAPHS]), "for an institutional_admin of that institution to decide");
    }
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    for login in ["uma", "olga", "root"] {
        is_refused(&all, login, &["delete", "approve", &id], "to decide");
        is_refused(&all, login, &["delete", "cancel", &id], "to decide");
    }
}

#[test]
fn a_claim_without_proof_is_none() {
    let (installation, people) = ready();
    let id = people.request(&installation, &[PHOTOGRAPHS]);
    installation.run(["delete", "approve", &id]).exits(2).contains("say who is asking");
    installation.run(["delete", "approve", &id, "--as", "ben"]).exits(2).contains("the token of ben is missing");
    let mut command = installation.command(["delete", "approve", &id]);
    command.env("STRONGROOM_USER", "ben").env("STRONGROOM_TOKEN", people.token("ann"));
    installation::Said::from(command.output().unwrap()).exits(2).contains("ben is not proven");
    let mut command = installation.command(["delete", "approve", &id, "--as", "nobody"]);
    command.env("STRONGROOM_TOKEN", people.token("ann"));
    installation::Said::from(command.output().unwrap()).exits(2).contains("nobody is not proven");
    assert_eq!(shown(&installation, &id)["state"], "requested");
    // By a file it works, and the token stands in no table.
    fs::write(installation.folder.path().join("ben.token"), people.token("ben")).unwrap();
    installation.run(["delete", "approve", &id, "--as", "ben", "--token-file", "ben.token"]).exits(0);
    let registry = fs::read(installation.data().join("registry.sqlite")).unwrap();
    let token = people.token("ben").as_bytes();
    assert!(!registry.windows(token.len()).any(|window| window == token));
}

#[test]
fn a_deactivated_user_is_not_let_in_any_more() {
    let (installation, people) = ready();
    let id = people.request(&installation, &[PHOTOGRAPHS]);
    people.call(&installation, "root", &["user", "deactivate", "ben"]).exits(0);
    people.call(&installation, "ben", &["delete", "approve", &id]).exits(2).contains("not proven");
    people.call(&installation, "root", &["user", "deactivate", "root"]).exits(1).contains("last active admin");
    people.call(&installation, "uma", &["user", "deactivate", "ann"]).exits(1).contains("may not deactivate");
}

#[test]
fn users_are_added_by_those_who_may() {
    let installation = Installation::new();
    let ann = ["user", "add", "ann", "--person", "a@example.org", "--role", "institutional_admin", "--institution"];
    installation.run(ann.iter().chain(&["local.archive"])).exits(1).contains("first one must be an admin");
    installation.configure(AT_ONCE);
    let people = People::of(&installation);
    let add = |by: &str, more: &[&str]| {
        people.call(&installation, by, &[&["user", "add", "new", "--person", "n@x.org"], more].concat())
    };
    let user = ["--role", "institutional_user", "--institution", "local.archive"];
    let admin = ["--role", "institutional_admin", "--institution", "local.archive"];
    add("ann", &admin).exits(1).contains("may not add");
    add("uma", &user).exits(1).contains("may not add");
    add("olga", &user).exits(1).contains("may not add");
    add("root", &["--role", "admin", "--institution", "local.archive"]).exits(1).contains("leave --institution out");
    add("root", &["--role", "institutional_user"]).exits(1).contains("--institution");
    add("root", &["--role", "institutional_user", "--institution", "no.such.org"]).exits(1).contains("not configured");
    add("ann", &user).exits(0);
    add("root", &user).exits(1).contains("never given twice");
    assert_eq!(installation.run(["user", "list", "--json"]).exits(0).json().len(), 6);
}

#[test]
fn a_lone_admin_approves_only_where_that_is_set_and_there_is_no_other() {
    let lone = format!("{AT_ONCE}lone_admin_approves = true\n");
    let all = with_samples(&lone);
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    is_refused(&all, "ann", &["delete", "approve", &id], "there are 2 persons who could approve");
    all.1.call(&all.0, "root", &["user", "deactivate", "ben"]).exits(0);
    all.0.configure(AT_ONCE);
    is_refused(&all, "ann", &["delete", "approve", &id], "a second person must approve it");
    all.0.configure(&lone);
    all.1.call(&all.0, "ann", &["delete", "approve", &id]).exits(0);
    // It is looked at again before the bytes go.
    all.0.configure(AT_ONCE);
    all.0.run(["delete", "run"]).exits(1).contains("refused");
    is_untouched(&all.0);
    all.0.configure(&lone);
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    all.1.call(&all.0, "ann", &["delete", "approve", &id]).exits(0);
    all.0.run(["delete", "run"]).exits(0).contains("deleted");
}

#[test]
fn what_is_not_there_cannot_be_deleted() {
    let all = ready();
    is_refused(&all, "ann", &request(&["local.archive/nothing"]), "no object local.archive/nothing is held");
    let file = format!("{PHOTOGRAPHS}/data/nothing.txt");
    is_refused(&all, "ann", &request(&[&file]), "has no file data/nothing.txt");
    let digest = format!("sha256:{}", "0".repeat(64));
    is_refused(&all, "ann", &request(&["--digest", &digest]), "nothing is to be taken down");
    all.1.delete(&all.0, &["local.archive/minutes"]);
    is_refused(&all, "ann", &request(&["local.archive/minutes"]), "was deleted on");
}

#[test]
fn a_deletion_has_a_reason() {
    let all = ready();
    is_refused(&all, "ann", &["delete", "request", PHOTOGRAPHS, "--reason", "  "], "say why");
    all.1.call(&all.0, "ann", &["delete", "request", PHOTOGRAPHS]).exits(2).contains("--reason");
}

#[test]
fn a_list_is_of_one_institution_and_not_empty() {
    let all = ready();
    let list = all.0.folder.path().join("list");
    fs::write(&list, "local.archive/photographs\nother.example.org/photographs\n").unwrap();
    is_refused(&all, "ann", &request(&["--list", "list"]), "make a list for each");
    fs::write(&list, "\n").unwrap();
    is_refused(&all, "ann", &request(&["--list", "list"]), "1 to 10000 objects");
    fs::write(&list, "local.archive/photographs\nno name\n").unwrap();
    all.1.call(&all.0, "ann", &request(&["--list", "list"])).exits(2).contains("line 2");
}

#[test]
fn a_list_is_one_request_and_one_approval() {
    let (installation, people) = ready();
    let list = "local.archive/minutes\nlocal.archive/photographs/data/1923/harbour.png\nlocal.archive/minutes\n";
    fs::write(installation.folder.path().join("list"), list).unwrap();
    let id = people.delete(&installation, &["--list", "list"]);
    let told = shown(&installation, &id);
    let targets = told["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 2);
    assert_eq!((&targets[0]["extent"], &targets[1]["extent"]), (&Value::from("object"), &Value::from("files")));
    assert!(targets.iter().all(|target| target["state"] == "deleted"), "{told}");
    assert_eq!(installation.run(["delete", "certificate", &id]).exits(0).out.lines().count(), 2);
    fs::write(installation.folder.path().join("all"), installation.run(["delete", "certificate", &id]).out).unwrap();
    assert_eq!(installation.run(["delete", "verify-certificate", "all", "--json"]).exits(0).json().len(), 2);
    installation.run(["objects", "show", "local.archive/minutes"]).exits(1);
    installation.run(["objects", "show", PHOTOGRAPHS]).exits(0);
}

#[test]
fn a_store_that_keeps_what_it_was_given_is_heard() {
    let all = with_samples(&format!("{AT_ONCE}retention_days = 30\n"));
    is_refused(&all, "ann", &request(&[PHOTOGRAPHS]), "retention_days");
    // It may come to be set after all agreed.
    all.0.configure(AT_ONCE);
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    all.1.approve(&all.0, &id);
    all.0.configure(&format!("{AT_ONCE}retention_days = 30\n"));
    all.0.run(["delete", "run"]).exits(1).contains("refused").contains("retention_days");
    assert_eq!(state(&all.0, &id), "refused");
    is_untouched(&all.0);
}

#[test]
fn two_deletions_of_the_same_object_do_not_meet() {
    let all = ready();
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    let file = format!("{PHOTOGRAPHS}/data/1923/harbour.png");
    is_refused(&all, "ben", &request(&[&file]), &format!("deletion {id} is about {PHOTOGRAPHS} already"));
    all.1.call(&all.0, "ben", &["delete", "cancel", &id]).exits(0);
    all.1.request(&all.0, &[&file]);
}

#[test]
fn nothing_goes_while_the_waiting_period_lasts_and_until_then_it_can_be_called_off() {
    let all = with_samples("institutions = [\"local.archive\", \"other.example.org\"]\n");
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    all.1.call(&all.0, "ben", &["delete", "approve", &id]).exits(0).contains("until then");
    all.0.run(["delete", "run"]).exits(0).contains("nothing is due");
    // Nobody hastens it by a back door.
    let item = shown(&all.0, &id)["targets"][0]["item"].to_string();
    all.0.run(["item", "retry", &item]);
    all.0.run(["item", "cancel", &item]).exits(1).contains("delete cancel");
    all.0.ingest(&sample("letters-folder"));
    all.0.run(["delete", "run"]).exits(0).contains("nothing is due");
    is_refused(&all, "ben", &["delete", "approve", &id], "is approved");
    all.1.call(&all.0, "ann", &["delete", "cancel", &id]).exits(0).contains("nothing has gone");
    assert_eq!(shown(&all.0, &id)["state"], "cancelled");
    is_refused(&all, "ben", &["delete", "approve", &id], "is cancelled");
    is_refused(&all, "ben", &["delete", "cancel", &id], "was cancelled");
    all.0.run(["delete", "certificate", &id]).exits(1).contains("not certified");
    all.0.run(["delete", "certificate", "77"]).exits(1).contains("there is no deletion 77");
    is_untouched(&all.0);
}

#[test]
fn what_is_gone_cannot_be_called_off() {
    let (installation, people) = ready();
    let id = people.delete(&installation, &[PHOTOGRAPHS]);
    people.call(&installation, "ben", &["delete", "cancel", &id]).exits(1).contains("has ended");
}

#[test]
fn a_version_that_came_since_the_request_stays() {
    let all = ready();
    let id = all.1.request(&all.0, &["local.archive/letters-folder"]);
    let folder = all.0.folder.path().join("letters-folder");
    installation::copy_tree(&sample("letters-folder"), &folder);
    fs::write(folder.join("new.txt"), "new").unwrap();
    all.0.ingest(&folder);
    is_refused(&all, "ben", &["delete", "approve", &id], "has version 2 since");
    all.1.call(&all.0, "ann", &["delete", "cancel", &id]).exits(0);
    let id = all.1.request(&all.0, &["local.archive/letters-folder"]);
    all.1.approve(&all.0, &id);
    fs::write(folder.join("newer.txt"), "newer").unwrap();
    assert_eq!(all.0.ingest(&folder)["version"], 3, "a deletion that is not begun keeps no deposit waiting");
    all.0.run(["delete", "run"]).exits(1).contains("refused").contains("has version 3 since");
    assert_eq!(state(&all.0, &id), "refused");
    is_untouched(&all.0);
}

#[test]
fn one_who_agreed_and_may_decide_no_more_stops_it() {
    for login in ["ann", "ben"] {
        let all = ready();
        let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
        all.1.approve(&all.0, &id);
        all.1.call(&all.0, "root", &["user", "deactivate", login]).exits(0);
        all.0.run(["delete", "run"]).exits(1).contains("is no active admin any more");
        assert_eq!(state(&all.0, &id), "refused");
        is_untouched(&all.0);
    }
    let all = ready();
    let id = all.1.request(&all.0, &[PHOTOGRAPHS]);
    all.1.call(&all.0, "root", &["user", "deactivate", "ann"]).exits(0);
    is_refused(&all, "ben", &["delete", "approve", &id], "is no active admin any more");
}

#[test]
fn a_rehearsal_asks_for_nothing() {
    let all = ready();
    let said = all.1.call(&all.0, "ann", &[&request(&[PHOTOGRAPHS])[..], &["--dry-run"]].concat());
    said.exits(0).contains("Could be requested");
    assert!(all.0.run(["delete", "list", "--json"]).exits(0).json().is_empty());
    assert_eq!(all.1.request(&all.0, &[PHOTOGRAPHS]), "1");
}

#[test]
fn what_was_deleted_may_come_again_under_another_storage_option() {
    let options = "[[stores]]\nid = \"first\"\nurl = \"stores/first\"\n[[stores]]\nid = \"second\"\n\
        url = \"stores/second\"\n[[storage_options]]\nname = \"Standard\"\nstores = [\"first\", \"second\"]\n\
        [[storage_options]]\nname = \"One\"\nstores = [\"second\"]\n";
    let (installation, people) = with_samples(&format!("{AT_ONCE}{options}"));
    let before = installation.run(["objects", "show", "--json", PHOTOGRAPHS]).exits(0).json().remove(0);
    let id = people.delete(&installation, &[PHOTOGRAPHS]);
    let bag = sample("photographs.tar");
    let bag = bag.to_str().unwrap();
    let receipt = installation.run(["ingest", "--json", "--storage-option", "One", bag]).exits(0).json().remove(0);
    assert_eq!((&receipt["outcome"], &receipt["version"]), (&Value::from("stored"), &Value::from(1)));
    assert_ne!(receipt["object_id"], before["id"], "it is another object");
    assert_eq!(receipt["storage_option"], "One");
    installation.run(["fixity", "check", "--all"]).exits(0).contains("0 repairs made");
    installation.run(["restore", PHOTOGRAPHS, "--to", "back.tar"]).exits(0);
    installation.run(["bag", "validate", "back.tar"]).exits(0);
    // The very same deposit, with the same wishes, is no news now; and the old one is still told as deleted.
    let again = installation.run(["ingest", "--json", "--storage-option", "One", bag]).exits(0).json().remove(0);
    assert_eq!(again["version"], 1);
    let deleted = installation.run(["objects", "list", "--state", "deleted", "--json"]).exits(0).json();
    assert_eq!((&deleted[0]["id"], deleted[0]["deletion"].to_string()), (&before["id"], id));
    // The new one can be deleted as well.
    people.delete(&installation, &[PHOTOGRAPHS]);
    assert_eq!(installation.run(["objects", "list", "--state", "deleted", "--json"]).exits(0).json().len(), 2);
    installation.run(["doctor"]).exits(0);
}

#[test]
fn the_same_deposit_after_a_deletion_is_a_new_one() {
    let (installation, people) = ready();
    people.delete(&installation, &[PHOTOGRAPHS]);
    let receipt = installation.ingest(&sample("photographs.tar"));
    assert_eq!((&receipt["outcome"], &receipt["version"]), (&Value::from("stored"), &Value::from(1)));
    installation.run(["objects", "show", PHOTOGRAPHS]).exits(0);
}
