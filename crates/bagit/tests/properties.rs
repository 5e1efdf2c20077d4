//! Properties of the parsers: what is written is read again, and whatever is read, nothing breaks.

mod bag;

use bag::BagBuilder;
use bagit::manifest::{ManifestLine, ManifestReader};
use bagit::tag::read_tags;
use bagit::{PathClass, TextEncoding, path};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// A file name of any characters but those that divide paths.
fn name() -> impl Strategy<Value = String> {
    "[^/\\x00]{1,12}".prop_filter("folders have these names", |name| !matches!(name.as_str(), "." | ".."))
}

/// A label and a value as a tag file can hold them.
fn tag() -> impl Strategy<Value = (String, String)> {
    ("[A-Za-z][A-Za-z -]{0,10}[A-Za-z]", "[^\\r\\n]{0,40}").prop_map(|(label, value)| (label, value.trim().to_owned()))
}

fn entries(text: &[u8]) -> Vec<(String, String)> {
    let mut reader = ManifestReader::new(text, TextEncoding::UTF_8);
    let mut found = Vec::new();
    while let Some(line) = reader.next_line().expect("memory can be read") {
        if let ManifestLine::Entry { digest, path } = line {
            found.push((digest.to_owned(), path.to_owned()));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(FileFailurePersistence::WithSource("regressions")))]

    #[test]
    fn a_manifest_that_is_written_is_read_again(
        files in prop::collection::vec(("[0-9a-f]{1,64}", "data/[^ \t][^\u{0}]{0,30}"), 0..20),
        end in prop::sample::select(vec!["\n", "\r", "\r\n"]),
    ) {
        let text: String = files.iter().map(|(digest, path)| format!("{digest}  {}{end}", path::encode(path))).collect();
        let read: Vec<_> =
            entries(text.as_bytes()).into_iter().map(|(digest, path)| (digest, path::decode(&path).into_owned())).collect();
        prop_assert_eq!(read, files);
    }

    #[test]
    fn tags_that_are_written_are_read_again(tags in prop::collection::vec(tag(), 0..20)) {
        let text: String = tags.iter().map(|(label, value)| format!("{label}: {value}\n")).collect();
        let file = read_tags(text.as_bytes(), TextEncoding::UTF_8, "bag-info.txt").expect("memory can be read");
        let read: Vec<_> = file.tags.into_iter().map(|tag| (tag.name, tag.value)).collect();
        prop_assert_eq!(read, tags);
    }

    #[test]
    fn escapes_are_put_on_and_taken_off(text in ".{0,60}") {
        let encoded = path::encode(&text).into_owned();
        prop_assert!(!encoded.contains(['\n', '\r']));
        let decoded = path::decode(&encoded).into_owned();
        prop_assert_eq!(decoded, text);
    }

    #[test]
    fn a_bag_with_any_names_is_found_complete(names in prop::collection::btree_set(name(), 1..12)) {
        let bag = names.iter().fold(BagBuilder::valid(), |bag, name| bag.file(&format!("data/x{name}"), name));
        let report = bag.tag_manifests(&[digests::Algorithm::Sha1]).validate();
        prop_assert!(report.is_valid(), "{:?}", report.findings.list);
        prop_assert_eq!(report.payload_files, names.len() as u64 + 1);
    }

    #[test]
    fn one_missing_line_is_one_unlisted_file(names in prop::collection::btree_set("[a-z0-9]{1,8}", 1..12), pick in any::<prop::sample::Index>()) {
        let names: Vec<_> = names.into_iter().collect();
        let dropped = &names[pick.index(names.len())];
        let bag = names.iter().filter(|name| *name != dropped).fold(BagBuilder::valid(), |bag, name| {
            bag.file(&format!("data/{name}"), name)
        });
        let report = bag.unlisted(&format!("data/{dropped}"), "x").validate();
        prop_assert_eq!(report.findings.errors, 1);
        prop_assert_eq!(report.findings.list[0].code.as_ref(), bagit::rules::PAYLOAD_FILE_UNLISTED.code);
    }

    #[test]
    fn every_path_has_a_class_and_payload_is_under_data(path in ".{0,40}") {
        prop_assert_eq!(PathClass::of(&path) == PathClass::Payload, path.starts_with("data/"));
    }
}
