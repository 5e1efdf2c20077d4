//! Identifiers and the places that the extensions' own documents give them.

use super::*;

fn check(layout: &Layout, id: &str, expected: &str) {
    assert_eq!(layout.object_path(id).expect("there is a place"), expected, "{}", layout.name());
    let again = Layout::read(layout.name(), Some(layout.configuration().as_bytes())).expect("it was just written");
    assert_eq!(&again, layout);
}

#[test]
fn extension_0002_takes_the_identifier() {
    check(&Layout::FlatDirect, "object-01", "object-01");
    assert!(Layout::FlatDirect.object_path("../x").is_err());
}

#[test]
fn extension_0003_takes_digits_and_the_encoded_identifier() {
    let layout = Layout::default();
    check(&layout, "object-01", "3c0/ff4/240/object-01");
    check(&layout, "..hor/rib:le-$id", "487/326/d8c/%2e%2ehor%2frib%3ale-%24id");
    check(&layout, "..Hor/rib:lè-$id", "373/529/21a/%2e%2eHor%2frib%3al%c3%a8-%24id");
    let long = "abcdefghij".repeat(26);
    let digest = "55b432806f4e270da0cf23815ed338742179002153cd8d896f23b3e2d8a14359";
    check(&layout, &long, &format!("55b/432/806/{}-{digest}", &long[..100]));
    let md5 = Tuples { algorithm: Algorithm::Md5, size: 2, count: 15 };
    check(&Layout::HashAndId(md5), "object-01", "ff/75/53/44/92/48/5e/ab/b3/9f/86/35/67/28/88/object-01");
    let none = Tuples { algorithm: Algorithm::Sha256, size: 0, count: 0 };
    check(&Layout::HashAndId(none), "object-01", "object-01");
}

#[test]
fn extension_0004_takes_digits_and_the_digest() {
    let whole = Layout::Hashed { tuples: Tuples::default(), root: DigestRoot::Whole };
    check(&whole, "object-01", "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4");
    let md5 = Tuples { algorithm: Algorithm::Md5, size: 2, count: 15 };
    let rest = Layout::Hashed { tuples: md5, root: DigestRoot::Rest };
    check(&rest, "..hor/rib:le-$id", "08/31/97/66/fb/6c/29/35/dd/17/5b/94/26/77/17/e0");
}

#[test]
fn extension_0006_leaves_the_prefix_out() {
    let colon = Layout::FlatOmitPrefix { delimiter: ":".to_owned() };
    check(&colon, "namespace:12887296", "12887296");
    check(&colon, "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "6e8bc430-9c3a-11d9-9669-0800200c9a66");
    let edu = Layout::FlatOmitPrefix { delimiter: "EDU/".to_owned() };
    check(&edu, "https://institution.edu/abc/edu/f8.05v", "f8.05v");
    assert!(colon.object_path("ends:").is_err());
}

#[test]
fn extension_0007_cuts_what_the_prefix_leaves() {
    let reversed = Layout::TupleOmitPrefix(TupleOmitPrefix {
        delimiter: ":".to_owned(),
        size: 4,
        count: 2,
        padding: Padding::Left,
        direction: Direction::Reversed,
    });
    check(&reversed, "namespace:12887296", "6927/8821/12887296");
    check(&reversed, "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "66a9/c002/6e8bc430-9c3a-11d9-9669-0800200c9a66");
    check(&reversed, "abc123", "321c/ba00/abc123");
    let right = Layout::TupleOmitPrefix(TupleOmitPrefix {
        delimiter: "edu/".to_owned(),
        size: 3,
        count: 3,
        padding: Padding::Right,
        direction: Direction::Forward,
    });
    check(&right, "https://institution.edu/3448793", "344/879/300/3448793");
    check(&right, "https://institution.edu/abc/edu/f8.05v", "f8./05v/000/f8.05v");
}

#[test]
fn wrong_configurations_are_refused() {
    let check = |name: &str, configuration: &str| {
        assert!(Layout::read(name, Some(configuration.as_bytes())).is_err(), "{name} {configuration}");
    };
    check("0001-digest-algorithms", "{}");
    check("0003-hash-and-id-n-tuple-storage-layout", "[]");
    check("0003-hash-and-id-n-tuple-storage-layout", r#"{"tupleSize":33}"#);
    check("0003-hash-and-id-n-tuple-storage-layout", r#"{"tupleSize":0}"#);
    check("0003-hash-and-id-n-tuple-storage-layout", r#"{"digestAlgorithm":"md5","tupleSize":32,"numberOfTuples":2}"#);
    check("0003-hash-and-id-n-tuple-storage-layout", r#"{"digestAlgorithm":"crc32"}"#);
    let all = r#"{"tupleSize":32,"numberOfTuples":2,"shortObjectRoot":true}"#;
    check("0004-hashed-n-tuple-storage-layout", all);
    check("0006-flat-omit-prefix-storage-layout", "{}");
    check("0007-n-tuple-omit-prefix-storage-layout", r#"{"zeroPadding":"both"}"#);
    check("0007-n-tuple-omit-prefix-storage-layout", r#"{"delimiter":""}"#);
}

#[test]
fn a_new_root_declares_itself_last() {
    let files = RootFiles::new(&Layout::default());
    let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
    let configuration = "extensions/0003-hash-and-id-n-tuple-storage-layout/config.json";
    assert_eq!(paths, [configuration, LAYOUT_FILE, "0=ocfl_1.1"]);
    assert_eq!(files.iter().last().map(|(_, bytes)| bytes), Some(&b"ocfl_1.1\n"[..]));
}
