//! The rules that a BagIt profile makes, BAG-201 to BAG-221: BagIt Profiles 1.4.

use findings::Rule;

use super::{error, info, warning};

/// BagIt Profiles 1.4, Serialization, V01.
pub const SERIALIZATION_FORBIDDEN: Rule = error(
    "BAG-201",
    "BagIt Profiles 1.4, Serialization",
    "the profile wants a folder and not an archive",
    "Send the bag as a folder.",
);
/// BagIt Profiles 1.4, Serialization, V02.
pub const SERIALIZATION_REQUIRED: Rule = error(
    "BAG-202",
    "BagIt Profiles 1.4, Serialization",
    "the profile wants an archive and not a folder",
    "Pack the bag into an archive of the kind that the profile accepts.",
);
/// BagIt Profiles 1.4, Accept-Serialization, V03.
pub const SERIALIZATION_NOT_ACCEPTED: Rule = error(
    "BAG-203",
    "BagIt Profiles 1.4, Accept-Serialization",
    "the profile does not accept this kind of archive",
    "Pack the bag into an archive of a kind that the profile accepts.",
);
/// BagIt Profiles 1.4, Accept-BagIt-Version, V05.
pub const VERSION_NOT_ACCEPTED: Rule = error(
    "BAG-204",
    "BagIt Profiles 1.4, Accept-BagIt-Version",
    "the profile does not accept this BagIt version",
    "Make the bag by a version that the profile accepts.",
);
/// BagIt Profiles 1.4, Allow-Fetch.txt, V06.
pub const FETCH_NOT_ALLOWED: Rule = error(
    "BAG-205",
    "BagIt Profiles 1.4, Allow-Fetch.txt",
    "the profile does not allow fetch.txt",
    "Put all files into the bag and take fetch.txt out.",
);
/// The profile wants a `fetch.txt`.
pub const FETCH_REQUIRED: Rule =
    error("BAG-206", "BagIt Profiles 1.4, Fetch.txt-Required", "the profile wants a fetch.txt", "Add a fetch.txt.");
/// BagIt Profiles 1.4, Manifests-Allowed, V07.
pub const MANIFEST_NOT_ALLOWED: Rule = error(
    "BAG-207",
    "BagIt Profiles 1.4, Manifests-Allowed",
    "the profile does not allow this payload manifest",
    "Leave the manifest out, or use an algorithm that the profile allows.",
);
/// BagIt Profiles 1.4, Manifests-Required, V10.
pub const MANIFEST_REQUIRED: Rule = error(
    "BAG-208",
    "BagIt Profiles 1.4, Manifests-Required",
    "a payload manifest that the profile wants is missing",
    "Add a payload manifest with this algorithm.",
);
/// BagIt Profiles 1.4, Tag-Manifests-Allowed, V09.
pub const TAG_MANIFEST_NOT_ALLOWED: Rule = error(
    "BAG-209",
    "BagIt Profiles 1.4, Tag-Manifests-Allowed",
    "the profile does not allow this tag manifest",
    "Leave the tag manifest out, or use an algorithm that the profile allows.",
);
/// BagIt Profiles 1.4, Tag-Manifests-Required, V12.
pub const TAG_MANIFEST_REQUIRED: Rule = error(
    "BAG-210",
    "BagIt Profiles 1.4, Tag-Manifests-Required",
    "a tag manifest that the profile wants is missing",
    "Add a tag manifest with this algorithm.",
);
/// BagIt Profiles 1.4, Tag-Files-Allowed, V08.
pub const TAG_FILE_NOT_ALLOWED: Rule = error(
    "BAG-211",
    "BagIt Profiles 1.4, Tag-Files-Allowed",
    "the profile does not allow this tag file",
    "Take the file out, or put it under data/.",
);
/// A tag file that the profile wants is missing.
pub const TAG_FILE_REQUIRED: Rule = error(
    "BAG-212",
    "BagIt Profiles 1.4, Tag-Files-Required",
    "a tag file that the profile wants is missing",
    "Add the file.",
);
/// A payload file that the profile does not allow.
pub const PAYLOAD_FILE_NOT_ALLOWED: Rule = error(
    "BAG-213",
    "BagIt Profiles 1.4, Payload-Files-Allowed",
    "the profile does not allow this payload file",
    "Take the file out.",
);
/// A payload file that the profile wants is missing.
pub const PAYLOAD_FILE_REQUIRED: Rule = error(
    "BAG-214",
    "BagIt Profiles 1.4, Payload-Files-Required",
    "a payload file that the profile wants is missing",
    "Add the file.",
);
/// The profile wants an empty payload.
pub const PAYLOAD_NOT_EMPTY: Rule = error(
    "BAG-215",
    "BagIt Profiles 1.4, Data-Empty",
    "the profile wants no payload, or one empty file",
    "Take the files under data/ out.",
);
/// BagIt Profiles 1.4, Bag-Info, V13.
pub const TAG_REQUIRED: Rule =
    error("BAG-216", "BagIt Profiles 1.4, Bag-Info", "a tag that the profile wants is missing", "Add the tag.");
/// BagIt Profiles 1.4, Bag-Info, V14.
pub const TAG_EMPTY: Rule = error(
    "BAG-217",
    "BagIt Profiles 1.4, Bag-Info",
    "a tag that the profile wants has no value",
    "Give the tag a value.",
);
/// BagIt Profiles 1.4, Bag-Info, V15.
pub const TAG_VALUE_NOT_ALLOWED: Rule = error(
    "BAG-218",
    "BagIt Profiles 1.4, Bag-Info",
    "a tag has a value that the profile does not allow",
    "Use one of the values that the profile lists.",
);
/// The profile wants a tag once at the most.
pub const TAG_NOT_REPEATABLE: Rule = error(
    "BAG-219",
    "BagIt Profiles 1.4, Bag-Info",
    "a tag stands more often than the profile allows",
    "Keep one of them.",
);
/// The profile recommends a tag that is not there.
pub const TAG_RECOMMENDED: Rule = info(
    "BAG-220",
    "BagIt Profiles 1.4, Bag-Info",
    "a tag that the profile recommends is missing",
    "Think about adding the tag.",
);
/// The bag names another profile than it is held against.
pub const PROFILE_IDENTIFIER_DIFFERS: Rule = warning(
    "BAG-221",
    "BagIt Profiles 1.4, BagIt-Profile-Identifier",
    "the bag names another profile than it was checked against",
    "Let BagIt-Profile-Identifier in bag-info.txt name the profile that is meant.",
);

pub(super) const ALL: &[&Rule] = &[
    &SERIALIZATION_FORBIDDEN,
    &SERIALIZATION_REQUIRED,
    &SERIALIZATION_NOT_ACCEPTED,
    &VERSION_NOT_ACCEPTED,
    &FETCH_NOT_ALLOWED,
    &FETCH_REQUIRED,
    &MANIFEST_NOT_ALLOWED,
    &MANIFEST_REQUIRED,
    &TAG_MANIFEST_NOT_ALLOWED,
    &TAG_MANIFEST_REQUIRED,
    &TAG_FILE_NOT_ALLOWED,
    &TAG_FILE_REQUIRED,
    &PAYLOAD_FILE_NOT_ALLOWED,
    &PAYLOAD_FILE_REQUIRED,
    &PAYLOAD_NOT_EMPTY,
    &TAG_REQUIRED,
    &TAG_EMPTY,
    &TAG_VALUE_NOT_ALLOWED,
    &TAG_NOT_REPEATABLE,
    &TAG_RECOMMENDED,
    &PROFILE_IDENTIFIER_DIFFERS,
];
