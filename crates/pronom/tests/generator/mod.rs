//! The smallest files that signatures match.

#![allow(dead_code, reason = "each test file uses a part of this")]

pub mod naive;

use pronom::ContainerKind;
use pronom::table::{Anchor, ContainerSignature, Fragment, Sequence, Signature, SubSequence};

use crate::container::{compound_with_cfb, zip_with_crate};

/// Places that are tried for a part before it is given up.
const PLACES_MAX: usize = 80_000;

/// Bytes of a file, as far as they are settled.
type Canvas = Vec<Option<u8>>;

/// Makes a file that a signature matches, with `filler` wherever any byte would do; none when its sequences do not go
/// together in one file.
pub fn file(signature: &Signature, filler: u8) -> Option<Vec<u8>> {
    let (mut head, mut tail) = (Canvas::new(), Canvas::new());
    let (backward, forward): (Vec<_>, Vec<_>) = signature.sequences.iter().partition(|s| s.anchor == Anchor::End);
    // What has but one place comes first, what may be anywhere last.
    let mut forward = forward;
    forward.sort_by_key(|sequence| room(sequence));
    for sequence in forward {
        place_all(&mut head, sequence, false)?;
    }
    for sequence in backward {
        place_all(&mut tail, sequence, true)?;
    }
    tail.reverse();
    Some(head.into_iter().chain(tail).map(|byte| byte.unwrap_or(filler)).collect())
}

fn room(sequence: &Sequence) -> u64 {
    match (sequence.anchor, &sequence.parts[0]) {
        (Anchor::Nowhere, _) => u64::MAX,
        (_, part) => part.offset_max.map_or(u64::MAX - 1, |most| most - part.offset_min),
    }
}

/// Puts the parts of a sequence on the canvas, which counts from the end when the sequence does.
fn place_all(canvas: &mut Canvas, sequence: &Sequence, is_backward: bool) -> Option<()> {
    let mut edge = 0;
    for part in &sequence.parts {
        let first = edge + part.offset_min as usize;
        let last = part.offset_max.map_or(first + PLACES_MAX, |most| edge + most as usize);
        let variants = variants(part, is_backward);
        let mut places = (first..=last.min(first + PLACES_MAX)).flat_map(|at| variants.iter().map(move |v| (at, v)));
        let (at, variant) = places.find(|(at, variant)| fits(canvas, *at, variant))?;
        if canvas.len() < at + variant.len() {
            canvas.resize(at + variant.len(), None);
        }
        for (cell, byte) in canvas[at..].iter_mut().zip(variant) {
            *cell = byte.or(*cell);
        }
        edge = at + variant.len();
    }
    Some(())
}

fn fits(canvas: &Canvas, at: usize, variant: &Canvas) -> bool {
    let cells = canvas.get(at..).unwrap_or_default().iter().zip(variant);
    cells.into_iter().all(|(cell, byte)| cell.is_none() || byte.is_none() || cell == byte)
}

/// Returns what a part may look like, each alternative at least once.
fn variants(part: &SubSequence, is_backward: bool) -> Vec<Canvas> {
    let count = part.left.iter().chain(&part.right).map(Vec::len).max().unwrap_or(1);
    let variant = |number: usize| {
        let mut canvas = Canvas::new();
        for group in part.left.iter().rev() {
            let fragment = &group[number % group.len()];
            canvas.extend(pattern(fragment));
            canvas.extend(gap(fragment));
        }
        canvas.extend(cells(&part.main));
        for group in &part.right {
            let fragment = &group[number % group.len()];
            canvas.extend(gap(fragment));
            canvas.extend(pattern(fragment));
        }
        if is_backward {
            canvas.reverse();
        }
        canvas
    };
    (0..count).map(variant).collect()
}

fn pattern(fragment: &Fragment) -> Canvas {
    cells(&fragment.pattern)
}

fn gap(fragment: &Fragment) -> Canvas {
    vec![None; fragment.gap_min as usize]
}

/// A byte of an example that does not depend on the filler is settled.
fn cells(pattern: &pronom::table::Pattern) -> Canvas {
    let (one, other) = (pattern.example(0), pattern.example(1));
    one.into_iter().zip(other).map(|(one, other)| (one == other).then_some(one)).collect()
}

/// Makes a container that a signature matches.
pub fn container(signature: &ContainerSignature, filler: u8) -> Option<Vec<u8>> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for inner in &signature.files {
        let bytes = match inner.signatures.first() {
            Some(first) => file(first, filler)?,
            None if inner.path.ends_with('/') => Vec::new(),
            None => vec![filler; 8],
        };
        match files.iter_mut().find(|(path, _)| *path == inner.path) {
            // One inner file may be named twice, with different demands.
            Some((_, old)) if bytes.len() > old.len() => *old = bytes,
            Some(_) => {}
            None => files.push((inner.path.clone(), bytes)),
        }
    }
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    Some(match signature.kind {
        ContainerKind::Zip => zip_with_crate(&named, false, false),
        ContainerKind::Ole2 => {
            let streams: Vec<(String, Vec<u8>)> =
                files.iter().map(|(path, bytes)| (format!("/{}", stream_name(path)), bytes.clone())).collect();
            let streams: Vec<_> = streams.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
            compound_with_cfb(cfb::Version::V3, &streams)
        }
    })
}

/// Returns the name that a stream really has: the control character before it is not part of the signature's path.
fn stream_name(path: &str) -> String {
    match path {
        "CompObj" => format!("\u{1}{path}"),
        "SummaryInformation" | "DocumentSummaryInformation" => format!("\u{5}{path}"),
        _ => path.to_owned(),
    }
}
