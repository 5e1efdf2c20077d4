//! Archives that are damaged, that lie, or that hold what is no file.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compress, Compression, FlushCompress};

use super::Case;
use super::bag_files::{BagFiles, gzip};
use super::bag_tar::{BLOCK, BLOCK_DEVICE, CHARACTER_DEVICE, FILE, GNU_SPARSE, HARD_LINK, Header, PIPE, SYMBOLIC_LINK};
use super::bag_zip::{DEFLATED, ENCRYPTED, Entry, UNSUPPORTED, record, zip};

pub fn cases() -> Vec<Case> {
    [forms(), folders(), no_files(), damage(), lies(), zips()].concat()
}

fn forms() -> Vec<Case> {
    let bag = BagFiles::valid();
    vec![
        Case::clean("tar", "bag.tar", bag.tar()),
        Case::clean("tar.gz", "bag.tar.gz", bag.tar_gz()),
        Case::clean("tgz", "bag.tgz", bag.tar_gz()),
        Case::clean("tar.zst", "bag.tar.zst", bag.tar_zst()),
        Case::clean("zip", "bag.zip", bag.zip()),
        Case::remarked("tar.gz called .tar", "bag.tar", bag.tar_gz(), "BAG-104"),
        Case::remarked("zip called .tar.gz", "bag.tar.gz", bag.zip(), "BAG-104"),
        Case::remarked(
            "tar with something behind its end",
            "bag.tar",
            [bag.tar(), b"x".repeat(700)].concat(),
            "BAG-105",
        ),
        Case::refused("empty file called .tar", "bag.tar", Vec::new(), "BAG-101"),
        Case::refused("tar without entries", "bag.tar", vec![0; 2 * BLOCK], "BAG-001"),
        Case::refused("text called .tar", "bag.tar", b"this is no archive ".repeat(60), "BAG-102"),
        Case::refused("text called .zip", "bag.zip", b"this is no archive ".repeat(60), "BAG-101"),
    ]
}

fn folders() -> Vec<Case> {
    let bag = BagFiles::valid();
    vec![
        Case::remarked(
            "top folder with another name than the package",
            "bag.tar",
            bag.entries("other").end(),
            "BAG-123",
        ),
        Case::refused("two top folders", "bag.tar", bag.entries("bag").file("gab/data/x", "x").end(), "BAG-122")
            .at("gab"),
        Case::refused("entry outside the top folder", "bag.tar", bag.entries("bag").file("x", "x").end(), "BAG-121")
            .at("x"),
        Case::refused(
            "bag without a top folder",
            "bag.tar",
            bag.0.iter().fold(super::bag_tar::Tar::new(), |tar, file| tar.file(&file.0, &file.1)).end(),
            "BAG-121",
        ),
        Case::remarked("empty folder", "bag.tar", bag.entries("bag").folder("bag/data/none/").end(), "BAG-132")
            .at("none"),
        Case::refused(
            "the same entry twice",
            "bag.tar",
            bag.entries("bag").file("bag/data/a.txt", "hello").end(),
            "BAG-124",
        )
        .at("data/a.txt"),
    ]
}

fn no_files() -> Vec<Case> {
    let refused = |name, kind, code| {
        let header = Header::new("bag/data/x", kind, 0).to("/etc/passwd");
        let bytes = BagFiles::valid().entries("bag").entry(&header, &[]).end();
        Case::refused(name, "bag.tar", bytes, code).at("data/x")
    };
    let mut link = Entry::stored("bag/data/x", b"/etc/passwd");
    link.mode = 0o120_777;
    vec![
        refused("symbolic link", SYMBOLIC_LINK, "BAG-127"),
        refused("hard link", HARD_LINK, "BAG-127"),
        refused("character device", CHARACTER_DEVICE, "BAG-128"),
        refused("block device", BLOCK_DEVICE, "BAG-128"),
        refused("pipe", PIPE, "BAG-128"),
        refused("sparse file of GNU", GNU_SPARSE, "BAG-108"),
        Case::refused(
            "sparse file of PAX that expands to 8 EiB",
            "bag.tar",
            BagFiles::valid()
                .entries("bag")
                .pax(&[
                    ("GNU.sparse.major", b"1"),
                    ("GNU.sparse.minor", b"0"),
                    ("GNU.sparse.name", b"bag/data/x"),
                    ("GNU.sparse.realsize", b"9223372036854775807"),
                ])
                .file("bag/data/x", "0\n")
                .end(),
            "BAG-108",
        )
        .at("data/x"),
        Case::refused("symbolic link in a zip", "bag.zip", with_zip_entry(link), "BAG-127").at("data/x"),
    ]
}

fn damage() -> Vec<Case> {
    let bag = BagFiles::valid();
    let (tar, gz, zst, zipped) = (bag.tar(), bag.tar_gz(), bag.tar_zst(), bag.zip());
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let mut damaged_header = tar.clone();
    damaged_header[2 * BLOCK + 4] ^= 1;
    let mut damaged_gz = gz.clone();
    // The first block is of a kind that does not exist.
    damaged_gz[10] = 0xff;
    let mut wrong_crc = gz.clone();
    let crc = gz.len() - 8;
    wrong_crc[crc] ^= 1;
    vec![
        Case::refused("tar without its end", "bag.tar", bag.entries("bag").cut(), "BAG-101"),
        Case::refused("half a tar", "bag.tar", tar[..5 * BLOCK - 200].to_vec(), "BAG-101"),
        Case::refused("half a tar.gz", "bag.tar.gz", half(&gz), "BAG-101"),
        Case::refused("half a tar.zst", "bag.tar.zst", half(&zst), "BAG-101"),
        Case::refused("half a zip", "bag.zip", half(&zipped), "BAG-101"),
        Case::refused("tar with a flipped bit in a header", "bag.tar", damaged_header, "BAG-102"),
        Case::refused("tar.gz with damage in its data", "bag.tar.gz", damaged_gz, "BAG-103"),
        Case::refused("tar.gz with a wrong checksum", "bag.tar.gz", wrong_crc, "BAG-103"),
    ]
}

