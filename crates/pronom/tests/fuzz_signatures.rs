//! Signature files and tables that are changed at random: they are refused with a reason, or mean what they say.

#![allow(clippy::print_stdout, reason = "the seed and the runs are worth reading")]

mod container;

use std::time::Instant;

use container::{Random, fuzz_seconds};
use pronom::{Limits, Recognizer, SignatureFile, Signatures};

/// The two tests of the compiler share the time.
const TARGETS: u32 = 2;
const BINARY: &str = include_str!("custom/binary.xml");
const CONTAINER: &str = include_str!("custom/container.xml");

const PIECES: [&str; 27] = [
    "(",
    ")",
    "|",
    "[",
    "]",
    "{",
    "}",
    "*",
    "??",
    "~",
    "&amp;",
    "!",
    "'",
    "`",
    "-",
    ":",
    "{0-99999}",
    "(A|(B|C))",
    "[!00:1F]",
    "<Sequence>",
    "</SubSequence>",
    "EOFoffset",
    "99999999999",
    "00",
    "&#10;",
    "&#32;",
    "1 2",
];

fn change(random: &mut Random, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(4) {
        let place = random.below(bytes.len() + 1);
        if random.below(2) == 0 {
            let piece = PIECES[random.below(PIECES.len())];
            drop(bytes.splice(place..place, piece.bytes()));
        } else if !bytes.is_empty() {
            random.change(&mut bytes, &[place]);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn changed_signature_files_never_break_the_compiler() {
    let mut random = Random::new("signature files");
    let (began, mut runs, mut accepted) = (Instant::now(), 0_u64, 0_u64);
    while began.elapsed() < fuzz_seconds() / TARGETS {
        let (binary, container) = match random.below(3) {
            0 => (change(&mut random, BINARY), CONTAINER.to_owned()),
            1 => (BINARY.to_owned(), change(&mut random, CONTAINER)),
            _ => (change(&mut random, BINARY), change(&mut random, CONTAINER)),
        };
        let files = [SignatureFile { name: "b", xml: &binary }, SignatureFile { name: "c", xml: &container }];
        runs += 1;
        match Signatures::compile(files[0], files[1], &[]) {
            Ok(signatures) => {
                accepted += 1;
                let again = Signatures::decode(&signatures.encode()).expect("what was encoded is decoded");
                assert_eq!(again.table(), signatures.table(), "{binary}\n{container}");
                let mut recognizer = Recognizer::new(&signatures, Limits::default());
                recognizer.push(binary.as_bytes());
                recognizer.finish(Some("a.b"));
            }
            Err(error) => assert!(!error.to_string().is_empty() && error.line > 0),
        }
    }
    println!("signature files: {runs} runs, {accepted} accepted");
    assert!(accepted > 0 && accepted < runs);
}

#[test]
fn changed_tables_never_break_the_decoder() {
    let files = [SignatureFile { name: "b", xml: BINARY }, SignatureFile { name: "c", xml: CONTAINER }];
    let table = Signatures::compile(files[0], files[1], &[]).expect("the samples are right").encode();
    let mut random = Random::new("tables");
    let (began, mut runs, mut accepted) = (Instant::now(), 0_u64, 0_u64);
    while began.elapsed() < fuzz_seconds() / TARGETS {
        runs += 1;
        if let Ok(signatures) = Signatures::decode(&change(&mut random, &table)) {
            accepted += 1;
            let mut recognizer = Recognizer::new(&signatures, Limits::default());
            recognizer.push(table.as_bytes());
            recognizer.finish(None);
        }
    }
    println!("tables: {runs} runs, {accepted} accepted");
    assert!(accepted > 0 && accepted < runs);
}
