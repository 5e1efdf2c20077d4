//! Bags whose tag files, manifests or payload are wrong or strange.

use digests::Algorithm::{Blake2b512, Md5, Sha224, Sha256, Sha512};

use super::Case;
use super::bag_files::{BagFiles, hex};

const INFO: &str = "bag-info.txt";
const MANIFEST: &str = "manifest-md5.txt";

pub fn cases() -> Vec<Case> {
    [tags(), encodings(), manifest_lines(), manifest_algorithms(), payload()].concat()
}

fn tar(files: &BagFiles) -> Vec<u8> {
    files.tar()
}

fn with_info(text: impl AsRef<[u8]>) -> BagFiles {
    BagFiles::plain().file(INFO, text).seal(&[Md5], &[])
}

fn with_manifest(change: impl FnOnce(String) -> String) -> BagFiles {
    BagFiles::plain().seal(&[Md5], &[]).edit(MANIFEST, change)
}

fn tags() -> Vec<Case> {
    let refused = |name, info: &str, code| Case::refused(name, "bag.tar", tar(&with_info(info)), code).at(INFO);
    let remarked = |name, info: &str, code| Case::remarked(name, "bag.tar", tar(&with_info(info)), code).at(INFO);
    let clean = |name, info: &str| Case::clean(name, "bag.tar", tar(&with_info(info)));
    let long = format!("Title: {}\n", "x".repeat(70_000));
    vec![
        refused("payload oxum with wrong bytes", "Payload-Oxum: 6.1\n", "BAG-019"),
        refused("payload oxum with wrong count", "Payload-Oxum: 5.2\n", "BAG-019"),
        refused("payload oxum that is none", "Payload-Oxum: much\n", "BAG-017"),
        refused("payload oxum twice", "Payload-Oxum: 5.1\nPayload-Oxum: 5.1\n", "BAG-018"),
        refused("line that is no tag", "Title: x\nthis is no tag\n", "BAG-013"),
        refused("tag line over 64 KiB", &long, "BAG-021"),
        remarked("tag file with byte-order mark", "\u{feff}Title: x\n", "BAG-011"),
        remarked(
            "repeated tag that should stand once",
            "Bagging-Date: 2026-01-01\nBagging-Date: 2026-01-02\n",
            "BAG-016",
        ),
        clean("repeated tags", "Contact-Name: A\nContact-Name: B\n"),
        clean("tag names with spaces", "My own Label: x\n"),
        clean("values with colons", "Title: a: b: c\n"),
    ]
}

fn encodings() -> Vec<Case> {
    let declared = |encoding: &str| {
        let text = format!("BagIt-Version: 1.0\nTag-File-Character-Encoding: {encoding}\n");
        BagFiles::plain().file("bagit.txt", text).without(INFO)
    };
    let utf16 = |text: &str| -> Vec<u8> {
        [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
    };
    let wide = declared("UTF-16").seal(&[Md5], &[]);
    let wide_manifest = wide.edit(MANIFEST, |text| text).contents(MANIFEST).to_vec();
    let wide = declared("UTF-16")
        .file(MANIFEST, utf16(std::str::from_utf8(&wide_manifest).expect("it is text")))
        .file(INFO, utf16("Title: Äpfel\n"));
    let wide_declaration = utf16("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n");
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|character| character as u8).collect() };
    let latin_manifest = latin(&format!("{}  data/Núñez\n", hex(Md5, b"x")));
    vec![
        Case::clean("tag files in UTF-16", "bag.tar", tar(&wide)),
        Case::clean(
            "tag files in Latin-1",
            "bag.tar",
            tar(&declared("ISO-8859-1")
                .without("data/a.txt")
                .file("data/Núñez", "x")
                .file(MANIFEST, &latin_manifest)
                .file(INFO, latin("Title: Núñez\n"))),
        ),
        Case::refused(
            "manifest in Latin-1 said to be UTF-8",
            "bag.tar",
            tar(&BagFiles::plain().without("data/a.txt").file("data/Núñez", "x").file(MANIFEST, &latin_manifest)),
            "BAG-050",
        )
        .at(MANIFEST),
        Case::refused("tag file that is not UTF-8", "bag.tar", tar(&with_info(b"Title: \xff\xfe\x80\n")), "BAG-012")
            .at(INFO),
        Case::refused("encoding that nobody knows", "bag.tar", tar(&declared("UTF-9").seal(&[Md5], &[])), "BAG-006")
            .at("bagit.txt"),
        Case::refused(
            "bagit.txt in UTF-16",
            "bag.tar",
            tar(&BagFiles::valid().without("tagmanifest-sha256.txt").file("bagit.txt", wide_declaration)),
            "BAG-008",
        )
        .at("bagit.txt"),
        Case::refused(
            "bagit.txt with byte-order mark",
            "bag.tar",
            tar(&BagFiles::plain().edit("bagit.txt", |text| format!("\u{feff}{text}")).seal(&[Md5], &[])),
            "BAG-002",
        )
        .at("bagit.txt"),
    ]
}

