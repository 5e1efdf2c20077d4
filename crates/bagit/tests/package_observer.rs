//! What an observer hears, and what it can ask for.

mod archive;

use std::io::{self, Write};
use std::sync::Mutex;

use archive::{bag_files, bag_tar, packed};
use bagit::{BagitError, Form, GatherOptions, Location, Member, MemberIndex, Observer, Package, Spool, gather};
use digests::{Algorithm, Control, Digest, Digests};

/// Writes down what it hears.
#[derive(Default)]
struct Witness {
    heard: Mutex<Vec<String>>,
    kept: Mutex<Vec<String>>,
    bytes: Mutex<u64>,
    knows: Option<&'static str>,
    stops: bool,
}

impl Observer for Witness {
    fn keep(&self, path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        self.kept.lock().expect("no thread died").push(path.to_owned());
        Ok(None)
    }

    fn known(&self, _index: MemberIndex, member: &Member<'_>) -> Option<Digests> {
        (Some(member.path) == self.knows).then(|| Digest::from_bytes(Algorithm::Sha256, &[9; 32]).into_iter().collect())
    }

    fn block(&self, _index: MemberIndex, path: &str, offset_bytes: u64, bytes: &[u8]) {
        self.heard.lock().expect("no thread died").push(format!("{path} {offset_bytes}+{}", bytes.len()));
    }

    fn member(&self, _index: MemberIndex, _member: &Member<'_>, _digests: &Digests) -> Control {
        if self.stops { Control::Stop } else { Control::Continue }
    }

    fn progress(&self, bytes: u64) {
        *self.bytes.lock().expect("no thread died") += bytes;
    }
}

fn heard(witness: &Witness) -> Vec<String> {
    let mut heard = witness.heard.lock().expect("no thread died").clone();
    heard.sort();
    heard
}

#[test]
fn every_byte_passes_and_tag_files_are_offered_for_keeping() {
    let packed = packed("bag.tar", &bag_tar().finish());
    let witness = Witness::default();
    gather(&packed.open(), &GatherOptions::default(), &witness).expect("it can be read");
    let mut expected: Vec<_> = bag_files().iter().map(|(path, bytes)| format!("{path} 0+{}", bytes.len())).collect();
    expected.sort();
    assert_eq!(heard(&witness), expected);
    let mut kept = witness.kept.lock().expect("no thread died").clone();
    kept.sort();
    assert_eq!(kept, ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"]);
    let bytes: usize = bag_files().iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(*witness.bytes.lock().expect("no thread died"), bytes as u64);
}

#[test]
fn what_is_known_is_not_read_again() {
    let packed = packed("bag.tar", &bag_tar().finish());
    let witness = Witness { knows: Some("data/b/c.bin"), ..Witness::default() };
    let whole = packed.gather().bytes_read;
    let gathered = gather(&packed.open(), &GatherOptions::default(), &witness).expect("it can be read");
    assert_eq!(gathered.bytes_read, whole - 3000);
    let index = gathered.members.find("data/b/c.bin").expect("it is there");
    assert_eq!(gathered.members.digest(index, Algorithm::Sha256).map(|digest| digest.as_bytes()[0]), Some(9));
    assert!(!heard(&witness).iter().any(|line| line.starts_with("data/b")));
}

#[test]
fn what_is_known_under_too_few_algorithms_is_read() {
    let packed = packed("bag.tar", &bag_tar().finish());
    let witness = Witness { knows: Some("data/b/c.bin"), ..Witness::default() };
    let options = GatherOptions { algorithms: Algorithm::Md5.into(), ..GatherOptions::default() };
    let gathered = gather(&packed.open(), &options, &witness).expect("it can be read");
    let index = gathered.members.find("data/b/c.bin").expect("it is there");
    assert_ne!(gathered.members.digest(index, Algorithm::Sha256).map(|digest| digest.as_bytes()[0]), Some(9));
}

#[test]
fn an_observer_can_stop_the_reading() {
    let mut tar = bag_tar();
    (0..200).for_each(|number| {
        tar.file(&format!("bag/data/{number}"), b"x");
    });
    let witness = Witness { stops: true, ..Witness::default() };
    let packed = packed("bag.tar", &tar.finish());
    let stopped = gather(&packed.open(), &GatherOptions::default(), &witness);
    assert!(matches!(stopped, Err(BagitError::Stopped)));
}

#[test]
fn a_spool_keeps_an_empty_tag_file_too() {
    use bagit::Kept as _;
    let mut tar = bag_tar();
    tar.file("bag/empty.txt", b"").file("bag/data/x.txt", b"").file("bag/sub/y.txt", b"");
    let spool = Spool::new();
    gather(&packed("bag.tar", &tar.finish()).open(), &GatherOptions::default(), &spool).expect("it can be read");
    let is_kept = |path| spool.open(path).expect("it is in memory").is_some();
    assert_eq!(["empty.txt", "bagit.txt", "data/x.txt", "sub/y.txt"].map(is_kept), [true, true, false, false]);
}

#[test]
fn a_member_of_a_tar_can_be_had_by_its_place() {
    use std::os::unix::fs::FileExt as _;
    let packed = packed("bag.tar", &bag_tar().finish());
    let package = packed.open();
    let gathered = gather(&package, &GatherOptions::default(), &Spool::new()).expect("it can be read");
    for (path, bytes) in bag_files() {
        let index = gathered.members.find(&path).expect("it is there");
        let mut seen = Vec::new();
        let mut reader = package.open_member(&gathered.members, index).expect("it can be opened");
        reader.read_to_end(&mut seen).expect("it can be read");
        assert_eq!(seen, bytes);
        let Some(Location::Stretch { file, offset_bytes, size_bytes }) = package.location(&gathered.members.get(index))
        else {
            panic!("a tar has stretches");
        };
        let mut seen = vec![0; size_bytes as usize];
        file.read_exact_at(&mut seen, offset_bytes).expect("it is there");
        assert_eq!(seen, bytes);
    }
}

#[test]
fn a_file_of_no_known_form_is_no_package() {
    let packed = packed("letter.txt", b"Dear Sir or Madam");
    assert!(matches!(Package::open(&packed.path), Err(BagitError::NotAPackage { .. })));
    assert!(matches!(Package::open(&packed.path.join("none")), Err(BagitError::Package { .. })));
    let tar = archive::packed("no-ending", &bag_tar().finish());
    assert_eq!(Package::open(&tar.path).map(|package| package.form()).ok(), Some(Form::Tar));
}
