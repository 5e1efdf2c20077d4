//! Bags that we write: what comes out is read back by ourselves and found valid, and is the same each time.

mod archive;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::Path;

use archive::{Packed, codes, unpacked};
use bagit::{
    BagOptions, BagitError, Form, GatherOptions, Kept as _, Location, Member, MemberIndex, Observer, Package,
    PackageLimits, Payload, Spool, Tag, bag_in_place, gather, generate_tag_files, write_bag,
};
use digests::{Algorithm, Algorithms, Control, Digests};

const FORMS: [(&str, Form); 5] = [
    ("bag1", Form::BagFolder),
    ("bag1.tar", Form::Tar),
    ("bag1.tar.gz", Form::TarGzip),
    ("bag1.tar.zst", Form::TarZstandard),
    ("bag1.zip", Form::Zip),
];

/// Names that are hard on a bagger, and files of many sizes.
fn files() -> Packed {
    let long = format!("{}/{}", "d".repeat(200), "f".repeat(200));
    let names = ["b.txt", "a/ä\u{301}.txt", "100%.txt", "line\nbreak", "carriage\rreturn", " space ", "a\\b", &long];
    let mut files: Vec<_> = names.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec())).collect();
    files.push(("empty".to_owned(), Vec::new()));
    files.push(("large.bin".to_owned(), (0..9_000_001_u32).map(|number| (number >> 9) as u8).collect()));
    unpacked("files", &files)
}

fn options() -> BagOptions {
    let tag = |file: &str, name: &str, value: &str| Tag { file: file.into(), name: name.into(), value: value.into() };
    BagOptions {
        tags: vec![
            tag("bag-info.txt", "Source-Organization", "Université de Liège"),
            tag("aptrust-info.txt", "Title", "Letters"),
            tag("bag-info.txt", "Contact-Name", ""),
        ],
        bagging_date: Some("2026-11-20".into()),
        created_at: 1_700_000_000,
        ..BagOptions::default()
    }
}

fn write(payload: &Path, target: &Path, form: Form) -> Result<bagit::WrittenBag, BagitError> {
    write_bag(&Payload::of_folder(payload)?, target, form, &options(), &Spool::new())
}

fn written(form: Form, name: &str, payload: &Packed) -> Packed {
    let folder = tempfile::tempdir().expect("there is room for a test");
    let path = folder.path().join(name);
    write(&payload.path, &path, form).expect("it can be written");
    Packed { folder, path }
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("it can be listed").file_name().into_string().expect("it is UTF-8")).collect();
    names.sort();
    names
}

#[test]
fn what_we_write_is_valid_in_every_form() {
    let payload = files();
    for (name, form) in FORMS {
        let bag = written(form, name, &payload);
        assert_eq!(bag.open().form(), form);
        let report = bag.validate();
        let worse: Vec<_> = report.findings.list.iter().filter(|finding| finding.is_error()).collect();
        assert!(worse.is_empty(), "{name}: {worse:#?}");
        assert_eq!((report.payload_files, report.manifests.len(), report.tag_manifests.len()), (10, 2, 2), "{name}");
        assert_eq!(report.tag("bag-info.txt", "Payload-Oxum"), Some("9000460.10"), "{name}");
        assert_eq!(report.tag("bag-info.txt", "Bag-Size"), Some("9.0 MB"));
        assert_eq!(report.tag("bag-info.txt", "Bagging-Date"), Some("2026-11-20"));
        assert_eq!(report.tag("aptrust-info.txt", "Title"), Some("Letters"));
        assert_eq!(entries(bag.folder.path()), [name], "nothing temporary is left");
    }
}

#[test]
fn the_same_payload_gives_the_same_bytes() {
    let payload = files();
    for (name, form) in &FORMS[1..] {
        let [one, other] = [(); 2].map(|()| fs::read(written(*form, name, &payload).path).expect("it was written"));
        assert!(one == other, "{name}");
    }
}

#[test]
fn the_members_that_are_returned_are_those_that_are_read_back() {
    let payload = files();
    let folder = tempfile::tempdir().expect("there is room for a test");
    for (name, form) in FORMS {
        let path = folder.path().join(name);
        let written = write(&payload.path, &path, form).expect("it can be written");
        let options = GatherOptions { algorithms: BagOptions::default().algorithms, ..GatherOptions::default() };
        let package = Package::open(&path).expect("it can be opened");
        let gathered = gather(&package, &options, &Spool::new()).expect("it can be read");
        assert_eq!(gathered.members.len(), written.members.len());
        for (index, member) in written.members.iter() {
            let same = gathered.members.find(member.path).expect("it was written");
            assert_eq!(gathered.members.get(same).size_bytes, member.size_bytes);
            for algorithm in options.algorithms.iter() {
                assert_eq!(gathered.members.digest(same, algorithm), written.members.digest(index, algorithm));
            }
        }
    }
}

