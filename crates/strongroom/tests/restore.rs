//! `strongroom restore`: what was deposited comes back byte for byte, any version of it, in a valid bag.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]

#[path = "support/given_back.rs"]
mod given_back;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::path::{Path, PathBuf};

use given_back::{assert_no_leftover, entries, files_of, folder_of, payload_of};
use installation::{Installation, sample};

const LETTERS: &str = "local.archive/letters";

struct Stored {
    installation: Installation,
    folder: PathBuf,
}

fn stored(files: &[(&str, &[u8])]) -> Stored {
    let installation = Installation::new();
    let folder = installation.plain_folder("letters", files);
    installation.ingest(&folder);
    Stored { installation, folder }
}

fn restored_tar(installation: &Installation, name: &str) -> PathBuf {
    installation.data().join("restore/local.archive").join(name)
}

#[test]
fn an_object_comes_back_as_a_valid_bag_of_the_size_that_was_told() {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    let rehearsed = installation.restore(&["--dry-run", "local.archive/photographs"]);
    let report = installation.restore(&["local.archive/photographs"]);
    let tar = restored_tar(&installation, "photographs.tar");
    installation.assert_valid(&tar);
    assert_eq!(report["size_bytes"], fs::metadata(&tar).unwrap().len());
    assert_eq!(report["size_bytes"], rehearsed["size_bytes"], "it was known before");
    assert_eq!(report["sha256"], sha256_of(&fs::read(&tar).unwrap()));
    assert_eq!(report["algorithms"], serde_json::json!(["md5", "sha256"]), "those that all files have");
    let (deposited, given) = (files_of(&sample("photographs.tar")), files_of(&tar));
    assert_eq!(payload_of(&given), payload_of(&deposited));
    assert_eq!(given["aptrust-info.txt"], deposited["aptrust-info.txt"]);
    assert_eq!(given["manifest-sha256.txt"].len(), deposited["manifest-sha256.txt"].len());
    assert_no_leftover(tar.parent().unwrap());
    assert_eq!(fs::read_dir(installation.data().join("staging")).unwrap().count(), 0);
}

fn sha256_of(bytes: &[u8]) -> String {
    let mut hasher = digests::Hasher::new(digests::Algorithm::Sha256.into());
    hasher.update(bytes);
    hasher.finish().get(digests::Algorithm::Sha256).unwrap().to_hex()
}

#[test]
fn the_tags_of_the_depositor_stay_and_those_of_the_making_are_new() {
    let installation = Installation::new();
    installation.ingest(&sample("photographs.tar"));
    installation.restore(&["local.archive/photographs"]);
    let given = files_of(&restored_tar(&installation, "photographs.tar"));
    let text = String::from_utf8(given["bag-info.txt"].clone()).unwrap();
    for line in ["Source-Organization: Example University Library", "Bag-Count: 1 of 1", "Payload-Oxum: 9072.7"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("Original-Bagging-Date: 2026-11-01\n"), "{text}");
    assert!(text.contains("Original-Bagging-Software: samples/make.py\n"), "{text}");
}

#[test]
fn premis_tells_of_the_object_its_files_and_what_happened() {
    let Stored { installation, .. } = stored(&[("a.txt", b"one")]);
    installation.restore(&[LETTERS]);
    let given = files_of(&restored_tar(&installation, "letters.tar"));
    let premis = String::from_utf8(given["premis-v1.xml"].clone()).unwrap();
    assert!(premis.contains("local.archive/letters/data/a.txt"), "{premis}");
    let mut events = premis::EventReader::new(premis.as_bytes());
    let types: Vec<_> = std::iter::from_fn(|| events.next()).map(|event| event.unwrap().event_type).collect();
    assert!(types.contains(&premis::EventType::Ingestion) && types.contains(&premis::EventType::FixityCheck));
}

