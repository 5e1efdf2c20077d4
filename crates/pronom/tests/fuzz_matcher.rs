//! Files that are nearly what signatures want: every way to compare them says the same.

#![allow(clippy::print_stdout, reason = "the seed and the runs are worth reading")]

mod container;
mod generator;

use std::collections::BTreeSet;
use std::time::Instant;

use container::{Random, fuzz_seconds};
use pronom::table::{Format, Table};
use pronom::{Identification, Limits, Recognizer, Scope, Signatures, Warning, identify, settle};

/// Files that the plain matcher, which is slow, is asked about are no longer than this.
const PLAIN_BYTES_MAX: usize = 3000;
const TARGETS: u32 = 3;

/// The official signatures without priorities, so that every one that matches is told.
fn all_told() -> Signatures {
    let table = Signatures::official().table();
    let formats = table.formats.iter().map(|format| Format { priority_over: Vec::new(), ..format.clone() });
    Signatures::new(Table { formats: formats.collect(), ..table.clone() })
}

/// Files of one or a few signatures, those of containers among them.
fn corpus(signatures: &Signatures) -> Vec<Vec<u8>> {
    let binary = signatures.formats().iter().flat_map(|format| &format.signatures);
    let inner = signatures.containers().iter().step_by(7);
    let binary = binary.filter_map(|signature| generator::file(signature, 0xC5));
    binary.chain(inner.filter_map(|signature| generator::container(signature, b' '))).collect()
}

/// Makes one file of several, so that signatures meet within it.
fn next_input(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..random.below(3) {
        let other = &corpus[random.below(corpus.len())];
        let place = random.below(bytes.len() + 1);
        match random.below(3) {
            0 => bytes.extend_from_slice(other),
            1 => drop(bytes.splice(place..place, other.iter().copied())),
            _ => drop(bytes.splice(place.., other.iter().copied())),
        }
    }
    if random.below(4) > 0 && !bytes.is_empty() {
        random.change(&mut bytes, &[0, 1]);
    }
    bytes
}

fn until_time_is_over(name: &str, mut run: impl FnMut(&mut Random, &[Vec<u8>])) {
    let corpus = corpus(Signatures::official());
    let mut random = Random::new(name);
    let (began, mut runs) = (Instant::now(), 0_u64);
    while began.elapsed() < fuzz_seconds() / TARGETS {
        run(&mut random, &corpus);
        runs += 1;
    }
    println!("{name}: {runs} runs");
    assert!(runs > 0);
}

fn signature_ids(answer: &Identification<'_>) -> BTreeSet<u32> {
    answer.candidates.iter().flat_map(|told| &told.basis).map(|basis| basis.signature_id).collect()
}

#[test]
fn the_signatures_that_match_are_those_of_the_plain_matcher() {
    let signatures = all_told();
    until_time_is_over("plain matcher", |random, corpus| {
        let mut bytes = next_input(random, corpus);
        bytes.truncate(PLAIN_BYTES_MAX);
        let mut recognizer = Recognizer::new(&signatures, Limits::default());
        recognizer.push(&bytes);
        let answer = recognizer.finish(None);
        let all = signatures.formats().iter().flat_map(|format| &format.signatures);
        let plain: BTreeSet<u32> = all
            .filter(|signature| generator::naive::matches(signature, &bytes))
            .map(|signature| signature.id)
            .collect();
        assert_eq!(signature_ids(&answer), plain, "{bytes:02X?}");
    });
}

#[test]
fn pushed_blocks_and_a_source_lead_to_the_same_answer() {
    let signatures = Signatures::official();
    let mut limits = Limits { head_bytes: 300, tail_bytes: 200, ..Limits::default() };
    let mut recognizer = Recognizer::new(signatures, limits);
    until_time_is_over("blocks", |random, corpus| {
        if random.below(50) == 0 {
            limits.head_bytes = [0, 1, 64, 300, 4096, 65_536][random.below(6)];
            limits.tail_bytes = [0, 1, 64, 200, 4096, 65_536][random.below(6)];
            recognizer = Recognizer::new(signatures, limits);
        }
        let bytes = next_input(random, corpus);
        recognizer.reset();
        let mut left = bytes.as_slice();
        while !left.is_empty() {
            let most = [1, 7, 500, 70_000][random.below(4)];
            let (block, rest) = left.split_at((random.below(most) + 1).min(left.len()));
            recognizer.push(block);
            left = rest;
        }
        let provisional = recognizer.finish(Some("a.txt"));
        let pushed = settle(signatures, provisional, &left_of(&bytes), Some("a.txt"), &limits).expect("it is memory");
        let read =
            identify(signatures, &left_of(&bytes), Some("a.txt"), &limits, Scope::Windows).expect("it is memory");
        assert_eq!(pushed, read, "{limits:?} {bytes:02X?}");
    });
}

fn left_of(bytes: &[u8]) -> &[u8] {
    bytes
}

#[test]
fn an_answer_holds_together() {
    let signatures = Signatures::official();
    let names =
        ["", ".", "a", "a.txt", "a.src.rpm", "A.DOCX", "..", "a/b.c/d", "\u{e9}.\u{e9}", "a.b\\c.tif", "x.ds_store"];
    until_time_is_over("answers", |random, corpus| {
        let mut bytes = next_input(random, corpus);
        if random.below(3) == 0 {
            bytes.truncate(random.below(40));
        }
        let name = Some(names[random.below(names.len())]).filter(|name| !name.is_empty());
        let scope = if random.below(4) == 0 { Scope::Whole } else { Scope::Windows };
        let answer = identify(signatures, &left_of(&bytes), name, &Limits::default(), scope).expect("it is memory");
        check_answer(&answer, bytes.len());
    });
}

fn check_answer(answer: &Identification<'_>, length: usize) {
    assert_eq!(answer.best.as_ref(), answer.candidates.first());
    let puids: BTreeSet<_> = answer.candidates.iter().map(|told| told.puid()).collect();
    assert_eq!(puids.len(), answer.candidates.len(), "each format is told once");
    let kinds: BTreeSet<_> = answer.candidates.iter().map(|told| told.kind).collect();
    assert!(kinds.len() <= 1, "only the strongest evidence counts");
    let several = answer.warnings.iter().any(|warning| matches!(warning, Warning::SeveralCandidates(_)));
    let is_plain_text = answer.best.as_ref().is_some_and(|best| best.puid().as_str() == "x-fmt/111");
    assert_eq!(several, answer.candidates.len() > 1 && !(is_plain_text && answer.text.is_some()));
    assert_eq!(answer.warnings.contains(&Warning::EmptyFile), length == 0);
    assert!(!answer.warnings.contains(&Warning::WorkSpent), "small files never spend the work");
    for basis in answer.candidates.iter().flat_map(|told| &told.basis).filter(|basis| basis.inner_path.is_none()) {
        assert!(basis.places.iter().all(|place| place.start <= place.end && place.end <= length as u64));
    }
}
