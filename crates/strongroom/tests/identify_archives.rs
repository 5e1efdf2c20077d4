//! `strongroom identify --archives`: members, archives within archives, bombs and damage.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;
#[allow(dead_code, reason = "the bags use the rest")]
#[path = "support/bag_tar.rs"]
mod tar;
#[allow(dead_code, reason = "the bags use the rest")]
#[path = "support/bag_zip.rs"]
mod zip;

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use installation::{Installation, sample};
use serde_json::Value;
use tar::Tar;
use zip::{ENCRYPTED, Entry, UNSUPPORTED, zip};

fn png() -> Vec<u8> {
    fs::read(sample("letters-folder/postcards/front.png")).unwrap()
}

/// The smallest document that its inside tells.
fn docx() -> Vec<u8> {
    let types = "<Types><Override ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    zip(&[Entry::deflated("[Content_Types].xml", types.as_bytes()), Entry::stored("word/document.xml", b"<w/>")])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Identifies one file with `--archives`, and returns for each row its path, PUID and warnings.
#[track_caller]
fn rows(name: &str, bytes: &[u8]) -> Vec<(String, String, Vec<String>)> {
    let installation = Installation::new();
    fs::write(installation.folder.path().join(name), bytes).unwrap();
    let lines = installation.run(["identify", "--archives", "--json", name]).exits(0).json();
    lines.iter().map(told).collect()
}

fn told(line: &Value) -> (String, String, Vec<String>) {
    let warnings = line["warnings"].as_array().unwrap().iter();
    let warnings = warnings.map(|warning| format!("{}: {}", warning["code"], warning["message"]).replace('"', ""));
    let puid = line["puid"].as_str().unwrap_or("-").to_owned();
    (line["path"].as_str().unwrap().to_owned(), puid, warnings.collect())
}

/// Holds paths and PUIDs against what is expected, and insists that there are no warnings.
#[track_caller]
fn check(name: &str, bytes: &[u8], expected: &[(&str, &str)]) {
    let rows = rows(name, bytes);
    let seen: Vec<_> = rows.iter().map(|(path, puid, _)| (path.as_str(), puid.as_str())).collect();
    assert_eq!(seen, expected);
    let warned: Vec<_> = rows.iter().filter(|(_, _, warnings)| !warnings.is_empty()).collect();
    assert!(warned.is_empty(), "{warned:?}");
}

#[test]
fn members_of_every_kind_of_archive_are_rows_below_it() {
    let (png, docx) = (png(), docx());
    let tar = Tar::new().folder("f/").file("f/a.png", &png).file("f/b.docx", &docx).end();
    let members = |archive: &str| ["f/a.png", "f/b.docx"].map(|name| format!("{archive}!/{name}"));
    let [a, b] = members("x.tar");
    check("x.tar", &tar, &[("x.tar", "x-fmt/265"), (&a, "fmt/11"), (&b, "fmt/412")]);
    let [a, b] = members("x.tar.gz!/x.tar");
    let expected = [("x.tar.gz", "x-fmt/266"), ("x.tar.gz!/x.tar", "x-fmt/265"), (&*a, "fmt/11"), (&*b, "fmt/412")];
    check("x.tar.gz", &gzip(&tar), &expected);
    let [a, b] = members("x.tzst!/x.tar");
    let expected = [("x.tzst", "-"), ("x.tzst!/x.tar", "x-fmt/265"), (&*a, "fmt/11"), (&*b, "fmt/412")];
    check("x.tzst", &zstd::encode_all(tar.as_slice(), 3).unwrap(), &expected);
    let archive = zip(&[Entry::stored("f/a.png", &png), Entry::deflated("f/b.docx", &docx), Entry::stored("e/", b"")]);
    let [a, b] = members("x.zip");
    check("x.zip", &archive, &[("x.zip", "x-fmt/263"), (&a, "fmt/11"), (&b, "fmt/412")]);
    check("a.png.gz", &gzip(&png), &[("a.png.gz", "x-fmt/266"), ("a.png.gz!/a.png", "fmt/11")]);
    // A document is a document, though it is a ZIP archive.
    check("b.docx", &docx, &[("b.docx", "fmt/412")]);
}

#[test]
fn without_the_option_an_archive_is_one_row() {
    let installation = Installation::new();
    let lines = installation.run(["identify".as_ref(), "--json".as_ref(), sample("minutes.zip").as_os_str()]).exits(0);
    assert_eq!(lines.json().len(), 1);
}

#[test]
fn archives_within_archives_are_looked_into_down_to_the_bound() {
    let inner = zip(&[Entry::deflated("a.png", &png())]);
    let tar = Tar::new().file("in.zip", &inner).end();
    let outer = zip(&[Entry::deflated("in.tar", &tar), Entry::deflated("in.tar.gz", &gzip(&tar))]);
    let expected = [
        ("o.zip", "x-fmt/263"),
        ("o.zip!/in.tar", "x-fmt/265"),
        ("o.zip!/in.tar!/in.zip", "x-fmt/263"),
        ("o.zip!/in.tar!/in.zip!/a.png", "fmt/11"),
        ("o.zip!/in.tar.gz", "x-fmt/266"),
        ("o.zip!/in.tar.gz!/in.tar", "x-fmt/265"),
        ("o.zip!/in.tar.gz!/in.tar!/in.zip", "x-fmt/263"),
        ("o.zip!/in.tar.gz!/in.tar!/in.zip!/a.png", "fmt/11"),
    ];
    check("o.zip", &outer, &expected);
    let mut deep = png();
    for _ in 0..10 {
        deep = zip(&[Entry::stored("d.zip", &deep)]);
    }
    let rows = rows("d.zip", &deep);
    assert_eq!(rows.len(), 9);
    assert!(rows[8].2.iter().any(|warning| warning.starts_with("limit: it is the 9th archive")), "{:?}", rows[8]);
    assert!(rows[..8].iter().all(|(_, _, warnings)| warnings.is_empty()), "{rows:?}");
}

#[test]
fn long_and_hostile_names_are_told_exactly() {
    let long = format!("{}/a.png", "n".repeat(150));
    let tar = Tar::new().file(&long, png()).gnu_long_file(&format!("g{long}"), png()).file(b"\xff.png", png()).end();
    let installation = Installation::new();
    fs::write(installation.folder.path().join("x.tar"), tar).unwrap();
    let lines = installation.run(["identify", "--archives", "--json", "x.tar"]).exits(0).json();
    assert_eq!(lines[1]["path"], format!("x.tar!/{long}"));
    assert_eq!(lines[2]["path"], format!("x.tar!/g{long}"));
    assert_eq!(lines[3]["path_hex"], "782e746172212fff2e706e67");
    assert!(lines[1..].iter().all(|line| line["puid"] == "fmt/11"), "{lines:#?}");
}

#[test]
fn members_in_droids_columns_have_addresses_and_parents() {
    let installation = Installation::new();
    let archive = zip(&[Entry::stored("f/a b!.png", &png()), Entry::stored("t.tar", &Tar::new().file("x", "y").end())]);
    installation.plain_folder("in", &[("x.zip", &archive)]);
    let said = installation.run(["identify", "-r", "--archives", "--droid-csv", "in"]).exits(0);
    let at = installation.folder.path().canonicalize().unwrap().join("in/x.zip").display().to_string();
    let lines: Vec<_> = said.out.lines().skip(1).collect();
    for (line, begin) in lines.iter().zip([
        "\"1\",\"\",\"file:".to_owned(),
        format!("\"2\",\"1\",\"file:{at}\",\"{at}\",\"x.zip\",\"Signature\",\"Done\""),
        format!("\"3\",\"2\",\"zip:file:{at}!/f/a%20b%21.png\",\"\",\"a b!.png\",\"Signature\",\"Done\""),
        format!("\"4\",\"2\",\"zip:file:{at}!/t.tar\",\"\",\"t.tar\",\"Signature\",\"Done\""),
        format!("\"5\",\"4\",\"tar:zip:file:{at}!/t.tar!/x\",\"\",\"x\",\"\",\"Done\",\"1\",\"File\",\"\""),
    ]) {
        assert!(line.starts_with(&begin), "{line}\nand not {begin}");
    }
    assert_eq!(lines.len(), 5);
    assert!(lines[1].contains("\"Container\",\"zip\"") && lines[3].contains("\"Container\",\"tar\""), "{lines:#?}");
}

/// Insists on a warning at one row, and that the row behind it is known nonetheless.
#[track_caller]
fn check_damage(name: &str, bytes: &[u8], path: &str, warning: &str, last: Option<(&str, &str)>) {
    let rows = rows(name, bytes);
    let row = rows.iter().find(|(own, _, _)| own == path).unwrap_or_else(|| panic!("no {path} in {rows:#?}"));
    assert!(row.2.iter().any(|own| own.starts_with(warning)), "{row:?}");
    if let Some(last) = last {
        let seen = rows.last().map(|(path, puid, _)| (path.as_str(), puid.as_str()));
        assert_eq!(seen, Some(last), "{rows:#?}");
    }
}

#[test]
fn damaged_and_unreadable_members_are_warnings_and_the_others_go_on() {
    let good = Entry::stored("z.png", &png());
    let last = Some(("x.zip!/z.png", "fmt/11"));
    let bad = |entry: Entry| zip(&[entry, good.clone()]);
    let deflated = Entry::deflated("a", &[b'a'; 500]);
    let broken = Entry { data: vec![0xff; 40], ..deflated.clone() };
    check_damage("x.zip", &bad(broken), "x.zip!/a", "damaged: its bytes are damaged", last);
    let wrong_sum = Entry { crc: 7, ..deflated.clone() };
    check_damage("x.zip", &bad(wrong_sum), "x.zip!/a", "damaged: its bytes are not those", last);
    let short = Entry { size_bytes: 501, ..deflated.clone() };
    check_damage("x.zip", &bad(short), "x.zip!/a", "damaged: it has 500 bytes", last);
    let secret = Entry { flags: ENCRYPTED, ..deflated.clone() };
    check_damage("x.zip", &bad(secret), "x.zip!/a", "not_read: it is encrypted", last);
    let unknown = Entry { method: UNSUPPORTED, ..deflated.clone() };
    check_damage("x.zip", &bad(unknown), "x.zip!/a", "not_read: it is packed by method 12", last);
    let lost = Entry { listed_at: Some(9), ..deflated };
    check_damage("x.zip", &bad(lost), "x.zip!/a", "damaged: it is not where", last);
}

#[test]
fn a_sparse_member_has_its_own_name_and_is_not_taken_for_what_is_stored_of_it() {
    let map = Tar::new()
        .entry(&tar::Header::new("s", tar::GNU_SPARSE, 4), b"data")
        .pax(&[("GNU.sparse.major", b"1"), ("GNU.sparse.name", b"t"), ("path", b"GNUSparseFile.1/t")])
        .entry(&tar::Header::new("GNUSparseFile.1/t", tar::FILE, 4), b"1\n0\n")
        .file("a.png", png())
        .end();
    let last = Some(("x.tar!/a.png", "fmt/11"));
    check_damage("x.tar", &map, "x.tar!/s", "not_read: it is a sparse file", last);
    check_damage("x.tar", &map, "x.tar!/t", "not_read: it is a sparse file", last);
}

#[test]
fn a_window_that_would_take_too_much_memory_is_refused() {
    let packed = |log: u32| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(log).unwrap();
        encoder.write_all(&png()).unwrap();
        encoder.finish().unwrap()
    };
    check("a.png.zst", &packed(23), &[("a.png.zst", "-"), ("a.png.zst!/a.png", "fmt/11")]);
    check_damage("a.png.zst", &packed(24), "a.png.zst!/a.png", "damaged: its bytes are damaged: ", None);
}