#[test]
fn hostile_names_come_back_as_they_were() {
    let long = format!("{}x", "folder of the archive/".repeat(15));
    let names = [
        "two  words.txt",
        " leading space",
        "line\nfeed",
        "carriage\rreturn",
        "caf\u{e9}",
        "cafe\u{301}",
        "日本語/😀",
        "back\\slash",
        "-dash",
        "100%",
        "%0A",
        "sub/.hidden",
        "sub/bagit.txt",
        "sub/manifest-md5.txt",
        "\u{202e}turned",
        &long,
    ];
    let files: Vec<_> = names.iter().map(|name| (*name, name.as_bytes())).collect();
    let Stored { installation, folder } = stored(&files);
    let report = installation.restore(&[LETTERS]);
    let tar = restored_tar(&installation, "letters.tar");
    installation.assert_valid(&tar);
    assert_eq!(payload_of(&files_of(&tar)), folder_of(&folder));
    assert_eq!(report["payload_files"], names.len());
    for name in names {
        let one = installation.command(["restore", "--to", "-", &format!("{LETTERS}/data/{name}")]).output().unwrap();
        assert_eq!(one.stdout, name.as_bytes(), "{name:?}");
    }
}

#[test]
fn every_version_comes_back_as_it_was_then() {
    let Stored { installation, folder } = stored(&[("a.txt", b"one"), ("gone.txt", b"x"), ("same.txt", b"same")]);
    let first = folder_of(&folder);
    fs::write(folder.join("a.txt"), "two").unwrap();
    fs::remove_file(folder.join("gone.txt")).unwrap();
    fs::write(folder.join("new.txt"), "same").unwrap();
    installation.run(["ingest", "--replace", folder.to_str().unwrap()]).exits(0);
    installation.restore(&[LETTERS]);
    installation.restore(&[LETTERS, "--version", "1"]);
    let (newest, oldest) = (restored_tar(&installation, "letters.tar"), restored_tar(&installation, "v1/letters.tar"));
    installation.assert_valid(&newest);
    installation.assert_valid(&oldest);
    assert_eq!(payload_of(&files_of(&newest)), folder_of(&folder));
    assert_eq!(payload_of(&files_of(&oldest)), first);
    let file = format!("{LETTERS}/data/a.txt");
    let old = installation.run(["restore", &file, "--version", "1", "--to", "-"]).exits(0);
    assert_eq!(old.out, "one");
    installation.run(["restore", LETTERS, "--file", "data/gone.txt"]).exits(1).contains("it came with version 1");
    installation.run(["restore", LETTERS, "--version", "3"]).exits(1).contains("its newest is 2");
}

#[test]
fn a_single_file_is_given_as_it_is() {
    let Stored { installation, folder } = stored(&[("maps/a.bin", &[0, 255, 10]), ("b", b"")]);
    let report = installation.restore(&[LETTERS, "--file", "data/maps/a.bin"]);
    assert_eq!((&report["form"], &report["size_bytes"]), (&"file".into(), &3.into()));
    let place = restored_tar(&installation, "letters.files/data/maps/a.bin");
    assert_eq!(fs::read(&place).unwrap(), fs::read(folder.join("maps/a.bin")).unwrap());
    installation.restore(&[&format!("{LETTERS}/data/b"), "--to", "out/"]);
    assert_eq!(fs::read(installation.folder.path().join("out/b")).unwrap(), b"");
    installation.run(["restore", &format!("{LETTERS}/data/none")]).exits(1).contains("has a file data/none");
    installation.run(["restore", "local.archive/nothing"]).exits(1);
}