#[test]
fn times_of_files_are_kept() {
    let payload = unpacked("files", &[("old.txt".to_owned(), b"old".to_vec())]);
    let file = fs::File::options().write(true).open(payload.path.join("old.txt")).expect("it is ours");
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000)).expect("it is ours");
    for (name, form) in FORMS {
        let gathered = written(form, name, &payload).gather();
        let index = gathered.members.find("data/old.txt").expect("it was written");
        assert_eq!(gathered.members.get(index).modified_at, 1_000_000_000, "{name}");
    }
}

#[test]
fn an_empty_payload_is_a_bag_too() {
    let payload = unpacked("files", &[]);
    for (name, form) in FORMS {
        let report = written(form, name, &payload).validate();
        assert!(report.is_valid(), "{name}: {:#?}", report.findings.list);
        assert_eq!(report.tag("bag-info.txt", "Payload-Oxum"), Some("0.0"));
    }
}

#[test]
fn nothing_is_replaced_and_nothing_partial_is_left() {
    let payload = files();
    let folder = tempfile::tempdir().expect("there is room for a test");
    for (name, form) in FORMS {
        let target = folder.path().join(name);
        fs::write(&target, b"precious").expect("it is new");
        assert!(matches!(write(&payload.path, &target, form), Err(BagitError::TargetExists { .. })));
        assert_eq!(fs::read(&target).expect("it is still there"), b"precious");
        fs::remove_file(&target).expect("it is ours");
    }
    symlink("/etc/passwd", payload.path.join("zz-link")).expect("it is new");
    for (name, form) in FORMS {
        let refused = write(&payload.path, &folder.path().join(name), form);
        let Err(BagitError::CannotBag { findings, .. }) = refused else { panic!("a link cannot be in a bag") };
        assert_eq!(findings.with_code(bagit::rules::ENTRY_LINK.code).count(), 1);
    }
    assert_eq!(entries(folder.path()), Vec::<String>::new());
}

/// Changes a file while the bag is being written.
struct Meddler<'a>(&'a Path);

impl Observer for Meddler<'_> {
    fn keep(&self, _path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        Ok(None)
    }

    fn member(&self, _index: MemberIndex, member: &Member<'_>, _digests: &Digests) -> Control {
        if member.path == "data/a-large" {
            fs::write(self.0.join("z-last"), b"longer than it was").expect("it is ours");
        }
        Control::Continue
    }
}

#[test]
fn a_file_that_changes_under_our_hands_is_not_bagged() {
    for (name, form) in FORMS {
        let large = vec![1; 6 << 20];
        let files = ["a-large", "m-large", "n-large", "o-large", "p-large", "q-large"];
        let mut files: Vec<_> = files.iter().map(|name| ((*name).to_owned(), large.clone())).collect();
        files.push(("z-last".to_owned(), b"short".to_vec()));
        let payload = unpacked("files", &files);
        let folder = tempfile::tempdir().expect("there is room for a test");
        let source = Payload::of_folder(&payload.path).expect("it is a folder");
        let written = write_bag(&source, &folder.path().join(name), form, &options(), &Meddler(&payload.path));
        let Err(BagitError::CannotBag { findings, .. }) = written else { panic!("{name}: {written:?}") };
        assert_eq!(findings.list[0].code, bagit::rules::MEMBER_CHANGED.code);
        assert_eq!(entries(folder.path()), Vec::<String>::new());
    }
}

#[test]
fn options_that_could_not_be_read_back_are_refused() {
    let payload = unpacked("files", &[]);
    let source = Payload::of_folder(&payload.path).expect("it is a folder");
    let target = payload.folder.path().join("bag.tar");
    for (file, name, value) in [
        ("bag-info.txt", "A:B", "x"),
        ("bag-info.txt", "", "x"),
        ("bag-info.txt", "A", "two\nlines"),
        ("bag-info.txt", "payload-oxum", "1.1"),
        ("data/x.txt", "A", "x"),
        ("data", "A", "x"),
        ("bagit.txt", "A", "x"),
        ("manifest-md5.txt", "A", "x"),
        ("../x.txt", "A", "x"),
        ("/x.txt", "A", "x"),
        ("a//x.txt", "A", "x"),
    ] {
        let tag = Tag { file: file.into(), name: name.into(), value: value.into() };
        let options = BagOptions { tags: vec![tag], ..BagOptions::default() };
        let refused = write_bag(&source, &target, Form::Tar, &options, &Spool::new());
        assert!(matches!(refused, Err(BagitError::BagOption(_))), "{file} {name}");
    }
    let none = BagOptions { algorithms: Algorithms::NONE, ..BagOptions::default() };
    let refused = write_bag(&source, &target, Form::Tar, &none, &Spool::new());
    assert!(matches!(refused, Err(BagitError::BagOption(_))));
    let misnamed = write_bag(&source, &target, Form::Zip, &BagOptions::default(), &Spool::new());
    assert!(matches!(misnamed, Err(BagitError::BagOption(_))));
}

