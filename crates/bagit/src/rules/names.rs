//! The rules about names that lead to trouble, BAG-081 to BAG-086: RFC 8493 §6.1.

use findings::Rule;

use super::warning;

/// A name has control characters, raw or escaped, V16. An error where the profile forbids them, else a warning.
pub const NAME_CONTROL: Rule = warning(
    "BAG-081",
    "APTrust file names",
    "a name has control characters",
    "Rename the file without control characters and no-break spaces, and bag again.",
);
/// Two names differ in their normal form only.
pub const NAME_TWINS_NORMAL_FORM: Rule = warning(
    "BAG-082",
    "RFC 8493 §6.1.1.3",
    "two names differ only in their normal form of Unicode",
    "On some systems one file would overwrite the other; rename one of them.",
);
/// Two names differ in their case only.
pub const NAME_TWINS_CASE: Rule = warning(
    "BAG-083",
    "RFC 8493 §6.1.1.3",
    "two names differ only in their case",
    "On some systems one file would overwrite the other; rename one of them.",
);
/// A file that an operating system leaves behind.
pub const NAME_SYSTEM_FILE: Rule = warning(
    "BAG-084",
    "RFC 8493 §6.1",
    "the payload has a file that an operating system left behind",
    "Take it out before bagging, unless it is meant to be kept.",
);
/// A name that Windows cannot write.
pub const NAME_WINDOWS: Rule = warning(
    "BAG-085",
    "RFC 8493 §6.1.2",
    "a name cannot be written on Windows",
    "Rename the file if the bag should ever be opened on Windows.",
);
/// A name has characters that hide or turn text.
pub const NAME_HOSTILE: Rule = warning(
    "BAG-086",
    "Unicode Technical Report 36",
    "a name has invisible characters or ones that turn the direction of text",
    "Check that the name is what it seems; it is kept as it is.",
);

pub(super) const ALL: &[&Rule] =
    &[&NAME_CONTROL, &NAME_TWINS_NORMAL_FORM, &NAME_TWINS_CASE, &NAME_SYSTEM_FILE, &NAME_WINDOWS, &NAME_HOSTILE];
