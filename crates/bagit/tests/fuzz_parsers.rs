//! Mutated input for every parser, for as many seconds as `STRONGROOM_FUZZ_SECONDS` says (10 unless told).
//!
//! The seed is printed; `STRONGROOM_FUZZ_SEED` repeats a run. Nothing may panic, and every bound must hold.

#![allow(clippy::print_stdout, reason = "the seed must be seen to repeat a run")]

mod bag;
#[path = "fuzz/mutation.rs"]
mod mutation;

use std::time::{Duration, Instant};

use bag::BagBuilder;
use bagit::fetch::FetchReader;
use bagit::manifest::{MANIFEST_LINE_BYTES_MAX, ManifestLine, ManifestReader};
use bagit::tag::{TAG_VALUE_BYTES_MAX, TAGS_MAX, read_tags};
use bagit::{Profile, TextEncoding, path, read_declaration};
use findings::Findings;
use mutation::Mutator;

const TARGETS: u32 = 6;

/// Gives a parser mutated input until its share of the time is over.
fn fuzz(name: &str, corpus: &[&[u8]], parse: impl Fn(&[u8])) {
    let seconds = std::env::var("STRONGROOM_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let seed = std::env::var("STRONGROOM_FUZZ_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()) << 20 | name.len() as u64);
    println!("{name}: seed {seed}");
    let mut mutator = Mutator::new(seed, corpus);
    let end = Instant::now() + Duration::from_secs(seconds) / TARGETS;
    let mut runs = 0_u64;
    while Instant::now() < end {
        parse(mutator.next_input());
        runs += 1;
    }
    println!("{name}: {runs} runs");
    assert!(runs > 0);
}

fn encodings() -> impl Iterator<Item = TextEncoding> {
    ["UTF-8", "ISO-8859-1", "UTF-16", "Shift_JIS"].into_iter().filter_map(TextEncoding::named)
}

#[test]
fn manifests() {
    let long = vec![b'a'; MANIFEST_LINE_BYTES_MAX + 2];
    let corpus: [&[u8]; 5] = [
        b"d41d8cd98f00b204e9800998ecf8427e  data/a.txt\nD41D8CD98F00B204E9800998ECF8427E *./data/b%0A\r\n",
        b"\xef\xbb\xbf# comment\r\r\n\\abc\tdata\\\\x\n",
        b"\xfe\xff\x00a\x00 \x00b\x00\n",
        "ab  data/Nu\u{301}\u{202e}\u{a0}%25%\n".as_bytes(),
        &long,
    ];
    fuzz("manifests", &corpus, |bytes| {
        for encoding in encodings() {
            let mut reader = ManifestReader::new(bytes, encoding);
            while let Some(line) = reader.next_line().expect("memory can be read") {
                if let ManifestLine::Entry { digest, path } = line {
                    assert!(!digest.is_empty() && digest.len() + path.len() < MANIFEST_LINE_BYTES_MAX);
                    let decoded = path::decode(path);
                    assert_eq!(path::decode(&path::encode(&decoded)), decoded);
                    let _is_unsafe = path::is_unsafe(path);
                }
            }
            assert!(reader.line_number() <= bytes.len() as u64 * 3 + 1);
        }
    });
}

#[test]
fn tags() {
    let corpus: [&[u8]; 3] = [
        b"Source-Organization: FOO University\r\nExternal-Description: a\n  b\n\tc\n\nA:b: c\n",
        b"\xef\xbb\xbfTitle : x\n no colon\n: \n",
        b"\xff\xfeA\x00:\x00 \x001\x00",
    ];
    fuzz("tags", &corpus, |bytes| {
        for encoding in encodings() {
            let file = read_tags(bytes, encoding, "bag-info.txt").expect("memory can be read");
            assert!(file.tags.len() <= TAGS_MAX);
            assert!(file.tags.iter().all(|tag| !tag.name.is_empty() && tag.value.len() <= TAG_VALUE_BYTES_MAX));
        }
    });
}

#[test]
fn declarations() {
    let corpus: [&[u8]; 2] = [
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        b"\xef\xbb\xbfBagIt-Version : .97\r\nTag-File-Character-Encoding: UTF-16",
    ];
    fuzz("declarations", &corpus, |bytes| {
        let mut findings = Findings::default();
        let declaration = read_declaration(bytes, &mut findings).expect("memory can be read");
        let is_whole = declaration.version.is_some() && declaration.encoding.is_some();
        assert!(is_whole || !findings.is_acceptable(), "what is missing is reported");
    });
}

#[test]
fn fetch_files() {
    let corpus: [&[u8]; 2] = [b"https://example.org/a 12 data/a\nfile:///x - data/b\r\n", b"x y z\n\t\n"];
    fuzz("fetch files", &corpus, |bytes| {
        let mut reader = FetchReader::new(bytes, TextEncoding::UTF_8);
        while reader.next_line().expect("memory can be read").is_some() {}
    });
}

#[test]
fn profiles() {
    let corpus: [&[u8]; 2] =
        [include_bytes!("../profiles/aptrust-v2.3.json"), include_bytes!("../profiles/btr-v1.0.json")];
    fuzz("profiles", &corpus, |bytes| {
        if let Ok(profile) = Profile::parse(bytes) {
            let mut bag = BagBuilder::valid().file("bag-info.txt", "Title: x\n");
            bag.profile = Some(profile);
            bag.validate();
        }
    });
}

#[test]
fn whole_bags() {
    let corpus: [&[u8]; 3] = [
        b"5d41402abc4b2a76b9719d911017c592  data/a.txt\n",
        b"5d41402abc4b2a76b9719d911017c592 *./data/a.txt \n5d41402abc4b2a76b9719d911017c592  data\\a.txt\n",
        "0  data/N\u{fa}\u{f1}ez\n0  data/Nu\u{301}n\u{303}ez\n0  ../x\n0  bagit.txt\n".as_bytes(),
    ];
    fuzz("whole bags", &corpus, |bytes| {
        for version in ["0.97", "1.0"] {
            let bag = BagBuilder::version(version).file("data/N\u{fa}\u{f1}ez", "").file("data/b\\c%0A", "");
            let bag = bag.file("manifest-md5.txt", bytes).file("tagmanifest-md5.txt", bytes);
            bag.file("fetch.txt", bytes).file("bag-info.txt", bytes).validate();
        }
    });
}
