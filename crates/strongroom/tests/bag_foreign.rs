//! Agreement with bagit.py: it accepts every bag that we write, and says of bags what we say.
//!
//! One difference is intended, and has a test of its own: how a percent sign in a name is written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

#[path = "support/bag_command.rs"]
mod bag_command;
#[path = "support/bag_python.rs"]
mod bag_python;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bag_command::Place;

/// Names that software gets wrong.
fn hostile_names() -> Vec<String> {
    let deep = format!("{}x", "folder of the archive/".repeat(15));
    [
        "plain.txt",
        "two  words.txt",
        " leading space",
        "line\nfeed",
        "carriage\rreturn",
        "tab\there",
        "caf\u{e9}",
        "cafe\u{301}",
        "日本語/😀",
        "back\\slash",
        "'quotes' \"and\" more",
        "-dash",
        "sub/.hidden",
        "sub/manifest-md5.txt",
        "sub/bagit.txt",
        "\u{202e}turned",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["n".repeat(255), deep])
    .collect()
}

fn fill(folder: &Path, names: &[String]) {
    for (number, name) in names.iter().enumerate() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![b'x'; number * 37]).unwrap();
    }
}

/// Unpacks by a foreign program, into a folder named as the bag.
fn unpack(place: &Place, package: &Path) -> PathBuf {
    let name = package.file_name().unwrap().to_str().unwrap();
    let target = place.path(format!("unpacked-{name}"));
    fs::create_dir(&target).unwrap();
    let mut command = if name.ends_with(".zip") {
        let mut command = Command::new("python3");
        command.args(["-X", "utf8", "-m", "zipfile", "-e"]).arg(package).arg(&target);
        command
    } else {
        let mut command = Command::new("tar");
        if name.ends_with(".zst") {
            // The tar of the system may know no Zstandard; taking it off is not what is tested here.
            let plain = place.path("plain.tar");
            zstd::stream::copy_decode(fs::File::open(package).unwrap(), fs::File::create(&plain).unwrap()).unwrap();
            command.arg("-xf").arg(plain);
        } else {
            command.arg("-xf").arg(package);
        }
        command.arg("-C").arg(&target);
        command
    };
    let output = command.output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    target.join(name.split('.').next().unwrap())
}

#[test]
fn foreign_bagit_accepts_every_form_that_we_write() {
    let place = Place::new();
    fill(&place.path("source"), &hostile_names());
    let mut folders = Vec::new();
    for target in ["a.tar", "b.tar.gz", "c.tgz", "d.tar.zst", "e.zip", "f"] {
        let ran = place.bag(["create", "source", target, "--tag", "Source-Organization=Bücherei: \"Ä\""]);
        assert_eq!(ran.code, Some(0), "{target}: {}{}", ran.stdout, ran.stderr);
        let path = place.path(target);
        place.validate(&path, &[]).check(0, Some("BAG-082"), "caf");
        folders.push(if path.is_dir() { path } else { unpack(&place, &path) });
    }
    fs::rename(place.path("source"), place.path("g")).unwrap();
    assert_eq!(place.bag(["create", "--in-place", "g"]).code, Some(0));
    folders.push(place.path("g"));
    for (folder, (is_valid, why)) in folders.iter().zip(bag_python::validate(&folders)) {
        assert!(is_valid, "{}: {why}", folder.display());
        let files = walk(&folder.join("data"));
        assert_eq!(files, hostile_names().len(), "{}", folder.display());
    }
}

fn walk(folder: &Path) -> usize {
    let count = |entry: fs::DirEntry| if entry.file_type().unwrap().is_dir() { walk(&entry.path()) } else { 1 };
    fs::read_dir(folder).unwrap().map(|entry| count(entry.unwrap())).sum()
}