#[test]
fn a_list_of_files_can_be_bagged() {
    let files = files();
    let list =
        vec![("letters/1.txt".to_owned(), files.path.join("b.txt")), ("zero".to_owned(), files.path.join("empty"))];
    let target = files.folder.path().join("bag1.tar");
    let payload = Payload::of_files(list);
    write_bag(&payload, &target, Form::Tar, &options(), &Spool::new()).expect("it can be written");
    let package = Package::open(&target).expect("it was written");
    let gathered = gather(&package, &GatherOptions::default(), &Spool::new()).expect("it can be read");
    assert!(gathered.findings.list.is_empty());
    assert!(gathered.members.find("data/letters/1.txt").is_some() && gathered.members.find("data/zero").is_some());
    let twice = vec![("a".to_owned(), files.path.join("empty")), ("./a".to_owned(), files.path.join("b.txt"))];
    let refused =
        write_bag(&Payload::of_files(twice), &files.folder.path().join("x.tar"), Form::Tar, &options(), &Spool::new());
    assert!(matches!(refused, Err(BagitError::CannotBag { .. })));
}

#[test]
fn a_plain_folder_gets_its_tag_files_without_a_bag_being_written() {
    let payload = files();
    let asked = GatherOptions { algorithms: BagOptions::default().algorithms, ..GatherOptions::default() };
    let gathered = payload.try_gather(&asked).expect("it can be read");
    let generated = generate_tag_files(&gathered.members, &options()).expect("every digest is there");
    let bag = written(Form::BagFolder, "bag1", &payload);
    let names: Vec<_> = generated.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "bagit.txt",
        "bag-info.txt",
        "aptrust-info.txt",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha512.txt",
    ];
    assert_eq!(names, expected);
    for (path, bytes) in generated {
        assert!(fs::read(bag.path.join(&path)).expect("it was written") == bytes, "{path}");
    }
    let lacking = BagOptions { algorithms: Algorithm::Md5.into(), ..options() };
    assert!(matches!(generate_tag_files(&gathered.members, &lacking), Err(BagitError::BagOption(_))));
}

#[test]
fn manifests_encode_what_would_break_a_line() {
    let payload = files();
    let bag = written(Form::BagFolder, "bag1", &payload);
    let manifest = fs::read_to_string(bag.path.join("manifest-sha256.txt")).expect("it was written");
    for path in ["data/100%25.txt", "data/line%0Abreak", "data/carriage%0Dreturn", "data/ space "] {
        assert!(manifest.lines().any(|line| line.ends_with(&format!("  {path}"))), "{path}");
    }
    assert!(manifest.lines().map(|line| &line[66..]).is_sorted());
}

#[test]
fn a_folder_becomes_a_bag_where_it_stands() {
    let payload = files();
    fs::create_dir(payload.path.join("data")).expect("it is new");
    fs::write(payload.path.join("data/inner"), b"inner").expect("it is new");
    let bag = bag_in_place(&payload.path, &options(), &Spool::new()).expect("it can be bagged");
    assert!(bag.members.find("data/data/inner").is_some());
    let report = payload.validate();
    assert!(report.is_valid(), "{:#?}", report.findings.list);
    assert_eq!(report.payload_files, 11);
    assert!(entries(&payload.path).iter().all(|name| !name.starts_with(".bagging")));
    let again = bag_in_place(&payload.path, &options(), &Spool::new());
    assert!(matches!(again, Err(BagitError::BagOption(_))));
}

#[test]
fn an_interrupted_bagging_in_place_is_undone_or_finished() {
    // Broken off while the payload moved in: some is collected, some is not.
    let payload = unpacked("files", &[("a".to_owned(), b"a".to_vec()), ("b/c".to_owned(), b"c".to_vec())]);
    fs::create_dir_all(payload.path.join(".bagging/data")).expect("it is new");
    fs::create_dir_all(payload.path.join(".bagging/tags")).expect("it is new");
    fs::create_dir_all(payload.path.join(".bagging.partial")).expect("it is new");
    fs::rename(payload.path.join("a"), payload.path.join(".bagging/data/a")).expect("it is ours");
    bag_in_place(&payload.path, &options(), &Spool::new()).expect("it can be bagged");
    assert!(payload.validate().is_valid());
    assert_eq!(payload.validate().payload_files, 2);
    // Broken off while the tag files moved out.
    let tags = payload.path.join(".bagging/tags");
    fs::create_dir_all(&tags).expect("it is new");
    for name in ["bagit.txt", "manifest-sha512.txt"] {
        fs::rename(payload.path.join(name), tags.join(name)).expect("it is ours");
    }
    let again = bag_in_place(&payload.path, &options(), &Spool::new());
    assert!(matches!(again, Err(BagitError::BagOption(_))), "it is a bag by now");
    assert!(payload.validate().is_valid());
}

