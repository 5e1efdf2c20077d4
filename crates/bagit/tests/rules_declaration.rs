//! The rules about `bagit.txt`.

mod bag;

use bag::{BagBuilder, accepted, refused};
use bagit::rules::*;

fn declared(text: impl AsRef<[u8]>) -> BagBuilder {
    BagBuilder::valid().file("bagit.txt", text)
}

#[test]
fn a_valid_bag_has_no_findings() {
    for version in ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"] {
        accepted(BagBuilder::version(version), &[]);
    }
}

#[test]
fn a_bag_without_declaration_is_refused() {
    refused(BagBuilder::valid().without("bagit.txt"), &[&BAGIT_TXT_MISSING]);
}

#[test]
fn a_byte_order_mark_in_the_declaration_is_refused() {
    refused(declared("\u{feff}BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"), &[&BAGIT_TXT_BOM]);
}

#[test]
fn a_version_must_be_named_and_known() {
    refused(declared("Tag-File-Character-Encoding: UTF-8\n"), &[&VERSION_MISSING]);
    for version in [".97", "1.1", "2", "one"] {
        let text = format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n");
        refused(declared(text), &[&VERSION_UNKNOWN]);
    }
}

#[test]
fn an_encoding_must_be_named_and_known() {
    refused(declared("BagIt-Version: 1.0\n"), &[&ENCODING_MISSING]);
    refused(declared("BagIt-Version: 1.0\nTag-File-Character-Encoding: \n"), &[&ENCODING_MISSING]);
    refused(declared("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-9\n"), &[&ENCODING_UNKNOWN]);
}

#[test]
fn the_form_is_strict_from_1_0_on() {
    for (text, old) in [
        ("BagIt-Version:  V\nTag-File-Character-Encoding: UTF-8\n", true),
        ("BagIt-Version: V\n\nTag-File-Character-Encoding: UTF-8\n", true),
        ("Tag-File-Character-Encoding: UTF-8\nBagIt-Version: V\n", true),
        ("BagIt-Version: V\nTag-File-Character-Encoding: UTF-8\nMore: x\n", true),
        ("BagIt-Version : V\nTag-File-Character-Encoding: UTF-8\n", false),
    ] {
        refused(declared(text.replace(": V", ": 1.0").replace(":  V", ":  1.0")), &[&BAGIT_TXT_FORM]);
        let old_bag = declared(text.replace(": V", ": 0.97").replace(":  V", ":  0.97"));
        if old { accepted(old_bag, &[&BAGIT_TXT_FORM]) } else { refused(old_bag, &[&BAGIT_TXT_FORM]) }
    }
}

#[test]
fn all_line_ends_are_welcome_in_the_declaration() {
    for end in ["\r\n", "\r", "\n"] {
        accepted(declared(format!("BagIt-Version: 1.0{end}Tag-File-Character-Encoding: UTF-8{end}")), &[]);
        accepted(declared(format!("BagIt-Version: 1.0{end}Tag-File-Character-Encoding: UTF-8")), &[]);
    }
}

#[test]
fn the_declaration_is_utf8() {
    refused(declared(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nA: \xff\n"), &[&BAGIT_TXT_NOT_UTF8]);
}

#[test]
fn the_declaration_has_a_bound() {
    let text = format!("BagIt-Version: 1.0\n{}", "x".repeat(100_000));
    refused(declared(text), &[&BAGIT_TXT_TOO_LARGE]);
}
