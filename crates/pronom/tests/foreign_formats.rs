//! Real files of many formats are called what PRONOM, fido and `file` call them.

#![allow(clippy::unwrap_used, reason = "a test that breaks should panic")]
#![allow(clippy::print_stdout, reason = "who agrees on how many files is worth reading")]

mod foreign;

use std::collections::{BTreeMap, BTreeSet};

use foreign::disagreements::{FIDO, FILE, FILE_VERSION, MEDIA_TYPES, Reason};
use foreign::{Sample, ask_fido, ask_file, make_samples, version_of_file};
use pronom::{Identification, Identifier, Limits, Match, Recognizer, Scope, Signatures, settle};

/// The formats, by their PUIDs, that the files are of at the least.
const FORMATS_MIN: usize = 160;
/// Bytes that are pushed at a time: one by one, crooked, and more than a window.
const BLOCK_BYTES: [usize; 3] = [1, 777, 70_000];
/// What another version of `file` than the one that was judged agrees with at the least, in a hundred files.
const FILE_PERCENT_MIN: usize = 75;

/// What we say about a file, and the PUID of it, `-` for none.
struct Answer<'s> {
    identification: Identification<'s>,
    puid: &'s str,
}

/// Identifies a file in all ways that there are, which must not differ.
fn identify(
    identifier: &mut Identifier<'static>,
    recognizer: &mut Recognizer<'static>,
    of: &Sample,
) -> Answer<'static> {
    let bytes = std::fs::read(&of.path).unwrap();
    let (source, name) = (bytes.as_slice(), Some(of.name.as_str()));
    let identification = identifier.identify(&source, name, Scope::Windows).unwrap();
    let puid = identification.best.as_ref().map_or("-", |best| best.puid().as_str());
    for block_bytes in BLOCK_BYTES {
        recognizer.reset();
        bytes.chunks(block_bytes).for_each(|block| recognizer.push(block));
        let provisional = recognizer.finish(name);
        let pushed = settle(Signatures::official(), provisional, &source, name, &Limits::default()).unwrap();
        assert_eq!(pushed, identification, "{} in blocks of {block_bytes}", of.name);
    }
    let whole = identifier.identify(&source, name, Scope::Whole).unwrap();
    assert_eq!(whole.best.map_or("-", |best| best.puid().as_str()), puid, "{} looked at as a whole", of.name);
    Answer { identification, puid }
}

/// Holds our answers against what the files were made as.
fn check_expected(samples: &[Sample], answers: &[Answer<'_>]) {
    let mut wrong = Vec::new();
    for (sample, answer) in samples.iter().zip(answers) {
        if !sample.puids.iter().any(|puid| puid == answer.puid) {
            wrong.push(format!("{} by {} is {}, not {:?}", sample.name, sample.maker, answer.puid, sample.puids));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Holds the media types that PRONOM gives our answers against the right ones.
fn check_media_types(samples: &[Sample], answers: &[Answer<'_>]) {
    let (mut given, mut found) = (0, BTreeMap::new());
    for (sample, answer) in samples.iter().zip(answers) {
        let Some(media_types) = answer.identification.best.as_ref().and_then(Match::mime) else { continue };
        given += 1;
        if !media_types.split(", ").any(|own| sample.media_types.iter().any(|right| right == own)) {
            found.insert(sample.name.as_str(), media_types);
        }
    }
    check_listed("media types of PRONOM", given, &found, MEDIA_TYPES);
}

/// Holds the disagreements with a peer against those that are listed; each must be there, with that answer.
fn check_listed(peer: &str, files: usize, found: &BTreeMap<&str, &str>, listed: &[Reason]) {
    println!("{peer}: {} of {files} files agree, {} do not:", files - found.len(), found.len());
    for (reason, rows) in listed {
        println!("  {:3} because {reason}", rows.len());
    }
    let rows: Vec<(&str, &str)> = listed.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    let known: BTreeMap<_, _> = rows.iter().copied().collect();
    assert_eq!(known.len(), rows.len(), "a file is listed twice");
    let new: Vec<_> = found.iter().filter(|(name, answer)| known.get(*name) != Some(*answer)).collect();
    let gone: Vec<_> = known.iter().filter(|(name, answer)| found.get(*name) != Some(*answer)).collect();
    assert!(new.is_empty() && gone.is_empty(), "{peer} has new disagreements: {new:?}; these are gone: {gone:?}");
}

fn check_fido(samples: &[Sample], answers: &[Answer<'_>]) {
    let fido = ask_fido();
    let mut found = BTreeMap::new();
    for (sample, answer) in samples.iter().zip(answers) {
        let theirs = fido.get(&sample.name).unwrap_or_else(|| panic!("fido says nothing about {}", sample.name));
        if theirs != answer.puid {
            found.insert(sample.name.as_str(), theirs.as_str());
        }
    }
    check_listed("fido", samples.len(), &found, FIDO);
}

fn check_file(samples: &[Sample]) {
    let (version, file) = (version_of_file(), ask_file(samples));
    let is_right = |sample: &&Sample| sample.media_types.contains(&file[&sample.name]);
    let wrong = samples.iter().filter(|sample| !is_right(sample));
    let found: BTreeMap<_, _> = wrong.map(|sample| (sample.name.as_str(), file[&sample.name].as_str())).collect();
    if version == FILE_VERSION {
        return check_listed("file", samples.len(), &found, FILE);
    }
    let agreed = samples.len() - found.len();
    println!("file {version}: {agreed} of {} files agree, these do not: {found:?}", samples.len());
    assert!(agreed * 100 >= samples.len() * FILE_PERCENT_MIN);
}

#[test]
fn files_of_foreign_programs_are_called_what_pronom_fido_and_file_call_them() {
    let samples = make_samples();
    let (mut identifier, mut recognizer) = (
        Identifier::new(Signatures::official(), Limits::default()),
        Recognizer::new(Signatures::official(), Limits::default()),
    );
    let answers: Vec<_> = samples.iter().map(|sample| identify(&mut identifier, &mut recognizer, sample)).collect();

    check_expected(&samples, &answers);
    let formats: BTreeSet<_> = answers.iter().map(|answer| answer.puid).filter(|puid| *puid != "-").collect();
    let makers: BTreeSet<_> = samples.iter().map(|sample| sample.maker.as_str()).collect();
    println!("{} files of {} formats by {} makers: all as expected", samples.len(), formats.len(), makers.len());
    assert!(formats.len() >= FORMATS_MIN, "{} formats", formats.len());
    check_media_types(&samples, &answers);
    check_fido(&samples, &answers);
    check_file(&samples);
}