#[test]
fn an_archive_that_is_damaged_says_so_on_its_own_row() {
    let png = png();
    let tar = Tar::new().file("a.png", &png).file("b.png", &png);
    let cut = tar.clone().cut();
    let within_b = &cut[..cut.len() - 600];
    let last = Some(("x.tar!/a.png", "fmt/11"));
    check_damage("x.tar", &cut[..cut.len() - png.len() - 600], "x.tar", "damaged: the archive breaks off", last);
    check_damage("x.tar", within_b, "x.tar", "damaged: the archive breaks off", None);
    let noise = tar.raw(&[7; 2048]).end();
    check_damage("x.tar", &noise, "x.tar", "damaged: there is no header at byte", Some(("x.tar!/b.png", "fmt/11")));
    check_damage("x.tar.gz", &gzip(within_b), "x.tar.gz!/x.tar", "damaged: the archive breaks off", None);
    let packed = gzip(&tar_of_noise());
    check_damage("x.tar.gz", &packed[..packed.len() / 2], "x.tar.gz!/x.tar", "damaged: ", None);
    let archive = zip(&[Entry::stored("a.png", &png), Entry::stored("b.png", &png)]);
    let ended = archive.len() - 22;
    let rows = rows("x.zip", &[&archive[..ended - 20], &archive[ended..]].concat());
    assert!(rows[0].2.iter().any(|warning| warning.starts_with("damaged: ")), "{rows:?}");
}

