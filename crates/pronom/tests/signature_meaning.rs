//! What the elements and signs of signature files mean.

mod sample;

use pronom::{Limits, MatchKind, Scope, identify};
use sample::{compile_one, is_told};

#[track_caller]
fn check(byte_sequence: &str, matching: &[&[u8]], other: &[&[u8]]) {
    let signatures = compile_one(byte_sequence);
    matching.iter().for_each(|bytes| assert!(is_told(&signatures, bytes), "{} should match", bytes.escape_ascii()));
    other.iter().for_each(|bytes| assert!(!is_told(&signatures, bytes), "{} should not match", bytes.escape_ascii()));
}

fn begin(sequence: &str) -> String {
    format!(
        r#"<ByteSequence Reference="BOFoffset"><SubSequence Position="1" SubSeqMinOffset="0" SubSeqMaxOffset="0">
        <Sequence>{sequence}</Sequence></SubSequence></ByteSequence>"#
    )
}

#[test]
fn offsets_from_the_begin_count_to_the_outermost_fragment() {
    let sequence = r#"<ByteSequence Reference="BOFoffset"><SubSequence SubSeqMinOffset="1" SubSeqMaxOffset="2">
        <Sequence>'main'</Sequence><LeftFragment Position="2" MinOffset="0" MaxOffset="0">'L'</LeftFragment>
        <LeftFragment Position="1" MinOffset="1" MaxOffset="3">'l'</LeftFragment></SubSequence></ByteSequence>"#;
    check(
        sequence,
        &[b".Ll.main", b"..Ll...main"],
        &[b"Ll.main", b"...Ll.main", b".Llmain", b".Ll....main", b".lL.main"],
    );
}

#[test]
fn offsets_from_the_end_count_to_the_outermost_fragment() {
    let sequence = r#"<ByteSequence Reference="EOFoffset"><SubSequence SubSeqMinOffset="1" SubSeqMaxOffset="2">
        <Sequence>'main'</Sequence><RightFragment Position="1" MinOffset="0" MaxOffset="1">'r'</RightFragment>
        <RightFragment Position="2" MinOffset="0" MaxOffset="0">'R'</RightFragment></SubSequence></ByteSequence>"#;
    check(sequence, &[b"mainrR.", b"xmain.rR.."], &[b"mainrR", b"mainrR...", b"main..rR.", b"mainRr."]);
}

#[test]
fn subsequences_follow_each_other_at_any_distance_whatever_their_maximum() {
    let sequence = r#"<ByteSequence Reference="BOFoffset"><SubSequence SubSeqMinOffset="0" SubSeqMaxOffset="0">
        <Sequence>'one'</Sequence></SubSequence><SubSequence SubSeqMinOffset="2" SubSeqMaxOffset="4">
        <Sequence>'two'</Sequence></SubSequence></ByteSequence>"#;
    check(sequence, &[b"one..two", b"one.........two", b"onetwo..two"], &[b"one.two", b"two..one", b".one..two"]);
}

#[test]
fn the_last_subsequence_is_the_one_at_the_end() {
    let sequence = r#"<ByteSequence Reference="EOFoffset"><SubSequence SubSeqMinOffset="1">
        <Sequence>'one'</Sequence></SubSequence><SubSequence SubSeqMinOffset="0" SubSeqMaxOffset="0">
        <Sequence>'two'</Sequence></SubSequence></ByteSequence>"#;
    check(sequence, &[b"one.two", b"x one ..... two"], &[b"onetwo", b"one.two.", b"two.one"]);
}

#[test]
fn without_a_reference_a_sequence_may_be_anywhere() {
    let sequence = r#"<ByteSequence><SubSequence SubSeqMinOffset="0" SubSeqMaxOffset="0">
        <Sequence>'any'</Sequence></SubSequence></ByteSequence>"#;
    check(sequence, &[b"any", b"....any..."], &[b"an y"]);
}

#[test]
fn a_maximum_below_the_minimum_means_the_minimum() {
    let sequence = r#"<ByteSequence Reference="BOFoffset"><SubSequence SubSeqMinOffset="3" SubSeqMaxOffset="0">
        <Sequence>'x'</Sequence></SubSequence></ByteSequence>"#;
    check(sequence, &[b"...x"], &[b"x...", b"..x."]);
}

