//! The rules about the form of manifests and tag manifests, BAG-031 to BAG-053: RFC 8493 §2.1.3 and §2.2.1.

use findings::Rule;

use super::{error, warning};

const MANIFEST: &str = "RFC 8493 §2.1.3";
const TAG_MANIFEST: &str = "RFC 8493 §2.2.1";
const TEXT: &str = "RFC 8493 §2.3";
const LEGACY: &str = "RFC 8493 §6.1.3";

/// There is no payload manifest, V11.
pub const MANIFEST_MISSING: Rule = error(
    "BAG-031",
    MANIFEST,
    "the bag has no payload manifest",
    "Add a manifest-sha256.txt that lists every file under data/ with its digest.",
);
/// We cannot compute the algorithm of a manifest.
pub const ALGORITHM_UNKNOWN: Rule = warning(
    "BAG-032",
    "RFC 8493 §2.4",
    "the digest algorithm of a manifest is unknown here",
    "Its digests were not checked; add a manifest with sha256 or sha512.",
);
/// No payload manifest could be checked.
pub const NO_MANIFEST_CHECKED: Rule =
    error("BAG-033", "RFC 8493 §3", "no payload manifest could be checked", "Add a manifest with sha256 or sha512.");
/// A line has no path.
pub const MANIFEST_LINE_MALFORMED: Rule = error(
    "BAG-034",
    MANIFEST,
    "a line of a manifest is not a digest and a path",
    "Write a digest, two spaces and a path in each line.",
);
/// A line is blank or a comment.
pub const MANIFEST_LINE_EMPTY: Rule = warning(
    "BAG-035",
    MANIFEST,
    "a manifest has blank lines or comments",
    "Other tools may refuse them; take them out.",
);
/// A line is over the bound.
pub const MANIFEST_LINE_TOO_LONG: Rule = error(
    "BAG-036",
    "Strongroom limits",
    "a line of a manifest is longer than 64 KiB",
    "Check that the manifest is text with a line for each file; paths must be shorter.",
);
/// A digest has the wrong length or characters.
pub const DIGEST_MALFORMED: Rule = error(
    "BAG-037",
    MANIFEST,
    "a manifest holds something that is no digest of its algorithm",
    "Check that the manifest's name fits its digests, and make the manifest again.",
);
/// A manifest in UTF-8 begins with a byte-order mark.
pub const MANIFEST_BOM: Rule = warning(
    "BAG-038",
    TEXT,
    "a manifest begins with a byte-order mark",
    "Save the manifest as UTF-8 without byte-order mark.",
);
/// A path is listed twice with the same digest. An error from 1.0 on, a warning before.
pub const ENTRY_REPEATED: Rule =
    error("BAG-039", MANIFEST, "a manifest lists a path more than once", "List each path once.");
/// A path is listed twice with different digests.
pub const ENTRY_CONFLICTING: Rule = error(
    "BAG-040",
    MANIFEST,
    "a manifest lists a path with different digests",
    "Only one of them can be right; make the manifest again from the originals.",
);
/// Paths bear the marks of md5sum and its like.
pub const LEGACY_MARKS: Rule = warning(
    "BAG-041",
    LEGACY,
    "a manifest has the marks of a checksum tool, such as `*` before paths",
    "They were passed over, but strict validators refuse them; make the manifest with a BagIt tool.",
);
/// Paths begin with `./`.
pub const MANIFEST_LEADING_DOT: Rule = warning(
    "BAG-042",
    MANIFEST,
    "a manifest has paths that begin with `./`",
    "They were passed over; write paths from the bag's folder on, such as data/report.pdf.",
);
/// A path leads out of the bag.
pub const PATH_UNSAFE: Rule = error(
    "BAG-043",
    "RFC 8493 §5.1",
    "a manifest names a path that leads out of the bag",
    "List files inside the bag only, by paths relative to its folder.",
);
/// A path is written with backslashes.
pub const PATH_BACKSLASH: Rule =
    error("BAG-044", MANIFEST, "a manifest divides the parts of a path with backslashes", "Write paths with `/`.");
