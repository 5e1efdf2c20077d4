//! The reader of inventories, fed with broken ones for as long as `STRONGROOM_FUZZ_SECONDS` says (10 by default).
#![allow(clippy::print_stderr, reason = "a failure must tell its seed")]

use std::time::{Duration, Instant};

use ocfl::{Parsed, safe_relative_path};

const SOUND: &str = r#"{"id":"urn:x","type":"https://ocfl.io/1.1/spec/#inventory","digestAlgorithm":"sha256","head":"v2",
"contentDirectory":"content","manifest":{
"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":["v1/content/a","v2/content/b/c"],
"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb":["v1/content/d"]},
"versions":{"v1":{"created":"2026-11-03T10:20:30Z","message":"m","user":{"name":"n","address":"mailto:a@b"},
"state":{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":["a","b"]}},
"v2":{"created":"2026-11-03T10:20:30+01:00","state":{
"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb":["d/e","\u00e9\ud83d\ude00"],
"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":["a"]}}},
"fixity":{"md5":{"d41d8cd98f00b204e9800998ecf8427e":["v1/content/a"]},"sha512/256":{}}}"#;

/// What is put into the text beside random bytes: all that means something in an inventory.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "null",
    "true",
    "-1",
    "1e999",
    "0.1",
    "\"id\":",
    "\"v1\"",
    "\"v0\"",
    "\"v01\"",
    "\"v999999\"",
    "\"head\":",
    "\"manifest\":",
    "\"versions\":{",
    "\"state\":{",
    "\"fixity\":{",
    "\"md5\":{",
    "\"sha1\"",
    "\"contentDirectory\":\"..\"",
    "\"contentDirectory\":\"v1\"",
    "/",
    "//",
    "..",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    "\u{fffd}",
    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
    "sha512",
    "[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "\"v1/content\"",
    "\"v1/content/a/b\"",
];

/// xorshift64*: enough to wander, and the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}

fn mutate(random: &mut Random) -> Vec<u8> {
    let mut text = SOUND.to_owned();
    // Keys that others depend upon may come last.
    for key in ["\"digestAlgorithm\":\"sha256\",", "\"contentDirectory\":\"content\","] {
        if random.below(2) == 0 {
            text = text.replace(key, "");
            text = format!("{},{}}}", &text[..text.len() - 1], key.trim_end_matches(','));
        }
    }
    let mut bytes = text.into_bytes();
    for _ in 0..=random.below(6) {
        let place = random.below(bytes.len() + 1);
        match random.below(6) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, random.below(256) as u8),
            2 if place < bytes.len() => bytes[place] = random.below(256) as u8,
            3 => drop(bytes.drain(place..(place + random.below(80)).min(bytes.len()))),
            4 => {
                let piece = PIECES[random.below(PIECES.len())].as_bytes();
                bytes.splice(place..place, piece.iter().copied());
            }
            _ => {
                let end = (place + random.below(200)).min(bytes.len());
                let copy = bytes[place..end].to_vec();
                let target = random.below(bytes.len() + 1);
                bytes.splice(target..target, copy);
            }
        }
    }
    bytes
}

fn check(bytes: &[u8]) {
    let Ok(parsed) = Parsed::read(bytes, "inventory.json", 1 << 20) else { return };
    assert!(parsed.findings.list.len() < 10_000);
    let Some(inventory) = parsed.inventory else { return };
    // Whatever was understood can be asked anything.
    for number in inventory.version_numbers() {
        for (path, digest) in inventory.state(number) {
            assert!(inventory.digest_of(number, path).is_some());
            assert!(safe_relative_path(path).is_ok() || path.contains('\0') || cfg!(windows));
            drop(inventory.content_path(digest));
        }
    }
    for (path, _) in inventory.contents() {
        drop(inventory.fixity_of(&path));
    }
    let text = inventory.to_bytes();
    if parsed.findings.is_acceptable() {
        let again = ocfl::Inventory::read(text.as_slice()).expect("a sound inventory stays sound");
        assert_eq!(again, inventory);
    }
}

#[test]
fn no_text_makes_the_reader_panic_or_run_away() {
    let seconds = std::env::var("STRONGROOM_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let seed = std::env::var("STRONGROOM_FUZZ_SEED").ok().and_then(|text| text.parse().ok());
    let clock =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    let seed: u64 = seed.unwrap_or(clock | 1);
    eprintln!("STRONGROOM_FUZZ_SEED={seed}");
    let mut random = Random(seed);
    let (start, mut texts) = (Instant::now(), 0u64);
    check(SOUND.as_bytes());
    while start.elapsed() < Duration::from_secs(seconds) {
        let bytes = mutate(&mut random);
        let began = Instant::now();
        if std::panic::catch_unwind(|| check(&bytes)).is_err() {
            panic!("seed {seed}, text {texts}: {}", String::from_utf8_lossy(&bytes));
        }
        assert!(began.elapsed() < Duration::from_secs(5), "seed {seed}, text {texts} took {:?}", began.elapsed());
        texts += 1;
    }
    eprintln!("{texts} texts in {seconds} s");
}
