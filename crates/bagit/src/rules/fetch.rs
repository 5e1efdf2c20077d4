//! The rules about `fetch.txt`, BAG-071 to BAG-077: RFC 8493 §2.2.3. Nothing is ever fetched.

use findings::Rule;

use super::{error, warning};

const FETCH: &str = "RFC 8493 §2.2.3";

/// A line is not an address, a length and a path.
pub const FETCH_LINE_MALFORMED: Rule = error(
    "BAG-071",
    FETCH,
    "a line of fetch.txt is not an address, a length and a path",
    "Write an address, a length or `-`, and a path in each line.",
);
/// An address is not absolute.
pub const FETCH_ADDRESS: Rule = error(
    "BAG-072",
    FETCH,
    "an address in fetch.txt is not absolute",
    "Write whole addresses, such as https://example.org/a.tif.",
);
/// A path leads out of the bag.
pub const FETCH_PATH_UNSAFE: Rule = error(
    "BAG-073",
    "RFC 8493 §5.1",
    "fetch.txt names a path that leads out of the bag",
    "List payload files only, by paths relative to the bag's folder.",
);
/// A file that should be fetched is not in the package.
pub const FETCH_FILE_ABSENT: Rule = error(
    "BAG-074",
    FETCH,
    "a file of fetch.txt is not in the package",
    "Nothing is fetched here; complete the bag and send it with all its files.",
);
/// A path is not under `data/`.
pub const FETCH_OUTSIDE_PAYLOAD: Rule =
    error("BAG-075", FETCH, "fetch.txt lists a file outside data/", "List payload files only.");
/// A file is in fetch.txt and in no payload manifest.
pub const FETCH_FILE_UNLISTED: Rule = error(
    "BAG-076",
    FETCH,
    "a file of fetch.txt is not in every payload manifest",
    "List the file and its digest in each payload manifest.",
);
/// A file that is there has another length.
pub const FETCH_LENGTH_DIFFERS: Rule = warning(
    "BAG-077",
    "RFC 8493 §5.3",
    "a file of fetch.txt has another length than it says",
    "Check that the file is the one meant; its digest decides.",
);

pub(super) const ALL: &[&Rule] = &[
    &FETCH_LINE_MALFORMED,
    &FETCH_ADDRESS,
    &FETCH_PATH_UNSAFE,
    &FETCH_FILE_ABSENT,
    &FETCH_OUTSIDE_PAYLOAD,
    &FETCH_FILE_UNLISTED,
    &FETCH_LENGTH_DIFFERS,
];
