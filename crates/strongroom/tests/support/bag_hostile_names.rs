//! Bags whose files have names that lead astray, or that some system cannot hold.

use digests::Algorithm::Md5;

use super::Case;
use super::bag_files::BagFiles;
use super::bag_tar::Tar;

pub fn cases() -> Vec<Case> {
    [traversal(), lengths(), unicode(), characters()].concat()
}

/// A valid bag, and one entry more.
fn with_entry(name: &[u8]) -> Vec<u8> {
    BagFiles::valid().entries("bag").file(name, "x").end()
}

/// A bag that lists files of these names.
fn with_files(paths: &[&str]) -> Vec<u8> {
    let files = paths.iter().fold(BagFiles::plain(), |files, path| files.file(path, "x"));
    files.seal(&[Md5], &[]).tar()
}

fn traversal() -> Vec<Case> {
    let refused = |name, entry: &[u8], code| Case::refused(name, "bag.tar", with_entry(entry), code);
    vec![
        refused("entry that leads out of the bag", b"bag/data/../../../etc/cron.d/x", "BAG-126").at("etc/cron.d/x"),
        refused("entry that begins with ..", b"../bag/data/x", "BAG-126").at("../bag/data/x"),
        refused("entry with an absolute path", b"/etc/passwd", "BAG-125").at("/etc/passwd"),
        refused("entry with a drive", b"C:\\Windows\\x", "BAG-125").at("Windows"),
        Case::remarked("entry with backslashes", "bag.tar", with_files(&["data/..\\x"]), "BAG-134").at("x"),
    ]
}

fn lengths() -> Vec<Case> {
    let (whole, too_long) = ("n".repeat(255), "n".repeat(256));
    let deep = |parts: usize| format!("data/{}x", "folder-of-the-archive/".repeat(parts));
    let gnu = |contents: &str| {
        let path = format!("data/{}", "g".repeat(150));
        let files = BagFiles::plain().file(&path, contents).seal(&[Md5], &[]);
        files.clone().without(&path).entries("bag").gnu_long_file(&format!("bag/{path}"), contents).end()
    };
    vec![
        Case::clean("name of 255 bytes", "bag.tar", with_files(&[&format!("data/{whole}")])),
        Case::refused("name over 255 bytes", "bag.tar", with_files(&[&format!("data/{too_long}")]), "BAG-133")
            .at("nnn"),
        Case::clean("path over 1000 bytes", "bag.tar", with_files(&[&deep(50)])),
        Case::refused("path over 4096 bytes", "bag.tar", with_files(&[&deep(200)]), "BAG-133").at("folder-of"),
        Case::clean("long name in the manner of GNU", "bag.tar", gnu("x")),
        Case::clean(
            "PAX headers with times and unknown keys",
            "bag.tar",
            BagFiles::valid()
                .without("data/a.txt")
                .entries("bag")
                .pax(&[("mtime", b"1700000000.123456789"), ("LIBARCHIVE.xattr.user.x", b"eA==")])
                .file("bag/data/a.txt", "hello")
                .end(),
        ),
    ]
}

fn unicode() -> Vec<Case> {
    let remarked = |name, paths: &[&str], code| Case::remarked(name, "bag.tar", with_files(paths), code);
    vec![
        remarked("twins in two normal forms", &["data/caf\u{e9}", "data/cafe\u{301}"], "BAG-082").at("data/caf"),
        remarked("twins that differ in case", &["data/Letter", "data/letter"], "BAG-083").at("etter"),
        remarked("no-break space in a name", &["data/a\u{a0}b"], "BAG-081").at("data/a"),
        remarked("narrow no-break space in a name", &["data/a\u{202f}b"], "BAG-086").at("data/a"),
        remarked("line separator in a name", &["data/a\u{2028}b"], "BAG-086").at("data/a"),
        remarked("name that turns the direction of text", &["data/\u{202e}gpj.exe"], "BAG-086").at("gpj.exe"),
        remarked("invisible character in a name", &["data/pay\u{200b}load"], "BAG-086").at("pay"),
        Case::remarked(
            "name in another normal form than the manifest has",
            "bag.tar",
            BagFiles::plain()
                .file("data/caf\u{e9}", "x")
                .seal(&[Md5], &[])
                .without("data/caf\u{e9}")
                .file("data/cafe\u{301}", "x")
                .tar(),
            "BAG-048",
        )
        .at("data/caf"),
        Case::clean(
            "names in many scripts",
            "bag.tar",
            with_files(&["data/日本語", "data/Ελλάδα", "data/😀", "data/العربية"]),
        ),
    ]
}

fn characters() -> Vec<Case> {
    let remarked = |name, paths: &[&str], code| Case::remarked(name, "bag.tar", with_files(paths), code);
    vec![
        Case::refused("name that is not UTF-8", "bag.tar", with_entry(b"bag/data/caf\xe9"), "BAG-129").at("data/caf"),
        Case::refused("escape sequence in a name", "bag.tar", with_entry(b"bag/data/\x1b[2J"), "BAG-130").at("[2J"),
        Case::refused(
            "null byte in a name",
            "bag.tar",
            BagFiles::valid().entries("bag").pax(&[("path", b"bag/data/a\0b")]).file("bag/data/a", "x").end(),
            "BAG-130",
        )
        .at("data/a"),
        remarked("tab in a name", &["data/a\tb"], "BAG-081").at("data/a"),
        remarked("name that Windows reserves", &["data/con.txt"], "BAG-085").at("data/con.txt"),
        remarked("file that a system left behind", &["data/.DS_Store"], "BAG-084").at("data/.DS_Store"),
        Case::clean("spaces in a name", "bag.tar", with_files(&["data/two  words and more.txt"])),
        Case::remarked(
            "paths that begin with ./",
            "bag.tar",
            BagFiles::valid()
                .0
                .iter()
                .fold(Tar::new(), |tar, file| tar.file(format!("./bag/{}", file.0), &file.1))
                .end(),
            "BAG-131",
        ),
    ]
}