/// RFC 8493 §2.1.3 wants the percent sign of a name written as `%25`, and so do we. bagit.py 1.9.0 takes `%0A` and `%0D`
/// off but not `%25`: it looks for files that are called so. When this test fails it has learnt it, and these names
/// belong among the others.
#[test]
fn foreign_bagit_does_not_know_that_a_percent_sign_is_encoded() {
    let place = Place::new();
    fill(&place.path("source"), &["100%.txt".to_owned(), "%0A is no line feed".to_owned(), "%2525".to_owned()]);
    assert_eq!(place.bag(["create", "source", "bag"]).code, Some(0));
    let manifest = fs::read_to_string(place.path("bag/manifest-sha256.txt")).unwrap();
    assert!(manifest.contains("  data/100%25.txt\n"), "{manifest}");
    place.validate(&place.path("bag"), &[]).check(0, None, "");
    let (is_valid, why) = bag_python::validate(&[place.path("bag")]).remove(0);
    assert!(!is_valid && why.contains("data/100%25.txt exists in manifest but was not found"), "{why}");
}

#[test]
fn foreign_bagit_accepts_every_algorithm_that_we_write() {
    let place = Place::new();
    fill(&place.path("source"), &["a".to_owned(), "b/c".to_owned()]);
    let mut folders = Vec::new();
    for algorithms in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "md5,sha1,sha256,sha512"] {
        let ran = place.bag(["create", "source", algorithms, "--algorithm", algorithms]);
        assert_eq!(ran.code, Some(0), "{algorithms}: {}", ran.stderr);
        folders.push(place.path(algorithms));
    }
    fs::create_dir(place.path("nothing")).unwrap();
    assert_eq!(place.bag(["create", "nothing", "of-nothing"]).code, Some(0));
    folders.push(place.path("of-nothing"));
    for (folder, (is_valid, why)) in folders.iter().zip(bag_python::validate(&folders)) {
        assert!(is_valid, "{}: {why}", folder.display());
    }
}

/// What is done to a bag after it was made.
type Breaking = fn(&Path);

fn change(path: &Path, change: impl Fn(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text, "{} stays as it was", path.display());
    fs::write(path, changed).unwrap();
}

fn for_manifests(folder: &Path, prefix: &str, work: impl Fn(&Path)) {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_meant = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(prefix);
    entries.filter(is_meant).for_each(|path| work(&path));
}

/// Takes the tag manifests away, so that what is done to tag files is judged by itself.
fn unseal(folder: &Path) {
    for_manifests(folder, "tagmanifest-", |path| fs::remove_file(path).unwrap());
}

fn tag_file(folder: &Path, name: &str, work: impl Fn(String) -> String) {
    unseal(folder);
    change(&folder.join(name), work);
}

