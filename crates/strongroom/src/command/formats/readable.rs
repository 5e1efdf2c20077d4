//! Signatures in words.

use std::fmt::Write as _;

use pronom::table::{Anchor, Fragment, Pattern, Sequence, SubSequence};

/// Letters in a row that are worth being read.
const TEXT_BYTES_MIN: usize = 3;

/// Returns a line for each part of a sequence, in the order in which they are looked for.
#[must_use]
pub fn readable(sequence: &Sequence) -> Vec<String> {
    let line = |(place, part): (usize, &SubSequence)| {
        let mut line = format!("{}: {}", position(sequence, place, part), pattern(part));
        let text = letters(&part.main);
        if !text.is_empty() {
            push(&mut line, format_args!("  reads {}", text.join(" … ")));
        }
        line
    };
    sequence.parts.iter().enumerate().map(line).collect()
}

fn position(sequence: &Sequence, place: usize, part: &SubSequence) -> String {
    let range = match (part.offset_min, part.offset_max) {
        (least, Some(most)) if least == most => format!("{least}"),
        (least, Some(most)) => format!("{least} to {most}"),
        (0, None) => "any number of".to_owned(),
        (least, None) => format!("{least} or more"),
    };
    match (sequence.anchor, place) {
        (Anchor::Nowhere, 0) => "anywhere".to_owned(),
        (Anchor::Begin, 0) if part.offset_max == Some(0) => "at the begin".to_owned(),
        (Anchor::Begin, 0) => format!("{range} bytes from the begin"),
        (Anchor::End, 0) if part.offset_max == Some(0) => "at the end".to_owned(),
        (Anchor::End, 0) => format!("{range} bytes from the end"),
        (Anchor::End, _) => format!("before it, {range} bytes away"),
        (_, _) => format!("then, {range} bytes further"),
    }
}

fn pattern(part: &SubSequence) -> String {
    let mut text = String::new();
    for group in part.left.iter().rev() {
        fragments(group, &mut text, |fragment| format!("{}{}", fragment.pattern, gap(fragment)));
        text.push(' ');
    }
    push(&mut text, format_args!("<{}>", part.main));
    for group in &part.right {
        text.push(' ');
        fragments(group, &mut text, |fragment| format!("{}{}", gap(fragment), fragment.pattern));
    }
    text
}

fn fragments(group: &[Fragment], text: &mut String, one: impl Fn(&Fragment) -> String) {
    text.push_str(&group.iter().map(one).collect::<Vec<_>>().join(" or "));
}

fn gap(fragment: &Fragment) -> String {
    match (fragment.gap_min, fragment.gap_max) {
        (0, 0) => String::new(),
        (least, most) if least == most => format!("{{{least}}}"),
        (least, most) => format!("{{{least}-{most}}}"),
    }
}

/// Returns what a person can read in the plain bytes.
fn letters(pattern: &Pattern) -> Vec<String> {
    let is_letter = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let runs = pattern.runs().flat_map(|(_, run)| run.split(move |byte| !is_letter(byte)));
    let runs = runs.filter(|run| run.len() >= TEXT_BYTES_MIN);
    runs.map(|run| format!("'{}'", String::from_utf8_lossy(run))).collect()
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes all text");
}
