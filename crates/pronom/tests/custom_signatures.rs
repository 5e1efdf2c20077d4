//! Signature files of one's own: how they lie over the official ones, and what is said when they are wrong.

mod container;
mod sample;

use pronom::{Limits, MatchKind, Scope, SignatureFile, Signatures, identify};
use sample::{BINARY, CONTAINER, NO_CONTAINERS, compile, file_of_one};

fn puids(signatures: &Signatures, bytes: &[u8], name: &str) -> Vec<(String, MatchKind)> {
    let answer = identify(signatures, &bytes, Some(name), &Limits::default(), Scope::Windows).expect("it is memory");
    answer.candidates.iter().map(|told| (told.puid().to_string(), told.kind)).collect()
}

#[test]
fn versions_and_counts_are_those_of_the_files() {
    let signatures = sample::samples();
    assert_eq!((signatures.version(), signatures.container_version()), ("7", "20260131"));
    assert_eq!((signatures.formats().len(), signatures.containers().len()), (4, 1));
    let official = Signatures::official();
    assert_eq!((official.version(), official.container_version()), ("122", "20260119"));
    assert_eq!((official.formats().len(), official.containers().len()), (2544, 310));
}

#[test]
fn what_a_file_says_of_its_version_survives_the_table() {
    let binary = BINARY.replacen("Version=\"7\"", "Version=\"7 of&#10; spring\"", 1);
    assert_ne!(binary, BINARY);
    let signatures = compile(&binary, CONTAINER).unwrap();
    assert_eq!(signatures.version(), "7 of spring");
    let again = Signatures::decode(&signatures.encode()).unwrap();
    assert_eq!(again.table(), signatures.table());
}

#[test]
fn a_custom_format_replaces_the_official_one_and_leaves_the_others() {
    let custom =
        [SignatureFile { name: "binary.xml", xml: BINARY }, SignatureFile { name: "container.xml", xml: CONTAINER }];
    let signatures = Signatures::official().with_custom(&custom).unwrap();
    assert_eq!(signatures.formats().len(), 2544 + 3, "x-fmt/263 is replaced");
    assert_eq!(signatures.containers().len(), 310 + 1);
    let zip = signatures.formats().iter().find(|format| format.puid.as_str() == "x-fmt/263").unwrap();
    assert_eq!((zip.name.as_str(), zip.signatures.len()), ("Sample Archive", 1));
    assert_eq!(puids(&signatures, b"var.iable", "a"), [("sample/2".to_owned(), MatchKind::Signature)]);
    assert_eq!(puids(&signatures, b"GIF89a.....;", "a.gif"), [("fmt/4".to_owned(), MatchKind::Signature)]);
    let files = [("mimetype", b"sample/7".to_vec()), ("content/", Vec::new())];
    let archive = container::zip_with_crate(&files, false, false);
    assert_eq!(puids(&signatures, &archive, "a"), [("sample/4".to_owned(), MatchKind::Container)]);
}

#[test]
fn a_custom_file_may_name_official_formats_by_their_number() {
    let over = file_of_one(
        "<ByteSequence Reference=\"BOFoffset\"><SubSequence SubSeqMinOffset=\"0\" SubSeqMaxOffset=\"0\">\
         <Sequence>'GIF89a' '..mine'</Sequence></SubSequence></ByteSequence>",
    );
    let gif = Signatures::official().formats().iter().find(|format| format.puid.as_str() == "fmt/4").unwrap();
    let field =
        format!("<HasPriorityOverFileFormatID>{}</HasPriorityOverFileFormatID></FileFormat>", gif.file_format_id);
    // A number of its own must not hide the official one.
    let over = over.replace("</FileFormat>", &field).replace("FileFormat ID=\"1\"", "FileFormat ID=\"900001\"");
    let custom = SignatureFile { name: "over.xml", xml: &over };
    let signatures = Signatures::official().with_custom(&[custom]).unwrap();
    assert_eq!(puids(&signatures, b"GIF89a..mine;", "a.gif"), [("one/1".to_owned(), MatchKind::Signature)]);
}

#[track_caller]
fn check_refusal(binary: &str, container: &str, expected: &str) {
    let error = compile(binary, container).map(|_| ()).expect_err("it is wrong");
    assert_eq!(error.to_string(), expected);
}

#[track_caller]
fn check_sequence(sequence: &str, expected: &str) {
    let file = file_of_one(&format!(
        "\n<ByteSequence Reference=\"BOFoffset\"><SubSequence SubSeqMinOffset=\"0\">\n<Sequence>{sequence}</Sequence>\n\
         </SubSequence></ByteSequence>"
    ));
    check_refusal(&file, NO_CONTAINERS, &format!("binary.xml, line 4, Sequence: {expected}"));
}

