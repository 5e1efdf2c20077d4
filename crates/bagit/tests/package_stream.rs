//! Tar archives that are compressed as a whole.

mod archive;

use std::io::Write as _;

use archive::{TarBuilder, bag_files, bag_tar, check, codes, packed, paths};
use bagit::{GatherOptions, Package, PackageLimits, Spool, gather, rules};
use digests::{Algorithm, Algorithms, Hasher};

const BAG: [&str; 5] = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "data/a.txt", "data/b/c.bin"];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("memory takes all")
}

#[test]
fn a_compressed_bag_is_valid_and_read_once() {
    let tar = bag_tar().finish();
    for (name, bytes) in [("bag.tar.gz", gzip(&tar)), ("bag.tgz", gzip(&tar)), ("bag.tar.zst", zstandard(&tar))] {
        let packed = packed(name, &bytes);
        assert_eq!(packed.validate().findings.list, [], "{name}");
        let gathered = packed.gather();
        assert_eq!(gathered.bytes_read, bytes.len() as u64, "{name}");
        let index = gathered.members.find("data/a.txt").expect("it is there");
        assert_eq!(gathered.members.digests(index).algorithms(), Algorithms::COMMON);
    }
}

#[test]
fn several_compressed_pieces_are_one_archive() {
    let tar = bag_tar().finish();
    let (one, other) = tar.split_at(1000);
    check("bag.tar.gz", &[gzip(one), gzip(other)].concat(), &BAG, &[]);
    check("bag.tar.zst", &[zstandard(one), zstandard(other)].concat(), &BAG, &[]);
}

#[test]
fn members_of_any_size_get_their_digests() {
    let mut tar = bag_tar();
    let large: Vec<u8> = (0..9_000_000_u32).map(|number| (number >> 7) as u8).collect();
    tar.file("bag/data/large", &large).file("bag/data/empty", b"").file("bag/data/after", b"after");
    let gathered = packed("bag.tar.gz", &gzip(&tar.finish())).gather();
    assert_eq!(codes(&gathered), Vec::<&str>::new());
    for (path, bytes) in [("data/large", large.as_slice()), ("data/empty", b""), ("data/after", b"after")] {
        let mut hasher = Hasher::new(Algorithms::COMMON);
        hasher.update(bytes);
        let index = gathered.members.find(path).expect("it is there");
        assert_eq!(gathered.members.digests(index), hasher.finish(), "{path}");
    }
}

#[test]
fn a_manifest_of_a_rare_algorithm_is_worth_a_second_reading() {
    let mut tar = bag_tar();
    tar.file("bag/manifest-sha384.txt", b"");
    let bytes = gzip(&tar.finish());
    let gathered = packed("bag.tar.gz", &bytes).gather();
    let index = gathered.members.find("data/a.txt").expect("it is there");
    assert_eq!(gathered.members.digests(index).algorithms(), Algorithms::COMMON.with(Algorithm::Sha384));
    // The first block is kept from the time when the form was found out.
    assert_eq!(gathered.bytes_read, 2 * bytes.len() as u64 - 512);
}

#[test]
fn a_stream_cut_or_damaged_anywhere_is_refused() {
    let tar = bag_tar().finish();
    for (name, bytes) in [("bag.tar.gz", gzip(&tar)), ("bag.tar.zst", zstandard(&tar))] {
        for end in (2..bytes.len()).step_by(13) {
            let gathered = packed(name, &bytes[..end]).gather();
            assert!(!gathered.findings.is_acceptable(), "{name} cut at {end}");
        }
    }
    let mut bytes = gzip(&tar);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    assert!(!packed("bag.tar.gz", &bytes).gather().findings.is_acceptable());
    // The checksum at the very end counts too.
    let mut bytes = gzip(&tar);
    let sum = bytes.len() - 6;
    bytes[sum] ^= 1;
    check("bag.tar.gz", &bytes, &BAG, &[&rules::COMPRESSED_DATA_DAMAGED]);
}

#[test]
fn what_is_compressed_but_no_tar_is_damage() {
    check("bag.tar.gz", &gzip(&[b'x'; 2000]), &[], &[&rules::ARCHIVE_HEADER_DAMAGED]);
    check("bag.tar.gz", &gzip(b""), &[], &[&rules::ARCHIVE_TRUNCATED]);
    check("bag.tar.gz", b"no gzip at all", &[], &[&rules::COMPRESSED_DATA_DAMAGED]);
    check("bag.tar", &gzip(&bag_tar().finish()), &BAG, &[&rules::ARCHIVE_MISNAMED]);
}

#[test]
fn hostile_entries_are_refused_in_streams_as_in_files() {
    let mut tar = bag_tar();
    tar.entry(b"bag/../x", b'0', b"evil").entry(b"bag/data/link", b'2', b"").file("bag/data/a.txt", b"again");
    let expected = [&rules::ENTRY_PATH_ESCAPES, &rules::ENTRY_LINK, &rules::ENTRY_DUPLICATE];
    check("bag.tar.zst", &zstandard(&tar.finish()), &BAG, &expected);
}

#[test]
fn a_bomb_is_stopped_while_it_expands() {
    let mut tar = TarBuilder::new();
    tar.file("bag/data/zeros", &vec![0; 40 << 20]);
    for bytes in [gzip(&tar.finish()), zstandard(&tar.finish())] {
        let gather = |limits| {
            let options = GatherOptions { limits, ..GatherOptions::default() };
            codes(&packed("bag.tar.gz", &bytes).try_gather(&options).expect("it can be read")).join(" ")
        };
        let ordinary = PackageLimits::default();
        let total = PackageLimits { expanded_bytes_max: 10 << 20, ..ordinary };
        assert!(gather(total).contains(rules::EXPANDED_TOO_LARGE.code));
        let ratio = PackageLimits { expansion_free_bytes: 10 << 20, expansion_ratio_max: 100, ..ordinary };
        assert!(gather(ratio).contains(rules::EXPANSION_RATIO.code));
    }
}

#[test]
fn members_are_handed_out_in_a_second_reading() {
    let packed = packed("bag.tar.gz", &gzip(&bag_tar().finish()));
    let package = Package::open(&packed.path).expect("it can be opened");
    let gathered = gather(&package, &GatherOptions::default(), &Spool::new()).expect("it can be read");
    assert!(package.location(&gathered.members.get(gathered.members.indexes().next().expect("one"))).is_none());
    let mut seen = Vec::new();
    let wanted = |path: &str| path.starts_with("data/");
    let unpacked = package.unpack(&PackageLimits::default(), &wanted, &mut |member, reader| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        seen.push((member.path.to_owned(), bytes));
        Ok(())
    });
    unpacked.expect("it can be read again");
    assert_eq!(seen, bag_files()[3..]);
    assert_eq!(paths(&gathered), BAG);
}