#[test]
fn standard_output_gets_the_same_bag_and_nothing_else() {
    let Stored { installation, folder } = stored(&[("a.txt", b"one"), ("ø/b", b"two")]);
    let output = installation.command(["restore", "--json", "--to", "-", LETTERS]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(report["size_bytes"], output.stdout.len());
    assert_eq!(report["sha256"], sha256_of(&output.stdout));
    assert_eq!(payload_of(&entries(&output.stdout)), folder_of(&folder));
}

#[test]
fn an_unpacked_bag_is_a_valid_one() {
    let Stored { installation, folder } = stored(&[("a.txt", b"one"), ("line\nfeed/b", b"two")]);
    installation.restore(&["--unpacked", "--to", "given", LETTERS]);
    let given = installation.folder.path().join("given");
    installation.assert_valid(&given);
    assert_eq!(folder_of(&given.join("data")), folder_of(&folder));
    installation.run(["restore", "--unpacked", "--to", given.to_str().unwrap(), LETTERS]).exits(0);
    installation.assert_valid(&given.join("letters"));
    installation.run(["restore", "--unpacked", "--to", given.to_str().unwrap(), LETTERS]).exits(1);
    assert_no_leftover(installation.folder.path());
}

#[test]
fn a_target_that_is_there_is_refused_unless_it_is_the_result() {
    let Stored { installation, folder } = stored(&[("a.txt", b"one")]);
    let arguments = ["restore", LETTERS, "--to", "out.tar"];
    let target = installation.folder.path().join("out.tar");
    fs::write(&target, "mine").unwrap();
    installation.run(arguments).exits(1).contains("is there already");
    assert_eq!(fs::read(&target).unwrap(), b"mine");
    installation.run([&arguments[..], &["--overwrite"]].concat()).exits(0);
    let first = fs::read(&target).unwrap();
    assert_eq!(payload_of(&entries(&first)), folder_of(&folder));
    installation.run(arguments).exits(0).contains("There already");
    assert_eq!(fs::read(&target).unwrap(), first, "it was recognised and not written again");
    fs::write(&target, [&first[..], b"x"].concat()).unwrap();
    installation.run(arguments).exits(1).contains("is there already");
    assert_no_leftover(installation.folder.path());
}

#[test]
fn what_was_given_out_is_noted_with_its_digest() {
    let Stored { installation, .. } = stored(&[("a.txt", b"one")]);
    let report = installation.restore(&[LETTERS]);
    let events = installation.run(["events", "list", "--json", "--type", "dissemination"]).exits(0).json();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((&events[0]["id"], &events[0]["outcome"]), (&report["event"], &"success".into()));
    assert!(events[0]["note"].as_str().unwrap().ends_with(report["sha256"].as_str().unwrap()));
    installation.restore(&["--dry-run", LETTERS]);
    let again = installation.run(["events", "list", "--json", "--type", "dissemination"]).exits(0).json();
    assert_eq!(again.len(), 1, "a rehearsal leaves no trace");
}

#[test]
fn a_restored_bag_that_is_deposited_again_has_the_same_payload() {
    let Stored { installation, folder } = stored(&[("a.txt", b"one"), ("100%", b"two")]);
    installation.restore(&[LETTERS, "--to", "again/"]);
    let receipt = installation.ingest(&installation.folder.path().join("again/letters.tar"));
    assert_eq!((&receipt["version"], &receipt["new_files"]), (&2.into(), &1.into()), "premis-v1.xml is new");
    installation.restore(&[LETTERS]);
    let given = files_of(&restored_tar(&installation, "letters.tar"));
    installation.assert_valid(&restored_tar(&installation, "letters.tar"));
    assert_eq!(payload_of(&given), folder_of(&folder));
    assert!(given.contains_key("premis-v1.xml") && given.contains_key("premis-v2.xml"), "nothing of it is lost");
}

#[test]
fn tags_that_are_not_utf8_are_given_in_utf8_and_as_they_were() {
    let installation = Installation::new();
    let folder = installation.plain_folder(
        "old",
        &[
            ("bagit.txt", b"BagIt-Version: 0.97\nTag-File-Character-Encoding: ISO-8859-1\n"),
            ("bag-info.txt", b"Contact-Name: Zo\xeb\n"),
            ("data/a", b""),
            ("manifest-md5.txt", b"d41d8cd98f00b204e9800998ecf8427e  data/a\n"),
        ],
    );
    installation.ingest(&folder);
    installation.restore(&["local.archive/old", "--to", "old.tar"]);
    let given = files_of(&installation.folder.path().join("old.tar"));
    installation.assert_valid(&installation.folder.path().join("old.tar"));
    assert!(String::from_utf8(given["bag-info.txt"].clone()).unwrap().starts_with("Contact-Name: Zoë\n"));
    assert_eq!(given["bag-info.as-deposited.bin"], b"Contact-Name: Zo\xeb\n");
}

#[test]
fn the_folder_of_restorations_is_configured() {
    let installation = Installation::new();
    installation.configure("[restore]\nfolder = \"../given back\"\n");
    installation.ingest(&sample("minutes.zip"));
    installation.restore(&["local.archive/minutes"]);
    let target: &Path = &installation.folder.path().join("given back/local.archive/minutes.tar");
    installation.assert_valid(target);
}

/// Returns the hidden name under which a result is written.
fn hidden(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap().as_encoded_bytes();
    target.with_file_name(format!(".strongroom-restoring-{}", &sha256_of(name)[..16]))
}

#[test]
fn what_a_killed_restoration_left_is_removed_by_the_next() {
    let Stored { installation, folder } = stored(&[("a.txt", b"one")]);
    let out = installation.folder.path().join("out");
    fs::create_dir_all(hidden(&out).join("data/old")).unwrap();
    fs::write(hidden(&out).join("data/old/half"), "hal").unwrap();
    installation.restore(&["--unpacked", "--to", "out", LETTERS]);
    assert_eq!(folder_of(&out.join("data")), folder_of(&folder));
    let tar = installation.folder.path().join("out.tar");
    fs::write(hidden(&tar), vec![1; 1_000_000]).unwrap();
    let report = installation.restore(&["--to", "out.tar", LETTERS]);
    assert_eq!(report["size_bytes"], fs::metadata(&tar).unwrap().len());
    assert_no_leftover(installation.folder.path());
}

#[test]
fn a_bucket_that_is_not_configured_is_no_place_and_no_folder_of_its_name_is_made_here() {
    let Stored { installation, .. } = stored(&[("a.txt", b"one")]);
    for place in ["s3://bucket/", "s3://bucket/letters.tar"] {
        installation.run(["restore", LETTERS, "--to", place]).exits(2).contains("[[restore_places]]");
    }
    assert!(!installation.folder.path().join("s3:").exists());
}

#[test]
fn a_link_in_the_place_of_the_hidden_name_is_not_followed() {
    let Stored { installation, .. } = stored(&[("a.txt", b"one")]);
    let victim = installation.plain_folder("victim", &[("precious", b"bytes")]);
    let (out, tar) = (installation.folder.path().join("out"), installation.folder.path().join("out.tar"));
    std::os::unix::fs::symlink(&victim, hidden(&out)).unwrap();
    std::os::unix::fs::symlink(victim.join("precious"), hidden(&tar)).unwrap();
    installation.run(["restore", "--unpacked", "--to", "out", LETTERS]).exits(2).contains("cannot write");
    installation.run(["restore", "--to", "out.tar", LETTERS]).exits(2).contains("cannot write");
    assert_eq!(fs::read(victim.join("precious")).unwrap(), b"bytes");
}

#[test]
fn a_file_of_the_depositor_keeps_its_name_where_ours_would_be() {
    let installation = Installation::new();
    let empty = "d41d8cd98f00b204e9800998ecf8427e";
    let folder = installation.plain_folder(
        "odd",
        &[
            ("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"),
            ("data/a", b""),
            ("manifest-md5.txt", format!("{empty}  data/a\n").as_bytes()),
            ("premis-v1.xml/mine", b"a folder of that name"),
            ("premis-v1-2.xml", b"a file of that name"),
        ],
    );
    installation.ingest(&folder);
    installation.restore(&["local.archive/odd", "--to", "odd.tar"]);
    installation.assert_valid(&installation.folder.path().join("odd.tar"));
    let given = files_of(&installation.folder.path().join("odd.tar"));
    assert_eq!(given["premis-v1-2.xml"], b"a file of that name");
    assert_eq!(given["premis-v1.xml/mine"], b"a folder of that name");
    assert!(given["premis-v1-3.xml"].starts_with(b"<?xml"));
    assert!(given.contains_key("bag-info.txt"), "a bag without one gets one");
}
