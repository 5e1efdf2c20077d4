//! The rules about `bagit.txt`, BAG-001 to BAG-009: RFC 8493 §2.1.1.

use findings::Rule;

use super::error;

const DECLARATION: &str = "RFC 8493 §2.1.1";

/// There is no `bagit.txt`.
pub const BAGIT_TXT_MISSING: Rule = error(
    "BAG-001",
    DECLARATION,
    "the bag has no bagit.txt",
    "Add a bagit.txt with the lines `BagIt-Version: 1.0` and `Tag-File-Character-Encoding: UTF-8`.",
);
/// `bagit.txt` begins with a byte-order mark.
pub const BAGIT_TXT_BOM: Rule = error(
    "BAG-002",
    DECLARATION,
    "bagit.txt begins with a byte-order mark",
    "Save bagit.txt as UTF-8 without byte-order mark.",
);
/// `bagit.txt` names no version, V04.
pub const VERSION_MISSING: Rule = error(
    "BAG-003",
    DECLARATION,
    "bagit.txt names no BagIt version",
    "Let the first line of bagit.txt be `BagIt-Version: 1.0`.",
);
/// The version is none that was ever published.
pub const VERSION_UNKNOWN: Rule = error(
    "BAG-004",
    DECLARATION,
    "bagit.txt names an unknown BagIt version",
    "Name the version by which the bag was made: 0.93 to 0.97, or 1.0.",
);
/// `bagit.txt` names no encoding.
pub const ENCODING_MISSING: Rule = error(
    "BAG-005",
    DECLARATION,
    "bagit.txt names no encoding of the tag files",
    "Let the second line of bagit.txt be `Tag-File-Character-Encoding: UTF-8`.",
);
/// The encoding is none that we can read.
pub const ENCODING_UNKNOWN: Rule = error(
    "BAG-006",
    DECLARATION,
    "the encoding of the tag files is unknown",
    "Save the tag files and manifests as UTF-8, and name UTF-8 in bagit.txt.",
);
/// `bagit.txt` is not the two lines that it must be. An error from 1.0 on, a warning before.
pub const BAGIT_TXT_FORM: Rule = error(
    "BAG-007",
    DECLARATION,
    "bagit.txt is not exactly the two lines that it must be",
    "Write bagit.txt as two lines, each a label, a colon, one space and a value.",
);
/// `bagit.txt` is not UTF-8.
pub const BAGIT_TXT_NOT_UTF8: Rule = error(
    "BAG-008",
    DECLARATION,
    "bagit.txt is not UTF-8",
    "Save bagit.txt as UTF-8, whatever the encoding of the other tag files.",
);
/// `bagit.txt` is far longer than two lines can be.
pub const BAGIT_TXT_TOO_LARGE: Rule = error(
    "BAG-009",
    "Strongroom limits",
    "bagit.txt is too large",
    "Write bagit.txt as two lines; whatever else it holds belongs into bag-info.txt.",
);

pub(super) const ALL: &[&Rule] = &[
    &BAGIT_TXT_MISSING,
    &BAGIT_TXT_BOM,
    &VERSION_MISSING,
    &VERSION_UNKNOWN,
    &ENCODING_MISSING,
    &ENCODING_UNKNOWN,
    &BAGIT_TXT_FORM,
    &BAGIT_TXT_NOT_UTF8,
    &BAGIT_TXT_TOO_LARGE,
];
