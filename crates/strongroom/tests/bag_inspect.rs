//! `strongroom bag inspect`: what it says of bags in every form.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "support/bag_command.rs"]
mod bag_command;
#[path = "support/hostile.rs"]
mod hostile;

use bag_command::Place;
use digests::Algorithm::{Md5, Sha256};
use hostile::bag_files::BagFiles;
use serde_json::Value;

fn btr() -> BagFiles {
    BagFiles::btr().seal(&[Md5, Sha256], &[Sha256])
}

fn inspect(place: &Place, name: &str) -> Value {
    let ran = place.bag(["inspect", "--json", name]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn every_form_is_described_alike() {
    let place = Place::new();
    btr().write_to(&place.path("bag"));
    for (name, form, bytes) in [
        ("bag.tar", "tar", btr().tar()),
        ("bag.tgz", "tar.gz", btr().tar_gz()),
        ("bag.tar.zst", "tar.zst", btr().tar_zst()),
        ("bag.zip", "zip", btr().zip()),
        ("bag", "folder", Vec::new()),
    ] {
        if !bytes.is_empty() {
            place.file(name, bytes);
        }
        let json = inspect(&place, name);
        assert_eq!(json["form"], form);
        assert_eq!(json["top_folder"], "bag");
        assert_eq!((&json["version"], &json["encoding"]), (&"1.0".into(), &"UTF-8".into()));
        assert_eq!((&json["payload_files"], &json["payload_bytes"]), (&1.into(), &5.into()));
        assert_eq!(json["manifests"], serde_json::json!(["md5", "sha256"]));
        assert_eq!(json["tag_manifests"], serde_json::json!(["sha256"]));
        assert_eq!(json["profile_identifier"], bagit::BTR_IDENTIFIER);
        assert_eq!(json["findings"]["list"], serde_json::json!([]), "{name}");
        assert_eq!(json["is_hashed"], name.contains('z') && !name.ends_with("zip"));
    }
}

#[test]
fn people_are_told_the_same() {
    let place = Place::new();
    place.file("bag.tar", btr().tar());
    let ran = place.bag(["inspect", "bag.tar"]);
    assert_eq!(ran.code, Some(0));
    for line in [
        "bag.tar\n",
        "form         tar, ",
        "top folder   bag\n",
        "version      1.0\n",
        "payload      1 file, 5 B\n",
        "manifests    md5 sha256\n",
        "    Source-Organization: Example Library\n",
        "The payload was not hashed",
    ] {
        assert!(ran.stdout.contains(line), "no {line:?} in:\n{}", ran.stdout);
    }
}

#[test]
fn what_shows_without_hashing_is_found() {
    let place = Place::new();
    let files = btr().without("data/a.txt").file("data/new.txt", "x");
    for (name, bytes) in [("bag.tar", files.tar()), ("bag.zip", files.zip())] {
        place.file(name, bytes);
        let found = inspect(&place, name)["findings"]["list"].to_string();
        for code in ["BAG-019", "BAG-063", "BAG-065"] {
            assert!(found.contains(code), "{name}: no {code} in {found}");
        }
    }
}

#[test]
fn a_large_payload_is_not_read() {
    let place = Place::new();
    let files = BagFiles::plain().file("data/large", vec![7; 8 << 20]).seal(&[Md5], &[]);
    // Damage that only hashing could find.
    let path = place.file("bag.tar", files.file("data/large", vec![8; 8 << 20]).tar());
    assert_eq!(inspect(&place, "bag.tar")["findings"]["list"], serde_json::json!([]));
    place.validate(&path, &[]).check(1, Some("BAG-068"), "data/large");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let place = Place::new();
    let ran = place.bag(["inspect", "missing.tar"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("missing.tar"), "{}", ran.stderr);
}
