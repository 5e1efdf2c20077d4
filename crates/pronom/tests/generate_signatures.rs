//! For every signature of the table, the smallest file that it matches is identified.

#![allow(clippy::print_stdout, reason = "the counts are worth reading")]

mod container;
mod generator;

use std::collections::{BTreeMap, HashSet};

use pronom::table::{Format, Puid, Table};
use pronom::{Identification, Limits, MatchKind, Scope, Signatures, identify};

/// What stands where any byte would do: the first one with which the file is identified decides.
const FILLERS: [u8; 3] = [0xC5, b' ', 0];

/// Signatures whose smallest file is told neither as their own format nor as one that has priority over it, each with
/// the reason.
const EXCEPTIONS: &[(u32, &str)] = &[];

/// Container signatures of the same kind.
const CONTAINER_EXCEPTIONS: &[(u32, &str)] = &[];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Best,
    Own,
    Higher,
    Other,
}

fn look<'s>(signatures: &'s Signatures, bytes: &[u8], scope: Scope) -> Identification<'s> {
    identify(signatures, &bytes, None, &Limits::default(), scope).expect("memory can be read")
}

/// Says whether a format was told as the best answer, as one of several, or one that has priority over it, be it through others.
fn judge(signatures: &Signatures, answer: &Identification<'_>, format: &Format, kind: MatchKind) -> Outcome {
    if answer.best.as_ref().is_some_and(|best| best.kind == kind && best.format.puid == format.puid) {
        return Outcome::Best;
    }
    let told: Vec<&Format> = answer.candidates.iter().filter(|c| c.kind >= kind).map(|c| c.format).collect();
    if told.iter().any(|told| told.puid == format.puid) {
        return Outcome::Own;
    }
    let is_over = |told: &&Format| lower(signatures, told).contains(&format.puid);
    if told.iter().any(is_over) { Outcome::Higher } else { Outcome::Other }
}

fn lower<'s>(signatures: &'s Signatures, format: &'s Format) -> HashSet<&'s Puid> {
    let mut lower = HashSet::new();
    let mut left: Vec<&Puid> = format.priority_over.iter().collect();
    while let Some(puid) = left.pop() {
        if lower.insert(puid) {
            left.extend(signatures.format(puid).into_iter().flat_map(|format| &format.priority_over));
        }
    }
    lower
}

/// Fails when an exception is missing, or is none any more.
#[track_caller]
fn check_exceptions(what: &str, seen: &BTreeMap<u32, String>, expected: &[(u32, &str)]) {
    let expected: BTreeMap<u32, &str> = expected.iter().copied().collect();
    let new: Vec<_> = seen.iter().filter(|(id, _)| !expected.contains_key(id)).collect();
    let gone: Vec<_> = expected.keys().filter(|id| !seen.contains_key(id)).collect();
    assert!(new.is_empty() && gone.is_empty(), "{what}: not listed {new:#?}, no exceptions any more {gone:?}");
}

#[test]
fn every_binary_signature_matches_its_smallest_file_when_it_is_alone() {
    let official = Signatures::official();
    let mut count = 0;
    for format in official.formats() {
        for signature in &format.signatures {
            let only = Format { signatures: vec![signature.clone()], ..format.clone() };
            let alone = Signatures::new(Table { formats: vec![only], ..Table::default() });
            let bytes = generator::file(signature, FILLERS[0]).expect("the sequences go together");
            for scope in [Scope::Windows, Scope::Whole] {
                let best = look(&alone, &bytes, scope).best;
                assert!(best.is_some_and(|best| best.kind == MatchKind::Signature), "{} {scope:?}", signature.id);
            }
            count += 1;
        }
    }
    println!("{count} binary signatures match alone");
}

#[test]
fn every_binary_signature_is_told_among_all_others() {
    let official = Signatures::official();
    let (mut counts, mut exceptions) = (BTreeMap::new(), BTreeMap::new());
    for format in official.formats() {
        for signature in &format.signatures {
            let outcomes = FILLERS.map(|filler| {
                let bytes = generator::file(signature, filler).expect("the sequences go together");
                let answer = look(official, &bytes, Scope::Whole);
                (judge(official, &answer, format, MatchKind::Signature), answer)
            });
            let (outcome, answer) = outcomes.into_iter().min_by_key(|(outcome, _)| *outcome).expect("there are three");
            *counts.entry(outcome).or_insert(0) += 1;
            if outcome == Outcome::Other {
                let told: Vec<_> = answer.candidates.iter().map(|told| told.puid().as_str()).collect();
                exceptions.insert(signature.id, format!("{}: {told:?}", format.puid));
            }
        }
    }
    println!("binary signatures: {counts:?}");
    check_exceptions("binary signatures", &exceptions, EXCEPTIONS);
}

#[test]
fn every_container_signature_is_told_among_all_others() {
    let official = Signatures::official();
    let (mut counts, mut exceptions) = (BTreeMap::new(), BTreeMap::new());
    for signature in official.containers() {
        let format = official.format(&signature.puid).expect("the compiler checks it");
        let outcomes = FILLERS.map(|filler| {
            let bytes = generator::container(signature, filler).expect("the sequences go together");
            let answer = look(official, &bytes, Scope::Windows);
            (judge(official, &answer, format, MatchKind::Container), answer)
        });
        let (outcome, answer) = outcomes.into_iter().min_by_key(|(outcome, _)| *outcome).expect("there are three");
        *counts.entry((format!("{:?}", signature.kind), outcome)).or_insert(0) += 1;
        if outcome == Outcome::Other {
            let told: Vec<_> = answer.candidates.iter().map(|told| told.puid().as_str()).collect();
            exceptions.insert(signature.id, format!("{}: {told:?} {:?}", format.puid, answer.warnings));
        }
    }
    println!("container signatures: {counts:?}");
    check_exceptions("container signatures", &exceptions, CONTAINER_EXCEPTIONS);
}