#[test]
fn fragments_at_one_position_are_alternatives_each_with_its_own_gap() {
    let sequence = r#"<ByteSequence Reference="BOFoffset"><SubSequence SubSeqMinOffset="0" SubSeqMaxOffset="0">
        <Sequence>'m'</Sequence><RightFragment Position="1" MinOffset="0" MaxOffset="0">'aa'</RightFragment>
        <RightFragment Position="1" MinOffset="2" MaxOffset="3">'b'</RightFragment>
        <RightFragment Position="2" MinOffset="0" MaxOffset="0">'z'</RightFragment></SubSequence></ByteSequence>"#;
    check(sequence, &[b"maaz", b"m..bz", b"m...bz"], &[b"mbz", b"m..aaz", b"m....bz", b"maa.z"]);
}

#[test]
fn a_match_is_found_though_the_first_try_leads_nowhere() {
    let sequence = r#"<ByteSequence Reference="BOFoffset"><SubSequence SubSeqMinOffset="0" SubSeqMaxOffset="4">
        <Sequence>'main'</Sequence><RightFragment Position="1" MinOffset="0" MaxOffset="5">'a'</RightFragment>
        <RightFragment Position="2" MinOffset="0" MaxOffset="0">'b'</RightFragment></SubSequence>
        <SubSequence SubSeqMinOffset="0"><Sequence>'end'</Sequence></SubSequence></ByteSequence>"#;
    check(sequence, &[b"mainacabend", b"mainaabend", b"..mainabend"], &[b"mainacacend", b"mainabendx"[..7].into()]);
}

#[test]
fn signs_stand_for_sets_of_bytes() {
    check(&begin("41[42:44][!45]46"), &[b"ABXF", b"ADDF"], &[b"AEXF", b"ABEF"]);
    check(&begin("['a'-'c' 30 'XY']"), &[b"b", b"0", b"Y"], &[b"d", b"1"]);
    check(&begin("[&amp;81]~06"), &[b"\x81\x02", b"\xFF\x04"], &[b"\x80\x02", b"\x81\x08"]);
    check(&begin("[!&amp;01]"), &[b"\x02"], &[b"\x03"]);
    check(&begin("41??{2}42{1-2}43"), &[b"A...B.C", b"A...B..C"], &[b"A..B.C", b"A...BC", b"A...B...C"]);
    check(&begin("`HtMl`'>'"), &[b"html>", b"HTML>", b"hTmL>"], &[b"htm>", b"html "]);
    check(&begin("41(42|4343|(44|45)46)47"), &[b"ABG", b"ACCG", b"ADFG", b"AEFG"], &[b"ACG", b"ADG", b"AG"]);
    check(&begin("41*42"), &[b"AB", b"A....B"], &[b"BA", b".A.B"]);
    check(&begin("41{3-*}42"), &[b"A...B", b"A......B"], &[b"A..B"]);
}

#[test]
fn several_bytes_in_brackets_are_compared_as_one_number() {
    check(&begin("[!0000]"), &[b"\x00\x01", b"\x01\x00"], &[b"\x00\x00", b"\x01"]);
    check(&begin("[0010:0100]"), &[b"\x00\x10", b"\x00\xFF", b"\x01\x00"], &[b"\x00\x0F", b"\x01\x01"]);
}

#[test]
fn a_gap_before_or_behind_moves_the_offsets() {
    check(&begin("{1-2}41"), &[b".A", b"..A"], &[b"A", b"...A"]);
    check(&begin("41{2}"), &[b"A.."], &[b"A."]);
    check(&begin("*41"), &[b"A", b".......A"], &[b"B"]);
}

#[test]
fn all_sequences_of_a_signature_must_be_there() {
    let two = format!("{}{}", begin("'a'"), begin("{3}'b'"));
    check(&two, &[b"a..b"], &[b"a...", b"...b"]);
}

#[test]
fn a_format_over_another_is_the_only_answer() {
    let signatures = sample::samples();
    let bytes: &[u8] = b"SarongX\x01..\r\n...ROOM..\x01\x02 var.iable END.";
    let answer = identify(&signatures, &bytes, Some("a.smp"), &Limits::default(), Scope::Windows).unwrap();
    let told: Vec<_> = answer.candidates.iter().map(|told| (told.puid().as_str(), told.kind)).collect();
    assert_eq!(told, [("sample/2", MatchKind::Signature)], "the fragment before is missing");
    let bytes: &[u8] = b"\xAASarongX\x01..\r\n...ROOM..\x01\x02 var.iable END.";
    let answer = identify(&signatures, &bytes, Some("a.smp"), &Limits::default(), Scope::Windows).unwrap();
    let told: Vec<_> = answer.candidates.iter().map(|told| told.puid().as_str()).collect();
    assert_eq!(told, ["sample/1"]);
    assert!(answer.warnings.is_empty(), "{:?}", answer.warnings);
}