fn lies() -> Vec<Case> {
    let claims = |size_bytes: u64| {
        let header = Header::new("bag/data/x", FILE, size_bytes);
        BagFiles::valid().entries("bag").entry(&header, b"x").end()
    };
    let entries = 20_000;
    let bomb =
        (0..entries).fold(BagFiles::valid().entries("bag"), |tar, number| tar.file(format!("bag/data/{number}"), ""));
    vec![
        Case::refused("entry that claims more than 5 TiB", "bag.tar", claims(6 << 40), "BAG-101").at("data/x"),
        Case::refused("entry that claims 8 EiB", "bag.tar", claims(i64::MAX as u64), "BAG-101").at("data/x"),
        Case::refused(
            "entry that claims more than there is, in a tar.gz",
            "bag.tar.gz",
            gzip(&claims(1 << 30)),
            "BAG-101",
        ),
        Case::refused("many empty entries that no manifest lists", "bag.tar", bomb.end(), "BAG-065").at("data/"),
    ]
}

fn with_zip_entry(entry: Entry) -> Vec<u8> {
    let mut entries = BagFiles::valid().zip_entries();
    entries.push(entry);
    zip(&entries)
}

fn zips() -> Vec<Case> {
    let refused = |name, entry: Entry, code| Case::refused(name, "bag.zip", with_zip_entry(entry), code);
    let x = || Entry::stored("bag/data/x", b"xxxx");
    vec![
        refused("zip entry with a password", Entry { flags: x().flags | ENCRYPTED, ..x() }, "BAG-106").at("data/x"),
        refused("zip entry packed in an unusual way", Entry { method: UNSUPPORTED, ..x() }, "BAG-107").at("data/x"),
        refused("zip entry of two names", Entry { local_name: b"bag/data/y".to_vec(), ..x() }, "BAG-135").at("data/x"),
        refused("zip entry that leads out", Entry::stored("bag/../../x", b"x"), "BAG-126").at("../x"),
        refused("zip entry with an absolute path", Entry::stored("/etc/passwd", b"x"), "BAG-125").at("passwd"),
        refused("zip entry twice", Entry::stored("bag/data/a.txt", b"hello"), "BAG-124").at("data/a.txt"),
        refused("zip entry with a wrong checksum", Entry { crc: 1, ..x() }, "BAG-103").at("data/x"),
        refused("zip entry that is longer than it says", Entry { size_bytes: 2, ..deflated() }, "BAG-109").at("data/x"),
        refused("zip entry that is shorter than it says", Entry { size_bytes: 5_000, ..deflated() }, "BAG-109")
            .at("data/x"),
        refused(
            "zip entry that is not UTF-8",
            Entry { flags: 1 << 11, ..Entry::stored(b"bag/data/\xe9", b"x") },
            "BAG-129",
        ),
        Case::refused("zip whose entries overlap", "bag.zip", overlapping(), "BAG-136"),
    ]
}

fn deflated() -> Entry {
    Entry::deflated("bag/data/x", &b"words ".repeat(100))
}

/// An entry whose data is another entry, so that one stretch of bytes counts for both.
fn overlapping() -> Vec<u8> {
    let mut entries = BagFiles::valid().zip_entries();
    let outer_at: usize = entries.iter().map(|entry| record(entry).len()).sum();
    let inner = Entry::deflated("bag/data/inner", &vec![0; 1 << 20]);
    let outer = Entry::stored("bag/data/outer", &record(&inner));
    let inner_at = outer_at + record(&outer).len() - outer.data.len();
    entries.push(outer);
    entries.push(Entry { listed_at: Some(inner_at as u32), ..inner });
    zip(&entries)
}

/// Bytes that a bomb unpacks to: more than what a reader lets pass before it looks at the ratio.
const BOMB_BYTES: usize = 1200 << 20;
const PIECE_BYTES: usize = 16 << 20;

pub fn bombs() -> Vec<Case> {
    let piece = gzip(&vec![0; PIECE_BYTES]);
    let head = BagFiles::valid().entries("bag").entry(&Header::new("bag/data/zeros", FILE, BOMB_BYTES as u64), &[]);
    // gzip allows for members one after the other.
    let gz = [gzip(&head.cut()), piece.repeat(BOMB_BYTES / PIECE_BYTES), gzip(&[0; 2 * BLOCK])].concat();
    let mut zeros = Entry::stored("bag/data/zeros", b"");
    (zeros.method, zeros.data, zeros.size_bytes) = (DEFLATED, deflated_zeros(), BOMB_BYTES as u32);
    vec![
        Case::refused("tar.gz that expands a thousandfold", "bag.tar.gz", gz, "BAG-143"),
        Case::refused("zip that expands a thousandfold", "bag.zip", with_zip_entry(zeros), "BAG-143"),
    ]
}

/// One piece deflated and repeated: after a full flush nothing refers back.
fn deflated_zeros() -> Vec<u8> {
    let mut piece = Vec::with_capacity(1 << 20);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&vec![0; PIECE_BYTES], &mut piece, FlushCompress::Full).expect("there is room");
    let mut bytes = piece.repeat(BOMB_BYTES / PIECE_BYTES);
    let mut end = DeflateEncoder::new(&mut bytes, Compression::fast());
    end.write_all(&[]).expect("memory takes it");
    end.finish().expect("memory takes it");
    bytes
}
