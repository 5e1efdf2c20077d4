//! The rules about what is there, what is listed and whether it matches, BAG-061 to BAG-070: RFC 8493 §3.

use findings::Rule;

use super::{error, warning};

const COMPLETE: &str = "RFC 8493 §3";

/// There is no folder `data/`.
pub const PAYLOAD_FOLDER_MISSING: Rule = error(
    "BAG-061",
    "RFC 8493 §2.1.2",
    "the bag has no folder data/",
    "Put the files to be kept under data/, or add the empty folder.",
);
/// The payload has no file.
pub const PAYLOAD_EMPTY: Rule =
    warning("BAG-062", "RFC 8493 §2.1.2", "the payload is empty", "Check that the files to be kept are under data/.");
/// A file of a payload manifest is not there, V17.
pub const PAYLOAD_FILE_MISSING: Rule = error(
    "BAG-063",
    COMPLETE,
    "a file that the manifest lists is not in the bag",
    "Add the file, or bag again if it should not be there.",
);
/// A file of a tag manifest is not there, V17.
pub const TAG_FILE_MISSING: Rule = error(
    "BAG-064",
    COMPLETE,
    "a file that the tag manifest lists is not in the bag",
    "Add the file, or make the tag manifest again if it should not be there.",
);
/// A payload file is in no payload manifest, or not in each, V18.
pub const PAYLOAD_FILE_UNLISTED: Rule = error(
    "BAG-065",
    COMPLETE,
    "a payload file is not listed in a manifest that must list it",
    "Files were added after the bag was made; bag again, or take them out.",
);
/// Before 1.0, a payload file need be in one manifest only.
pub const PAYLOAD_FILE_LISTED_PARTLY: Rule = warning(
    "BAG-066",
    COMPLETE,
    "a payload file is listed in one manifest but not in another",
    "List every payload file in every payload manifest; BagIt 1.0 asks for it.",
);
/// A payload manifest is not in a tag manifest, V18. An error from 1.0 on and where the algorithms are the same, else a warning.
pub const MANIFEST_UNLISTED: Rule = error(
    "BAG-067",
    "RFC 8493 §2.2.1",
    "a tag manifest does not list a payload manifest",
    "Make the tag manifests again when the payload manifests are done.",
);
/// A payload file has another digest than listed, V19.
pub const PAYLOAD_DIGEST_WRONG: Rule = error(
    "BAG-068",
    COMPLETE,
    "a payload file has another digest than the manifest says",
    "The file or the manifest was changed or damaged; bag again from the originals.",
);
/// A tag file has another digest than listed, V19.
pub const TAG_DIGEST_WRONG: Rule = error(
    "BAG-069",
    COMPLETE,
    "a tag file has another digest than the tag manifest says",
    "The file was changed after the tag manifest was made; make the tag manifests again.",
);
/// A digest could not be computed, so nothing was proven.
pub const DIGEST_NOT_COMPUTED: Rule = error(
    "BAG-070",
    COMPLETE,
    "a file could not be held against its digest",
    "The file could not be read from the package to its end; send the package again.",
);

pub(super) const ALL: &[&Rule] = &[
    &PAYLOAD_FOLDER_MISSING,
    &PAYLOAD_EMPTY,
    &PAYLOAD_FILE_MISSING,
    &TAG_FILE_MISSING,
    &PAYLOAD_FILE_UNLISTED,
    &PAYLOAD_FILE_LISTED_PARTLY,
    &MANIFEST_UNLISTED,
    &PAYLOAD_DIGEST_WRONG,
    &TAG_DIGEST_WRONG,
    &DIGEST_NOT_COMPUTED,
];
