//! What is told of files that no signature fits, and when a person is warned.

use pronom::{Identification, Limits, MatchKind, Scope, Signatures, Warning, identify};

fn told(bytes: &[u8], name: &str) -> (Option<(String, MatchKind)>, Vec<Warning>, usize) {
    let answer: Identification<'_> =
        identify(Signatures::official(), &bytes, Some(name), &Limits::default(), Scope::Windows).expect("it is memory");
    let best = answer.best.as_ref().map(|best| (best.puid().to_string(), best.kind));
    (best, answer.warnings.clone(), answer.candidates.len())
}

#[test]
fn text_that_is_named_as_text_needs_no_warning() {
    let (best, warnings, candidates) = told(b"Dear reader,\n", "letter.txt");
    assert_eq!(best, Some(("x-fmt/111".to_owned(), MatchKind::Extension)));
    assert_eq!(warnings, []);
    assert!(candidates > 1, "the other texts are told on request");
}

#[test]
fn other_extensions_that_fit_several_formats_are_warned_of() {
    let (best, warnings, candidates) = told(b"Dear reader,\n", "letter.doc");
    assert_eq!(best.map(|(_, kind)| kind), Some(MatchKind::Extension));
    assert!(candidates > 1);
    assert!(warnings.contains(&Warning::SeveralCandidates(candidates)), "{warnings:?}");
}

#[test]
fn bytes_that_are_no_text_are_warned_of_whatever_their_name() {
    let (_, warnings, candidates) = told(&[0, 159, 146, 150, 0, 1, 2, 3], "letter.txt");
    assert!(candidates > 1);
    assert!(warnings.contains(&Warning::SeveralCandidates(candidates)), "{warnings:?}");
}
