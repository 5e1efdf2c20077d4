//! Folders as packages: unpacked bags, and plain files.

mod archive;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use archive::{bag_files, codes, paths, unpacked};
use bagit::{BagitError, Form, GatherOptions, Member, MemberIndex, Observer, Package, gather, rules};
use digests::{Algorithm, Digests};

#[test]
fn a_bag_in_a_folder_is_valid_and_read_once() {
    let packed = unpacked("bag", &bag_files());
    assert_eq!(packed.validate().findings.list, []);
    let gathered = packed.gather();
    let bytes: usize = bag_files().iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!((gathered.bytes_read, gathered.top_folder.as_deref()), (bytes as u64, Some("bag")));
}

#[test]
fn plain_files_are_shown_as_payload() {
    let files = [("b".to_owned(), b"1".to_vec()), ("a/data/x".to_owned(), b"22".to_vec())];
    let packed = unpacked("files", &files);
    let package = packed.open();
    assert_eq!(package.form(), Form::PlainFolder);
    let options = GatherOptions { algorithms: Algorithm::Md5.into(), ..GatherOptions::default() };
    let gathered = packed.try_gather(&options).expect("it can be read");
    assert_eq!(paths(&gathered), ["data/b", "data/a/data/x"]);
    let index = gathered.members.find("data/b").expect("it is there");
    let hex = gathered.members.digest(index, Algorithm::Md5).map(|digest| digest.to_hex());
    assert_eq!(hex.as_deref(), Some("c4ca4238a0b923820dcc509a6f75849b"));
    let mut text = String::new();
    package
        .open_member(&gathered.members, index)
        .and_then(|mut reader| {
            reader.read_to_string(&mut text).map_err(|source| BagitError::Keep { path: String::new(), source })
        })
        .expect("it can be read");
    assert_eq!(text, "1");
}

#[test]
fn a_folder_with_a_manifest_is_a_bag_even_without_bagit_txt() {
    let packed = unpacked("bag", &bag_files()[1..]);
    assert_eq!(packed.open().form(), Form::BagFolder);
}

#[test]
fn links_and_special_files_are_found_and_not_followed() {
    let packed = unpacked("bag", &bag_files());
    symlink("/etc/passwd", packed.path.join("data/link")).expect("it is new");
    symlink("/etc", packed.path.join("data/way-out")).expect("it is new");
    let pipe = packed.path.join("data/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o644.into(), 0).expect("it is new");
    fs::create_dir(packed.path.join("data/empty")).expect("it is new");
    let gathered = packed.gather();
    let expected = [&rules::ENTRY_LINK, &rules::ENTRY_SPECIAL, &rules::ENTRY_LINK, &rules::FOLDER_EMPTY];
    assert_eq!(codes(&gathered), expected.map(|rule| rule.code));
    assert_eq!(gathered.members.len(), 5);
}

#[test]
fn a_name_that_is_not_unicode_is_found() {
    use std::os::unix::ffi::OsStrExt as _;
    let packed = unpacked("bag", &bag_files());
    let name = std::ffi::OsStr::from_bytes(b"data/\xff");
    fs::write(packed.path.join(name), b"").expect("it is new");
    assert_eq!(codes(&packed.gather()), [rules::ENTRY_NAME_NOT_UTF8.code]);
}

#[test]
fn a_file_that_may_not_be_read_is_found() {
    let packed = unpacked("bag", &bag_files());
    let file = packed.path.join("data/a.txt");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("it is ours");
    let may_be_read = fs::read(&file).is_ok();
    let gathered = packed.gather();
    // Root reads what nobody may read.
    let expected = if may_be_read { vec![] } else { vec![rules::MEMBER_UNREADABLE.code] };
    assert_eq!(codes(&gathered), expected);
    assert_eq!(gathered.members.len(), 5);
}

/// Does something to the folder between listing and reading.
struct Meddler<F: Fn() + Sync>(F);

impl<F: Fn() + Sync> Observer for Meddler<F> {
    fn keep(&self, _path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        Ok(None)
    }

    fn known(&self, _index: MemberIndex, member: &Member<'_>) -> Option<Digests> {
        if member.path == "data/a.txt" {
            (self.0)();
        }
        None
    }
}

fn check_meddled(meddle: impl Fn(PathBuf) + Sync) {
    let packed = unpacked("bag", &bag_files());
    let file = packed.path.join("data/a.txt");
    let package = Package::open(&packed.path).expect("it can be opened");
    let gathered = gather(&package, &GatherOptions::default(), &Meddler(|| meddle(file.clone()))).expect("it goes on");
    assert_eq!(codes(&gathered), [rules::MEMBER_CHANGED.code], "{:?}", gathered.findings.list);
    let index = gathered.members.find("data/a.txt").expect("it was listed");
    assert_eq!(gathered.members.digests(index), Digests::default());
}

#[test]
fn a_file_that_goes_away_or_changes_under_our_hands_is_found() {
    check_meddled(|file| fs::remove_file(file).expect("it was there"));
    check_meddled(|file| fs::write(file, b"hello, longer").expect("it is ours"));
    check_meddled(|file| fs::write(file, b"hell").expect("it is ours"));
    check_meddled(|file| {
        fs::remove_file(&file).expect("it was there");
        fs::create_dir(&file).expect("it was removed");
    });
}

#[test]
fn a_link_put_in_place_of_a_folder_leads_nowhere() {
    let packed = unpacked("bag", &bag_files());
    let package = Package::open(&packed.path).expect("it can be opened");
    let path = packed.path.clone();
    let elsewhere = unpacked("b", &[("c.bin".to_owned(), vec![7; 3000])]);
    let meddler = Meddler(|| {
        fs::remove_dir_all(path.join("data/b")).expect("it was there");
        symlink(&elsewhere.path, path.join("data/b")).expect("it was removed");
    });
    let gathered = gather(&package, &GatherOptions::default(), &meddler).expect("it goes on");
    assert_eq!(codes(&gathered), [rules::ENTRY_LINK.code], "{:?}", gathered.findings.list);
}
