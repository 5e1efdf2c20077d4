//! Archives that are no files of this machine.

mod archive;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use archive::{bag_tar, codes};
use bagit::{Archive, BagitError, GatherOptions, Gathered, Location, Package, Spool, gather};

/// Bytes that a server keeps; it fails from a place on.
#[derive(Debug)]
struct Server {
    bytes: Vec<u8>,
    fails_from: u64,
    read_bytes: AtomicU64,
}

impl Archive for Server {
    fn length_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        if at >= self.fails_from {
            return Err(io::Error::other("the network is down"));
        }
        let place = |at: u64| usize::try_from(at).map_or(self.bytes.len(), |at| at.min(self.bytes.len()));
        let rest = &self.bytes[place(at)..place(self.fails_from)];
        // Never all at once, as from a network.
        let got = rest.len().min(buffer.len()).min(777);
        buffer[..got].copy_from_slice(&rest[..got]);
        self.read_bytes.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }

    fn is_unchanged(&self) -> io::Result<bool> {
        Ok(true)
    }
}

fn read(name: &str, bytes: &[u8], fails_from: u64) -> (Arc<Server>, Package, Result<Gathered, BagitError>) {
    let server = Arc::new(Server { bytes: bytes.to_vec(), fails_from, read_bytes: AtomicU64::new(0) });
    let package = Package::open_archive(Path::new(name), server.clone()).expect("it is one");
    let gathered = gather(&package, &GatherOptions::default(), &Spool::new());
    (server, package, gathered)
}

#[test]
fn a_tar_elsewhere_is_read_once_and_tells_where_its_members_stand() {
    let mut tar = bag_tar();
    let large = vec![5; 5_000_000];
    tar.file("bag/data/large", &large);
    let bytes = tar.finish();
    let (server, package, gathered) = read("s3://keep/in/bag.tar", &bytes, u64::MAX);
    let gathered = gathered.expect("it can be read");
    assert_eq!(codes(&gathered), Vec::<&str>::new());
    assert_eq!(package.name(), "bag");
    assert_eq!(server.read_bytes.load(Ordering::Relaxed), bytes.len() as u64);
    for (path, expected) in [("data/large", large.as_slice()), ("data/a.txt", b"hello")] {
        let index = gathered.members.find(path).expect("it is there");
        let Some(Location::Elsewhere { offset_bytes, size_bytes }) = package.location(&gathered.members.get(index))
        else {
            panic!("{path} has no place");
        };
        let start = usize::try_from(offset_bytes).expect("it is small");
        assert_eq!(&bytes[start..start + usize::try_from(size_bytes).expect("it is small")], expected, "{path}");
    }
}

#[test]
fn what_cannot_be_read_elsewhere_is_an_error_and_never_a_finding() {
    let tar = bag_tar().finish();
    let packed = zstd::encode_all(tar.as_slice(), 3).expect("memory takes all");
    for (name, bytes) in [("bag.tar", tar), ("bag.tar.zst", packed)] {
        for part in 1..8 {
            let fails_from = (bytes.len() as u64 * part / 8).max(513);
            let (_, _, gathered) = read(name, &bytes, fails_from.min(bytes.len() as u64 - 1));
            let error = gathered.expect_err("the network was down");
            assert!(matches!(error, BagitError::Package { .. }), "{name} from {fails_from}: {error:?}");
        }
    }
}