/// A payload manifest lists something outside `data/`.
pub const PATH_OUTSIDE_PAYLOAD: Rule = error(
    "BAG-045",
    MANIFEST,
    "a payload manifest lists a file outside data/",
    "List tag files in a tag manifest; the payload manifest is for data/ only.",
);
/// A tag manifest lists payload files.
pub const TAG_MANIFEST_LISTS_PAYLOAD: Rule = warning(
    "BAG-046",
    TAG_MANIFEST,
    "a tag manifest lists a payload file",
    "List payload files in the payload manifests only.",
);
/// A tag manifest lists a tag manifest.
pub const TAG_MANIFEST_LISTS_TAG_MANIFEST: Rule = warning(
    "BAG-047",
    TAG_MANIFEST,
    "a tag manifest lists a tag manifest",
    "Leave tag manifests out of tag manifests.",
);
/// A file is listed under the other normal form of its name.
pub const NORMAL_FORM_DIFFERS: Rule = warning(
    "BAG-048",
    "RFC 8493 §6.1.1.2",
    "a manifest and the package spell a name in different normal forms of Unicode",
    "The file was found; make bag and manifest on one system, or normalize names to NFC first.",
);
/// A percent sign stands unescaped.
pub const PERCENT_NOT_ENCODED: Rule = warning(
    "BAG-049",
    MANIFEST,
    "a manifest has a percent sign that is not written as %25",
    "The file was found; from BagIt 1.0 on, write % as %25 in manifests.",
);
/// A manifest is not text in the declared encoding.
pub const MANIFEST_UNDECODABLE: Rule = error(
    "BAG-050",
    TEXT,
    "a manifest is not in the encoding that bagit.txt names",
    "Save the manifest in the encoding that bagit.txt names; best UTF-8.",
);
/// The algorithm in a manifest's name is not written as BagIt writes it.
pub const MANIFEST_NAME_FORM: Rule = warning(
    "BAG-051",
    "RFC 8493 §2.4",
    "the name of a manifest does not write its algorithm as BagIt does",
    "Write it in lower case without hyphens, such as manifest-sha256.txt.",
);
/// Paths are followed by spaces.
pub const PATH_PADDED: Rule =
    warning("BAG-052", MANIFEST, "a manifest has spaces after a path", "They were passed over; take them out.");
/// A manifest could not be read out of the package.
pub const MANIFEST_UNREADABLE: Rule = error(
    "BAG-053",
    "RFC 8493 §3",
    "a manifest cannot be read from the package",
    "Make the package again and send it again.",
);

pub(super) const ALL: &[&Rule] = &[
    &MANIFEST_MISSING,
    &ALGORITHM_UNKNOWN,
    &NO_MANIFEST_CHECKED,
    &MANIFEST_LINE_MALFORMED,
    &MANIFEST_LINE_EMPTY,
    &MANIFEST_LINE_TOO_LONG,
    &DIGEST_MALFORMED,
    &MANIFEST_BOM,
    &ENTRY_REPEATED,
    &ENTRY_CONFLICTING,
    &LEGACY_MARKS,
    &MANIFEST_LEADING_DOT,
    &PATH_UNSAFE,
    &PATH_BACKSLASH,
    &PATH_OUTSIDE_PAYLOAD,
    &TAG_MANIFEST_LISTS_PAYLOAD,
    &TAG_MANIFEST_LISTS_TAG_MANIFEST,
    &NORMAL_FORM_DIFFERS,
    &PERCENT_NOT_ENCODED,
    &MANIFEST_UNDECODABLE,
    &MANIFEST_NAME_FORM,
    &PATH_PADDED,
    &MANIFEST_UNREADABLE,
];
