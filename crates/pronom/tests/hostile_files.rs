//! Files that are made to keep the matcher busy.

#![allow(clippy::print_stdout, reason = "the times are worth reading")]

mod sample;

use std::time::{Duration, Instant};

use pronom::{Limits, Recognizer, Signatures, Warning};
use sample::compile_one;

/// Far more than any of these takes, far less than something quadratic would.
const SECONDS_MAX: Duration = Duration::from_secs(20);

fn spent(signatures: &Signatures, bytes: &[u8]) -> bool {
    let mut recognizer = Recognizer::new(signatures, Limits::default());
    recognizer.push(bytes);
    let began = Instant::now();
    let answer = recognizer.finish(None);
    assert!(began.elapsed() < SECONDS_MAX);
    answer.warnings.contains(&Warning::WorkSpent)
}

#[test]
fn a_file_of_one_byte_all_over_is_compared_to_the_end() {
    let mut slowest = (Duration::ZERO, 0);
    for byte in 0..=u8::MAX {
        let began = Instant::now();
        assert!(!spent(Signatures::official(), &vec![byte; 200_000]), "{byte:02X}");
        slowest = slowest.max((began.elapsed(), byte));
    }
    println!("slowest: {slowest:?}");
}

#[test]
fn a_file_of_all_literals_of_all_signatures_is_compared_to_the_end() {
    let official = Signatures::official();
    let mut bytes = Vec::new();
    for signature in official.formats().iter().flat_map(|format| &format.signatures) {
        for part in signature.sequences.iter().flat_map(|sequence| &sequence.parts) {
            bytes.extend(part.required().flat_map(|pattern| pattern.example(0)).take(60));
        }
    }
    for start in [0, bytes.len() / 3, bytes.len() / 2] {
        let began = Instant::now();
        assert!(!spent(official, &bytes[start..(start + 131_072).min(bytes.len())]));
        println!("all literals: {:?}", began.elapsed());
    }
}

#[test]
fn the_beginnings_of_signatures_over_and_over_are_compared_to_the_end() {
    let official = Signatures::official();
    let mut slowest = (Duration::ZERO, 0);
    for signature in official.formats().iter().flat_map(|format| &format.signatures) {
        let parts = signature.sequences.iter().flat_map(|sequence| &sequence.parts);
        let cycle: Vec<u8> = parts.flat_map(|part| part.main.example(b'0')).collect();
        let bytes: Vec<u8> = cycle.iter().copied().cycle().take(131_072).collect();
        let began = Instant::now();
        assert!(!spent(official, &bytes), "{}", signature.id);
        slowest = slowest.max((began.elapsed(), signature.id));
    }
    println!("slowest: {slowest:?}");
}

#[test]
fn a_signature_of_gaps_upon_gaps_spends_its_work_and_says_so() {
    let fragments: String = (1..=20)
        .map(|position| {
            format!("<RightFragment Position=\"{position}\" MinOffset=\"0\" MaxOffset=\"60000\">61</RightFragment>")
        })
        .collect();
    let signatures = compile_one(&format!(
        "<ByteSequence><SubSequence SubSeqMinOffset=\"0\"><Sequence>61</Sequence>{fragments}\
         <RightFragment Position=\"21\" MinOffset=\"0\" MaxOffset=\"0\">62</RightFragment></SubSequence></ByteSequence>"
    ));
    let began = Instant::now();
    assert!(spent(&signatures, &[b'a'; 65_536]));
    println!("gaps upon gaps: {:?}", began.elapsed());
    assert!(!spent(&signatures, &[b'c'; 65_536]));
}
