//! Archives that are changed at random: reading them never panics, never goes on without end, never leaves its bounds.

#![allow(clippy::print_stdout, reason = "the seed brings a failure back")]

mod archive;

use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::time::{Duration, Instant};

use archive::{TarBuilder, ZipBuilder, ZipEntry, bag_files, bag_tar};
use bagit::{GatherOptions, PATH_BYTES_MAX, Package, PackageLimits, Spool, gather};

/// How long, all tests of this file together, unless `STRONGROOM_FUZZ_SECONDS` says otherwise.
const SECONDS: u64 = 10;
/// Members that a mutated archive of a few files may have before the reading has to stop.
const MEMBERS_MAX: usize = 50;
const EXPANDED_BYTES_MAX: u64 = 32 << 20;

fn seconds() -> Duration {
    let text = std::env::var("STRONGROOM_FUZZ_SECONDS").ok();
    let seconds = text.map_or(SECONDS, |text| text.parse().expect("STRONGROOM_FUZZ_SECONDS is a number"));
    Duration::from_secs(seconds) / 4
}

/// A xorshift generator; `STRONGROOM_FUZZ_SEED` brings a failure back.
struct Random(u64);

impl Random {
    fn new(name: &str) -> Self {
        let seed = match std::env::var("STRONGROOM_FUZZ_SEED") {
            Ok(text) => text.parse().expect("STRONGROOM_FUZZ_SEED is a number"),
            Err(_) => std::collections::hash_map::RandomState::new().build_hasher().finish() | 1,
        };
        println!("{name}: STRONGROOM_FUZZ_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// Changes a few places, more often those where headers are.
    fn change(&mut self, bytes: &mut Vec<u8>, unit: usize) {
        for _ in 0..=self.below(4) {
            let units = bytes.len() / unit + 1;
            let place = (self.below(units) * unit + self.below(unit.min(512))).min(bytes.len().saturating_sub(1));
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[place] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[place] = [0, 0xff, b'/', b'.', b'7', 0x80][self.below(6)],
                2 => bytes.truncate(place),
                3 => {
                    let end = (place + self.below(1200)).min(bytes.len());
                    bytes.drain(place..end);
                }
                4 => {
                    let end = (place + self.below(1200)).min(bytes.len());
                    let piece = bytes[place..end].to_vec();
                    let target = self.below(bytes.len() + 1);
                    bytes.splice(target..target, piece);
                }
                5 if place + 8 <= bytes.len() => {
                    let number = [0, u64::MAX, i64::MAX as u64, 0xffff_ffff, 1 << 40][self.below(5)];
                    bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
                }
                _ => self.change_tar_header(bytes),
            }
        }
    }

    /// Changes a header and mends its checksum, so that the change gets past it.
    fn change_tar_header(&mut self, bytes: &mut [u8]) {
        let start = self.below(bytes.len() / 512) * 512;
        let Some(block) = bytes.get_mut(start..start + 512) else { return };
        block[self.below(345)] = [0, b'0', b'7', b'/', b'.', b'x', b'L', b'g', b'S', 0x80, 0xff][self.below(11)];
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

/// Reads an archive, in every way that there is, under bounds that it must keep.
fn read(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("there is room for a test");
    let limits = PackageLimits {
        members_max: MEMBERS_MAX,
        expanded_bytes_max: EXPANDED_BYTES_MAX,
        tar_header_bytes_max: 64 << 10,
        ..PackageLimits::default()
    };
    let options = GatherOptions { limits, ..GatherOptions::default() };
    let package = Package::open(path).expect("its name promises a form");
    let gathered = gather(&package, &options, &Spool::new()).expect("damage is a finding and no error");
    assert!(gathered.members.len() <= MEMBERS_MAX);
    assert!(gathered.bytes_read <= bytes.len() as u64 * 2, "{} of {}", gathered.bytes_read, bytes.len());
    for (index, member) in gathered.members.iter() {
        assert!(member.path.len() <= PATH_BYTES_MAX);
        assert!(!member.path.starts_with('/') && member.path.split('/').all(|part| !matches!(part, "" | "." | "..")));
        let is_hashed = gathered.members.digests(index).iter().count() > 0;
        assert!(is_hashed || gathered.members.digests(index) == digests::Digests::default());
        if package.location(&member).is_some() {
            assert!(member.offset_bytes + member.size_bytes <= bytes.len() as u64);
        }
    }
    let unpacked = package.unpack(&limits, &|_| true, &mut |member, reader| {
        let copied = std::io::copy(reader, &mut std::io::sink())?;
        assert_eq!(copied, member.size_bytes);
        Ok(())
    });
    // What was gathered without a finding can be unpacked too.
    assert!(unpacked.is_ok() || !gathered.findings.is_acceptable(), "{unpacked:?}");
}

fn fuzz(name: &str, unit: usize, corpus: &[Vec<u8>], pack: impl Fn(&[u8]) -> Vec<u8>) {
    let folder = tempfile::tempdir().expect("there is room for a test");
    let path = folder.path().join(name);
    let mut random = Random::new(name);
    let (began, mut runs) = (Instant::now(), 0_u64);
    while began.elapsed() < seconds() {
        let mut bytes = corpus[random.below(corpus.len())].clone();
        random.change(&mut bytes, unit);
        read(&path, &pack(&bytes));
        runs += 1;
    }
    println!("{name}: {runs} archives");
    assert!(runs > 0);
}

fn tars() -> Vec<Vec<u8>> {
    let mut rich = TarBuilder::new();
    rich.pax(b'g', &[("comment", "x"), ("mtime", "1.5")]);
    rich.pax(b'x', &[("path", "bag/data/ü"), ("size", "5"), ("mtime", "-3.25")]).file("bag/data/u", b"hello");
    rich.entry(b"././@LongLink", b'L', &[b'n'; 200]).file("bag/n", b"");
    rich.entry(b"bag/link", b'2', b"").entry(b"bag/sparse", b'S', b"data");
    vec![bag_tar().finish(), rich.finish()]
}

fn zips() -> Vec<Vec<u8>> {
    let mut zip = ZipBuilder::new();
    for (path, bytes) in bag_files() {
        zip.entry(&ZipEntry::deflated(&format!("bag/{path}"), &bytes));
        zip.entry(&ZipEntry::stored(&format!("bag/x{}", path.replace('/', "-")), &bytes));
    }
    vec![zip.finish(), zip.finish_64(), zip.finish_with(10, b"a comment")]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

#[test]
fn changed_tars_are_read_within_bounds() {
    fuzz("bag.tar", 512, &tars(), <[u8]>::to_vec);
}

#[test]
fn changed_zips_are_read_within_bounds() {
    fuzz("bag.zip", 64, &zips(), <[u8]>::to_vec);
}

#[test]
fn changed_tars_in_gzip_are_read_within_bounds() {
    fuzz("bag.tar.gz", 512, &tars(), gzip);
}

#[test]
fn changed_compressed_streams_are_read_within_bounds() {
    let compressed: Vec<_> =
        tars().iter().map(|tar| zstd::encode_all(&tar[..], 1).expect("memory takes all")).collect();
    fuzz("bag.tar.zst", 64, &compressed, <[u8]>::to_vec);
}
