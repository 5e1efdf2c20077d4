//! The rules about `fetch.txt`.

mod bag;

use bag::{BagBuilder, accepted, hex, refused};
use bagit::rules::*;
use digests::Algorithm::Md5;

fn fetched(line: &str) -> BagBuilder {
    BagBuilder::valid().file("fetch.txt", format!("{line}\n"))
}

#[test]
fn a_bag_whose_fetched_files_are_there_is_accepted() {
    accepted(fetched("https://example.org/a 5 data/a.txt\n\nhttps://example.org/a\t-\tdata/a.txt"), &[]);
}

#[test]
fn a_line_of_another_form_is_refused() {
    refused(fetched("https://example.org/a data/a.txt"), &[&FETCH_LINE_MALFORMED]);
}

#[test]
fn an_address_must_be_absolute() {
    refused(fetched("example.org/a - data/a.txt"), &[&FETCH_ADDRESS]);
}

#[test]
fn a_fetch_path_that_leads_out_is_refused() {
    for path in ["../x", "/tmp/foo", "~/foo", "~root/foo", "C:\\Windows\\x", "%HomeDrive%\\x"] {
        refused(fetched(&format!("https://example.org/a - {path}")), &[&FETCH_PATH_UNSAFE]);
    }
}

#[test]
fn a_file_that_would_have_to_be_fetched_is_refused() {
    let bag =
        fetched("https://example.org/b 1 data/b").line("manifest-md5.txt", &format!("{}  data/b", hex(Md5, b"x")));
    refused(bag, &[&FETCH_FILE_ABSENT, &PAYLOAD_FILE_MISSING]);
}

#[test]
fn a_fetch_file_lists_payload_files_only() {
    refused(fetched("https://example.org/a - bagit.txt"), &[&FETCH_OUTSIDE_PAYLOAD]);
}

#[test]
fn a_file_to_fetch_is_listed_in_every_payload_manifest() {
    refused(fetched("https://example.org/b - data/b"), &[&FETCH_FILE_ABSENT, &FETCH_FILE_UNLISTED]);
    let bag = fetched("https://example.org/b - data/b").unlisted("data/b", "x");
    refused(bag, &[&FETCH_FILE_UNLISTED, &PAYLOAD_FILE_UNLISTED]);
}

#[test]
fn another_length_than_stated_is_warned_of() {
    accepted(fetched("https://example.org/a 6 data/a.txt"), &[&FETCH_LENGTH_DIFFERS]);
}

#[test]
fn a_fetch_file_that_cannot_be_read_is_refused() {
    refused(fetched("https://example.org/a - data/a.txt").unkept("fetch.txt"), &[&TAG_FILE_UNREADABLE]);
}