fn manifest_lines() -> Vec<Case> {
    let digest = hex(Md5, b"hello");
    let refused = |name, files: BagFiles, code| Case::refused(name, "bag.tar", tar(&files), code);
    let remarked = |name, files: BagFiles, code| Case::remarked(name, "bag.tar", tar(&files), code);
    let clean = |name, files: BagFiles| Case::clean(name, "bag.tar", tar(&files));
    let extra = |path: &str| with_manifest(|text| format!("{text}{digest}  {path}\n"));
    let encoded = BagFiles::plain().file("data/100%.txt", "x").seal(&[Md5], &[]);
    let broken = BagFiles::plain().file("data/two\nlines", "x").seal(&[Md5], &[]);
    vec![
        clean("manifest with CR LF", with_manifest(|text| text.replace('\n', "\r\n"))),
        clean("upper-case digests", with_manifest(|text| text.replace(&digest, &digest.to_uppercase()))),
        remarked("manifest with stars", with_manifest(|text| text.replace("  data", " *data")), "BAG-041").at(MANIFEST),
        remarked("manifest with ./", with_manifest(|text| text.replace("data/", "./data/")), "BAG-042").at(MANIFEST),
        clean("name with an encoded percent sign", encoded.clone()),
        remarked("name with a bare percent sign", encoded.edit(MANIFEST, |text| text.replace("%25", "%")), "BAG-049"),
        remarked("name with an encoded line feed", broken, "BAG-081").at("two\\nlines"),
        refused("digest of a wrong length", with_manifest(|text| text.replace(&digest, &digest[..30])), "BAG-037")
            .at("data/a.txt"),
        refused("digest that is none", with_manifest(|text| text.replace(&digest, &"z".repeat(32))), "BAG-037")
            .at("data/a.txt"),
        refused(
            "manifest line over 64 KiB",
            with_manifest(|text| format!("{text}{digest}  data/{}\n", "x".repeat(70_000))),
            "BAG-036",
        )
        .at(MANIFEST),
        refused("manifest line without a path", with_manifest(|text| format!("{text}{digest}\n")), "BAG-034")
            .at(MANIFEST),
        refused("manifest that leads out of the bag", extra("../../etc/passwd"), "BAG-043").at("etc/passwd"),
        refused("manifest with an absolute path", extra("/etc/passwd"), "BAG-043").at("/etc/passwd"),
        refused("manifest that lists a tag file", extra("bagit.txt"), "BAG-045").at("bagit.txt"),
        refused(
            "manifest with two digests of one file",
            with_manifest(|text| format!("{text}{}  data/a.txt\n", hex(Md5, b"other"))),
            "BAG-040",
        )
        .at("data/a.txt"),
        refused(
            "fetch.txt that leads out of the bag",
            BagFiles::plain().file("fetch.txt", "https://example.org/x 1 ../x\n").seal(&[Md5], &[]),
            "BAG-073",
        )
        .at("../x"),
        refused(
            "fetch.txt whose file is not there",
            extra("data/far.txt").file("fetch.txt", "https://example.org/x 5 data/far.txt\n"),
            "BAG-074",
        )
        .at("data/far.txt"),
    ]
}

fn manifest_algorithms() -> Vec<Case> {
    let sealed = BagFiles::plain().seal(&[Md5], &[Sha512]);
    let blake = format!("{}  data/a.txt\n", "0".repeat(64));
    vec![
        Case::clean("manifest of sha224", "bag.tar", tar(&BagFiles::plain().seal(&[Sha224], &[]))),
        Case::clean("manifest of blake2b512", "bag.tar", tar(&BagFiles::plain().seal(&[Blake2b512], &[]))),
        Case::clean("tag manifest of another algorithm", "bag.tar", tar(&sealed)),
        Case::refused(
            "corrupt tag manifest of another algorithm",
            "bag.tar",
            tar(&sealed.edit("tagmanifest-sha512.txt", |text| text.replacen(['1', '2', '3'], "0", 3))),
            "BAG-069",
        ),
        Case::remarked(
            "second manifest of an algorithm that nobody knows",
            "bag.tar",
            tar(&BagFiles::plain().file("manifest-blake9.txt", &blake).seal(&[Md5], &[])),
            "BAG-032",
        )
        .at("manifest-blake9.txt"),
        Case::refused(
            "only a manifest of an algorithm that nobody knows",
            "bag.tar",
            tar(&BagFiles::plain().file("manifest-blake9.txt", blake)),
            "BAG-033",
        ),
        Case::clean(
            "folder called as a manifest",
            "bag.tar",
            tar(&BagFiles::plain().file("manifest-x/y", "z").seal(&[Md5, Sha256], &[])),
        ),
    ]
}

fn payload() -> Vec<Case> {
    let without = BagFiles::plain().without("data/a.txt").file(MANIFEST, "");
    vec![
        Case::clean("file of no bytes", "bag.tar", tar(&BagFiles::plain().file("data/empty", "").seal(&[Md5], &[]))),
        Case::refused("no payload folder", "bag.tar", tar(&without), "BAG-061"),
        Case::remarked("empty payload folder", "bag.tar", without.entries("bag").folder("bag/data/").end(), "BAG-062"),
        Case::refused("no bagit.txt", "bag.tar", tar(&with_info("Title: x\n").without("bagit.txt")), "BAG-001"),
        Case::refused("no manifest", "bag.tar", tar(&BagFiles::plain()), "BAG-031"),
        Case::refused("flipped byte", "bag.tar", tar(&BagFiles::valid().file("data/a.txt", "hellp")), "BAG-068")
            .at("data/a.txt"),
        Case::refused(
            "missing file",
            "bag.tar",
            tar(&BagFiles::valid().file("data/b", "x").without("data/a.txt")),
            "BAG-063",
        )
        .at("data/a.txt"),
        Case::refused("extra file", "bag.tar", tar(&BagFiles::valid().file("data/b.txt", "x")), "BAG-065")
            .at("data/b.txt"),
    ]
}