const BREAKINGS: [(&str, Breaking); 27] = [
    ("nothing", |_| ()),
    ("flipped byte", |bag| fs::write(bag.join("data/a.txt"), "hellp").unwrap()),
    ("file cut short", |bag| fs::write(bag.join("data/a.txt"), "hell").unwrap()),
    ("missing file", |bag| fs::remove_file(bag.join("data/a.txt")).unwrap()),
    ("extra file", |bag| fs::write(bag.join("data/new.txt"), "x").unwrap()),
    ("extra empty file in a new folder", |bag| {
        fs::create_dir(bag.join("data/new")).unwrap();
        fs::write(bag.join("data/new/x"), "").unwrap();
    }),
    ("renamed file", |bag| fs::rename(bag.join("data/a.txt"), bag.join("data/A.txt")).unwrap()),
    ("wrong oxum", |bag| tag_file(bag, "bag-info.txt", |text| text.replace("Payload-Oxum: ", "Payload-Oxum: 1"))),
    ("oxum that is none", |bag| {
        tag_file(bag, "bag-info.txt", |text| text.replace("Payload-Oxum: ", "Payload-Oxum: x"))
    }),
    ("no oxum", |bag| tag_file(bag, "bag-info.txt", |text| text.replace("Payload-Oxum", "Other"))),
    ("missing bagit.txt", |bag| fs::remove_file(bag.join("bagit.txt")).unwrap()),
    ("unknown version", |bag| tag_file(bag, "bagit.txt", |text| text.replace("0.97", "7.0"))),
    ("no encoding", |bag| tag_file(bag, "bagit.txt", |text| text.lines().next().unwrap().to_owned())),
    ("byte-order mark in bagit.txt", |bag| tag_file(bag, "bagit.txt", |text| format!("\u{feff}{text}"))),
    ("changed tag file", |bag| change(&bag.join("bag-info.txt"), |text| text + "Contact-Name: B\n")),
    ("missing tag file", |bag| fs::remove_file(bag.join("bag-info.txt")).unwrap()),
    ("extra tag file", |bag| fs::write(bag.join("notes.txt"), "Title: x\n").unwrap()),
    ("no tag manifest", unseal),
    ("no payload manifest", |bag| {
        unseal(bag);
        for_manifests(bag, "manifest-", |path| fs::remove_file(path).unwrap());
    }),
    ("wrong digest", |bag| {
        unseal(bag);
        for_manifests(bag, "manifest-", |path| {
            change(path, |text| {
                let first = if text.starts_with('0') { "1" } else { "0" };
                format!("{first}{}", &text[1..])
            });
        });
    }),
    ("upper-case digests", |bag| {
        unseal(bag);
        for_manifests(bag, "manifest-", |path| {
            change(path, |text| {
                let upper =
                    |line: &str| line.split_once(' ').map(|(one, two)| format!("{} {two}\n", one.to_uppercase()));
                text.lines().filter_map(upper).collect()
            });
        });
    }),
    ("manifest that lists a missing file", |bag| {
        unseal(bag);
        for_manifests(bag, "manifest-", |path| {
            change(path, |text| {
                let line = text.lines().next().unwrap().to_owned();
                let digest = line.split(' ').next().unwrap();
                format!("{text}{digest}  data/nowhere.txt\n")
            });
        });
    }),
    ("manifest that does not list a file", |bag| {
        unseal(bag);
        for_manifests(bag, "manifest-", |path| {
            change(path, |text| {
                text.lines().filter(|line| !line.ends_with("a.txt")).map(|line| format!("{line}\n")).collect()
            });
        });
    }),
    ("manifest that leads out of the bag", |bag| {
        unseal(bag);
        for_manifests(bag, "manifest-", |path| {
            change(path, |text| {
                let digest = text.split(' ').next().unwrap().to_owned();
                format!("{text}{digest}  ../../../etc/hostname\n")
            });
        });
    }),
    ("wrong digest in a tag manifest", |bag| {
        for_manifests(bag, "tagmanifest-", |path| {
            change(path, |text| {
                let first = if text.starts_with('0') { "1" } else { "0" };
                format!("{first}{}", &text[1..])
            });
        });
    }),
    ("system file in the payload", |bag| fs::write(bag.join("data/.DS_Store"), "x").unwrap()),
    ("empty folder in the payload", |bag| fs::create_dir(bag.join("data/none")).unwrap()),
];

#[test]
fn foreign_bagit_says_of_broken_bags_what_we_say() {
    let place = Place::new();
    let mut bags = Vec::new();
    for algorithms in ["sha256", "md5,sha256,sha512"] {
        let whole = place.path(format!("whole-{algorithms}"));
        fill(&whole, &["a.txt", "b/c.txt", "é", "100%.txt", "two  words", "line\nfeed"].map(str::to_owned));
        fs::write(whole.join("a.txt"), "hello").unwrap();
        bag_python::make(algorithms, &whole);
        for (name, breaking) in BREAKINGS {
            let bag = place.path(format!("{algorithms} {name}"));
            let copied = Command::new("cp").arg("-r").arg(&whole).arg(&bag).status().unwrap();
            assert!(copied.success());
            breaking(&bag);
            bags.push(bag);
        }
    }
    let mut faults = Vec::new();
    for (bag, (theirs, why)) in bags.iter().zip(bag_python::validate(&bags)) {
        let ours = place.validate(bag, &[]);
        if (ours.code == Some(0)) != theirs {
            faults.push(format!("{}: bagit.py says {theirs} ({why}), we say {:?}", bag.display(), ours.codes()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