fn tar_of_noise() -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    Tar::new().file("a", (0..100_000).map(|_| noise()).collect::<Vec<_>>()).end()
}

#[test]
fn no_cut_and_no_flipped_byte_crashes_it() {
    let installation = Installation::new();
    let folder = installation.plain_folder("mutants", &[]);
    fs::create_dir_all(&folder).unwrap();
    let tar = Tar::new().file("a.png", png()).gnu_long_file(&"l".repeat(120), "x").end();
    let archive = zip(&[Entry::deflated("d.docx", &docx()), Entry::stored("t.tar", &tar)]);
    for (name, bytes) in [("x.zip", &archive), ("x.tar.gz", &gzip(&tar)), ("x.tar", &tar)] {
        for step in 0..60 {
            let place = step * (bytes.len() - 1) / 59;
            let mut flipped = bytes.clone();
            flipped[place] ^= 0xff;
            fs::write(folder.join(format!("flip-{step}-{name}")), flipped).unwrap();
            fs::write(folder.join(format!("cut-{step}-{name}")), &bytes[..place]).unwrap();
        }
    }
    let said = installation.run(["identify", "-r", "--archives", "--json", "mutants"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let tops = said.json().iter().filter(|line| !line["path"].as_str().unwrap().contains("!/")).count();
    assert_eq!(tops, 360);
}

/// A tar archive with a member of zeros, compressed without being held in memory.
fn bomb(size_bytes: u64) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&tar::Header::new("zeros", tar::FILE, size_bytes).block()).unwrap();
    let block = vec![0; 1 << 20];
    for _ in 0..size_bytes >> 20 {
        encoder.write_all(&block).unwrap();
    }
    encoder.write_all(&[0; 1024]).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_bomb_is_a_warning_and_what_follows_goes_on() {
    let installation = Installation::new();
    let packed = bomb(1 << 30);
    let size = packed.len() as u64;
    // More than its 250 bytes for each and 256 MiB in all.
    assert!(size * 250 + (256 << 20) < 1 << 30, "{size}");
    let twice = zip(&[Entry::stored("bomb.tar.gz", &packed), Entry::stored("z.png", &png())]);
    installation.plain_folder("in", &[("a.tar.gz", &packed), ("b.zip", &twice), ("c.png", &png())]);
    let said = installation.run(["identify", "-r", "--archives", "--json", "in"]).exits(0);
    let rows: Vec<_> = said.json().iter().map(told).collect();
    let find = |path: &str| rows.iter().find(|row| row.0 == path).unwrap_or_else(|| panic!("no {path}: {rows:#?}"));
    let is_bomb = |path: &str| find(path).2.iter().any(|warning| warning.starts_with("limit: more than "));
    assert!(is_bomb("in/a.tar.gz!/a.tar"), "{rows:#?}");
    assert!(is_bomb("in/b.zip!/bomb.tar.gz!/bomb.tar"), "{rows:#?}");
    // The budget is that of the whole file, and is spent.
    assert!(is_bomb("in/b.zip!/z.png"), "{rows:#?}");
    assert_eq!(find("in/c.png").1, "fmt/11");
}

#[test]
fn overlapping_members_cost_no_more_than_the_archive_may() {
    // Every entry of the directory leads to the same bytes, which are a document each time.
    let first = Entry::deflated("0.docx", &[docx(), vec![0; 1 << 20]].concat());
    let again =
        |number: usize| Entry { name: format!("{number}.docx").into_bytes(), listed_at: Some(0), ..first.clone() };
    let entries: Vec<_> = std::iter::once(first.clone()).chain((1..2000).map(again)).collect();
    let archive = zip(&entries);
    assert!(archive.len() < 300_000, "{}", archive.len());
    let rows = rows("x.zip", &archive);
    assert_eq!(rows.len(), 2001);
    assert!(rows[2000].2.iter().any(|warning| warning.starts_with("limit: ")), "{:?}", rows[2000]);
}

#[test]
fn memory_stays_bounded_whatever_an_archive_holds() {
    let installation = Installation::new();
    let big = [docx(), vec![7; 40 << 20]].concat();
    let inner = zip(&[Entry::deflated("big.docx", &big), Entry::deflated("big.raw", &vec![9; 40 << 20])]);
    let huge_name = Tar::new().entry(&tar::Header::new("././@LongLink", b'L', 200 << 20), &vec![b'n'; 200 << 20]).end();
    installation.plain_folder("in", &[("a.zip", &inner), ("a.tar.gz", &gzip(&huge_name))]);
    let mut command = Command::new("sh");
    // With one thread the address space is hardly larger than what is used of it.
    let script = "ulimit -v 160000; exec \"$0\" identify -r --archives --threads 1 --json in";
    command.args(["-c", script, env!("CARGO_BIN_EXE_strongroom")]).current_dir(installation.folder.path());
    let output = command.stdin(Stdio::null()).env("STRONGROOM_DATA", installation.data()).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert!(out.contains("a name or record is longer than"), "{out}");
}