#[test]
fn an_error_names_the_file_the_line_the_element_and_the_column() {
    check_sequence("41 4", "a byte is two hex digits (at column 5 of the byte sequence)");
    check_sequence("41 'text", "the quote is not closed (at column 4 of the byte sequence)");
    check_sequence("(41|42", "the ( is not closed (at column 7 of the byte sequence)");
    check_sequence("41)", "a ) or | without its ( (at column 3 of the byte sequence)");
    check_sequence("[41", "the [ is not closed (at column 4 of the byte sequence)");
    check_sequence("[]", "nothing is between the brackets (at column 3 of the byte sequence)");
    check_sequence("[!00:FF]", "no byte is ever like this (at column 9 of the byte sequence)");
    check_sequence("41{5-2}42", "a gap grows from its least to its most (at column 8 of the byte sequence)");
    check_sequence("41{9999999}42", "it is longer than the limit of 2097152 bytes");
    check_sequence("(41{1-2}42|43)", "within ( ) the bytes have a known length (at column 11 of the byte sequence)");
    check_sequence(
        "'\u{20ac}'",
        "quoted text has one or more characters of ISO 8859-1 (at column 1 of the byte sequence)",
    );
    check_sequence("4!", "a byte is two hex digits (at column 2 of the byte sequence)");
    check_sequence("!", "a byte, a set, a text or a gap should be here (at column 1 of the byte sequence)");
    check_sequence(&"(".repeat(20), "parentheses are nested too deeply (at column 9 of the byte sequence)");
    let many = format!("({})", vec!["00"; 1025].join("|"));
    check_sequence(&many, "there are more than 1024 alternatives at one place");
    let multiplied = format!("({})", "(00|0101)".repeat(12));
    check_sequence(&multiplied, "there are more than 1024 alternatives at one place");
}

#[test]
fn what_is_missing_or_unknown_in_a_file_is_named() {
    let replaced = |from: &str, to: &str| BINARY.replacen(from, to, 1);
    check_refusal(
        "<html/>",
        CONTAINER,
        "binary.xml, line 1, html: a signature file begins with FFSignatureFile or ContainerSignatureMapping",
    );
    check_refusal(
        CONTAINER,
        BINARY,
        "binary.xml, line 1, the file: a signature file begins with FFSignatureFile or ContainerSignatureMapping",
    );
    check_refusal(
        &replaced("BOFoffset", "BOF"),
        CONTAINER,
        "binary.xml, line 5, ByteSequence: Reference cannot be \"BOF\"",
    );
    check_refusal(
        &replaced("ID=\"1\" Spec", "Spec"),
        CONTAINER,
        "binary.xml, line 4, InternalSignature: ID is missing",
    );
    check_refusal(
        &replaced("SubSeqMinOffset=\"0\"", "SubSeqMinOffset=\"-1\""),
        CONTAINER,
        "binary.xml, line 6, SubSequence: SubSeqMinOffset cannot be \"-1\"",
    );
    check_refusal(
        &replaced("<InternalSignatureID>1<", "<InternalSignatureID>99<"),
        CONTAINER,
        "binary.xml, line 39, FileFormat: there is no InternalSignature 99",
    );
    check_refusal(
        &replaced("<HasPriorityOverFileFormatID>2<", "<HasPriorityOverFileFormatID>77<"),
        CONTAINER,
        "binary.xml, line 39, FileFormat: there is no FileFormat with ID 77",
    );
    check_refusal(
        &replaced("PUID=\"sample/2\"", "PUID=\"sample/1\""),
        CONTAINER,
        "binary.xml, line 44, FileFormat: the format sample/1 is there twice",
    );
}

#[test]
fn what_is_missing_or_unknown_in_a_container_file_is_named() {
    check_refusal(
        BINARY,
        &CONTAINER.replace("Puid=\"sample/4\"", "Puid=\"sample/5\""),
        "container-20260131.xml, line 4, ContainerSignature: there is no format with the PUID sample/5",
    );
    check_refusal(
        BINARY,
        &CONTAINER.replace("\"ZIP\"", "\"TAR\""),
        "container-20260131.xml, line 4, ContainerSignature: ContainerType cannot be \"TAR\"",
    );
    check_refusal(
        BINARY,
        &CONTAINER.replace("signatureId=\"10\"", "signatureId=\"11\""),
        "container-20260131.xml, line 4, ContainerSignature: there is no FileFormatMapping of signature 10",
    );
}

#[test]
fn xml_that_could_grow_or_breaks_off_is_refused() {
    let typed = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]>\n<FFSignatureFile/>";
    check_refusal(
        typed,
        CONTAINER,
        "binary.xml, line 1, <!DOCTYPE: a document type declaration is not accepted; delete it",
    );
    let cut = &BINARY[..BINARY.find("</SubSequence>").unwrap()];
    check_refusal(cut, CONTAINER, "binary.xml, line 12, the file: this is no well-formed XML: it breaks off");
    let crossed = BINARY.replacen("</SubSequence>", "</Sequence>", 1);
    let error = compile(&crossed, CONTAINER).map(|_| ()).expect_err("it is wrong");
    assert!(error.to_string().starts_with("binary.xml, line 12, the file: this is no well-formed XML: "), "{error}");
}
