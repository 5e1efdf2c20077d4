//! The rules about tag files and the metadata in them, BAG-011 to BAG-023: RFC 8493 §2.2.2 and §2.3.

use findings::Rule;

use super::{error, warning};

const METADATA: &str = "RFC 8493 §2.2.2";
const TEXT: &str = "RFC 8493 §2.3";

/// A tag file in UTF-8 begins with a byte-order mark.
pub const TAG_FILE_BOM: Rule = warning(
    "BAG-011",
    TEXT,
    "a tag file begins with a byte-order mark",
    "Save the file as UTF-8 without byte-order mark.",
);
/// A tag file is not text in the declared encoding.
pub const TAG_FILE_UNDECODABLE: Rule = error(
    "BAG-012",
    TEXT,
    "a tag file is not in the encoding that bagit.txt names",
    "Save the file in the encoding that bagit.txt names; best UTF-8.",
);
/// A line is neither a tag nor the continuation of one.
pub const TAG_LINE_MALFORMED: Rule = error(
    "BAG-013",
    METADATA,
    "a line of a tag file is no tag",
    "Write `Label: value`; begin the further lines of a long value with a space.",
);
/// A tag file is over the bound.
pub const TAG_FILE_TOO_LARGE: Rule = error(
    "BAG-014",
    "Strongroom limits",
    "a tag file is too large",
    "Keep a tag file within 16 MiB; put large files into the payload.",
);
/// A tag file has too many tags.
pub const TAGS_TOO_MANY: Rule =
    error("BAG-015", "Strongroom limits", "a tag file has too many tags", "Keep a tag file within 10000 tags.");
/// A tag that should stand once is repeated.
pub const TAG_REPEATED: Rule =
    warning("BAG-016", METADATA, "a tag that should stand once is repeated", "Keep one of them.");
/// `Payload-Oxum` is not two numbers.
pub const OXUM_MALFORMED: Rule = error(
    "BAG-017",
    METADATA,
    "Payload-Oxum is not a number of bytes, a full stop and a number of files",
    "Write it as, for example, `279164409832.1198`, or leave it out.",
);
/// `Payload-Oxum` is repeated. An error from 1.0 on, a warning before.
pub const OXUM_REPEATED: Rule =
    error("BAG-018", METADATA, "Payload-Oxum is given more than once", "Keep the one that is right.");
/// The payload has another number of bytes or files than `Payload-Oxum` says.
pub const OXUM_WRONG: Rule = error(
    "BAG-019",
    METADATA,
    "the payload is not as large as Payload-Oxum says",
    "Files are missing or were changed after the bag was made; bag again from the originals.",
);
/// The colon of a tag is not followed by one space, or has one before it.
pub const TAG_SPACING: Rule = warning(
    "BAG-020",
    METADATA,
    "a tag has unusual spaces around its colon",
    "Write one space after the colon and none before it.",
);
/// A line of a tag file is too long.
pub const TAG_LINE_TOO_LONG: Rule = error(
    "BAG-021",
    "Strongroom limits",
    "a line of a tag file is too long",
    "Break the value over several lines, each within 64 KiB.",
);
/// The value of a tag is too long.
pub const TAG_VALUE_TOO_LONG: Rule =
    error("BAG-022", "Strongroom limits", "the value of a tag is too long", "Keep a value within 1 MiB.");
/// A tag file could not be read out of the package.
pub const TAG_FILE_UNREADABLE: Rule = error(
    "BAG-023",
    "RFC 8493 §3",
    "a tag file cannot be read from the package",
    "Make the package again and send it again.",
);

pub(super) const ALL: &[&Rule] = &[
    &TAG_FILE_BOM,
    &TAG_FILE_UNDECODABLE,
    &TAG_LINE_MALFORMED,
    &TAG_FILE_TOO_LARGE,
    &TAGS_TOO_MANY,
    &TAG_REPEATED,
    &OXUM_MALFORMED,
    &OXUM_REPEATED,
    &OXUM_WRONG,
    &TAG_SPACING,
    &TAG_LINE_TOO_LONG,
    &TAG_VALUE_TOO_LONG,
    &TAG_FILE_UNREADABLE,
];
