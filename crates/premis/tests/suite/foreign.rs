//! What we write is held against the official schema by a foreign validator.

use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::documents::{Document, any_document, complete, entity, file};
use premis::Object;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/premis-v3-0.xsd");

/// Asks xmllint whether the document is valid, and returns its complaints when it is not.
fn validate(xml: &[u8]) -> Result<(), String> {
    let mut child = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema", SCHEMA, "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint is not installed: run `./test`, which installs it (Debian package libxml2-utils)");
    child.stdin.take().unwrap().write_all(xml).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[track_caller]
fn check(document: &Document) {
    let xml = document.to_xml();
    if let Err(complaints) = validate(&xml) {
        panic!("{complaints}\n{}", String::from_utf8_lossy(&xml));
    }
}

#[test]
fn the_schema_accepts_one_of_everything() {
    check(&complete());
}

#[test]
fn the_schema_accepts_a_document_with_nothing_but_one_object() {
    check(&Document { objects: vec![entity("example.edu/photographs")], ..Document::default() });
}

#[test]
fn the_schema_accepts_the_largest_size_that_it_can_say() {
    let mut largest = file(1);
    largest.size_bytes = i64::MAX as u64;
    check(&Document { objects: vec![Object::File(largest)], ..Document::default() });
}

#[test]
fn the_schema_accepts_whatever_the_texts_are() {
    const DOCUMENTS: u32 = 64;
    let mut runner = TestRunner::new(ProptestConfig { cases: DOCUMENTS, ..ProptestConfig::default() });
    let result = runner.run(&any_document(), |document| {
        let xml = document.to_xml();
        validate(&xml)
            .map_err(|complaints| TestCaseError::fail(format!("{complaints}\n{}", String::from_utf8_lossy(&xml))))
    });
    result.unwrap();
}

#[test]
fn the_validator_does_refuse_what_is_wrong() {
    let xml = String::from_utf8(complete().to_xml()).unwrap();
    let wrong = xml.replace("premis:eventDateTime", "premis:eventDate");
    let complaints = validate(wrong.as_bytes()).expect_err("the schema has no eventDate");
    assert!(complaints.contains("eventDate"), "{complaints}");
}