#[test]
fn an_undoing_that_was_itself_interrupted_is_not_taken_for_a_bagging_that_is_nearly_done() {
    // All has moved back, and of the work folder the tag files are left, of which some have gone.
    let payload = unpacked("files", &[("a".to_owned(), b"a".to_vec()), ("b/c".to_owned(), b"c".to_vec())]);
    let tags = payload.path.join(".bagging/tags");
    fs::create_dir_all(&tags).expect("it is new");
    fs::write(tags.join("bagit.txt"), "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n").expect("it is new");
    bag_in_place(&payload.path, &options(), &Spool::new()).expect("it can be bagged");
    assert!(payload.validate().is_valid());
    assert_eq!(payload.validate().payload_files, 2);
}

#[test]
fn the_payload_is_read_once() {
    let payload = files();
    let bytes: u64 = payload
        .open()
        .index(&Default::default())
        .expect("it can be listed")
        .members
        .iter()
        .map(|(_, member)| member.size_bytes)
        .sum();
    let counter = Counter::default();
    let source = Payload::of_folder(&payload.path).expect("it is a folder");
    write_bag(&source, &payload.folder.path().join("bag1.tar"), Form::Tar, &options(), &counter)
        .expect("it can be written");
    assert_eq!(source.bytes_read(), bytes);
    assert_eq!(counter.0.into_inner(), bytes);
}

#[derive(Default)]
struct Counter(std::sync::atomic::AtomicU64);

impl Observer for Counter {
    fn keep(&self, _path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        Ok(None)
    }

    fn progress(&self, bytes: u64) {
        self.0.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn stored_members_of_a_zip_can_be_had_by_their_place() {
    let payload = files();
    let bag = written(Form::Zip, "bag1.zip", &payload);
    let package = bag.open();
    let spool = Spool::new();
    let gathered = gather(&package, &GatherOptions::default(), &spool).expect("it can be read");
    assert_eq!(codes(&gathered), [bagit::rules::ENTRY_BACKSLASH.code]);
    assert!(spool.open("bagit.txt").expect("it is in memory").is_some());
    let compressed = gathered.members.find("data/large.bin").expect("it was written");
    assert!(package.location(&gathered.members.get(compressed)).is_none());
    assert!(matches!(package.open_member(&gathered.members, compressed), Err(BagitError::NotRandomAccess { .. })));
    let folder = written(Form::BagFolder, "bag1", &payload);
    let package = folder.open();
    let gathered = gather(&package, &GatherOptions::default(), &Spool::new()).expect("it can be read");
    let index = gathered.members.find("data/b.txt").expect("it was written");
    let Some(Location::File(path)) = package.location(&gathered.members.get(index)) else { panic!("it is a file") };
    assert_eq!(path, folder.path.join("data/b.txt"));
}

#[test]
fn another_library_reads_our_tar_and_zip() {
    use std::io::Read as _;
    let payload = files();
    let expected: Vec<_> = payload
        .open()
        .index(&PackageLimits::default())
        .expect("it can be listed")
        .members
        .iter()
        .map(|(_, member)| {
            (format!("bag1/{}", member.path), fs::read(payload.path.join(&member.path[5..])).expect("it is ours"))
        })
        .collect();
    let file = fs::File::open(written(Form::Tar, "bag1.tar", &payload).path).expect("it was written");
    let mut seen = std::collections::BTreeMap::new();
    for entry in tar::Archive::new(file).entries().expect("it is a tar") {
        let mut entry = entry.expect("it is an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("it is whole");
        seen.insert(String::from_utf8(entry.path_bytes().into_owned()).expect("it is UTF-8"), bytes);
    }
    assert!(expected.iter().all(|(path, bytes)| seen.get(path) == Some(bytes)));
    let file = fs::File::open(written(Form::Zip, "bag1.zip", &payload).path).expect("it was written");
    let mut archive = zip::ZipArchive::new(file).expect("it is a zip");
    for (path, bytes) in expected {
        let mut seen = Vec::new();
        archive.by_name(&path).expect("it is there").read_to_end(&mut seen).expect("it is whole");
        assert!(seen == bytes, "{path}");
    }
}
