//! The rules about the package itself, BAG-1xx: archives, their entries, and their limits.

use findings::Rule;

use super::{error, info, warning};

const SERIALIZATION: &str = "BagIt 0.97 §4";
const SECURITY: &str = "RFC 8493 §5.1";
const BOUNDS: &str = "Strongroom limits";

/// The archive ends in the middle of an entry, or without its end mark.
pub const ARCHIVE_TRUNCATED: Rule = error(
    "BAG-101",
    SERIALIZATION,
    "the archive is cut off",
    "Send the package again; the upload or the copy was interrupted.",
);
/// An entry's header makes no sense.
pub const ARCHIVE_HEADER_DAMAGED: Rule = error(
    "BAG-102",
    SERIALIZATION,
    "the header of an archive entry is damaged",
    "Make the archive again and send it again.",
);
/// The compressed bytes do not decompress, or their own checksum is wrong.
pub const COMPRESSED_DATA_DAMAGED: Rule =
    error("BAG-103", SERIALIZATION, "the compressed data is damaged", "Make the archive again and send it again.");
/// The bytes show another form than the name promises, such as gzip in a file called `.tar`.
pub const ARCHIVE_MISNAMED: Rule = warning(
    "BAG-104",
    SERIALIZATION,
    "the archive has another form than its name says",
    "Give the file the ending of its form: .tar, .tar.gz, .tar.zst or .zip.",
);
/// Bytes follow the end of the archive.
pub const TRAILING_DATA: Rule = warning(
    "BAG-105",
    SERIALIZATION,
    "there is data after the end of the archive",
    "Nothing after the end was read; make the archive again if something is missing.",
);
/// A ZIP entry is encrypted.
pub const ENTRY_ENCRYPTED: Rule =
    error("BAG-106", SERIALIZATION, "an archive entry is encrypted", "Make the archive again without a password.");
/// An entry uses a compression method that cannot be read.
pub const COMPRESSION_UNSUPPORTED: Rule = error(
    "BAG-107",
    SERIALIZATION,
    "an archive entry is compressed in an unsupported way",
    "Make the ZIP again with the methods \"stored\" or \"deflate\".",
);
/// A sparse file: its holes have no bytes in the archive.
pub const ENTRY_SPARSE: Rule = error(
    "BAG-108",
    SERIALIZATION,
    "an archive entry is a sparse file",
    "Make the archive again without the option for sparse files.",
);
/// The size in the header is not the number of bytes that follow.
pub const ENTRY_SIZE_WRONG: Rule = error(
    "BAG-109",
    SERIALIZATION,
    "the stated size of an entry is wrong",
    "Make the archive again and send it again.",
);

/// An entry stands outside any top folder.
pub const ENTRY_WITHOUT_TOP_FOLDER: Rule = error(
    "BAG-121",
    SERIALIZATION,
    "an archive entry stands outside the bag's top folder",
    "Archive the folder of the bag, not its contents, so that every entry begins with the folder's name.",
);
/// The archive has more than one top folder.
pub const TOP_FOLDERS_SEVERAL: Rule = error(
    "BAG-122",
    SERIALIZATION,
    "the archive has several top folders",
    "Put one bag, in one folder, in each archive.",
);
/// The top folder has another name than the package.
pub const TOP_FOLDER_NAME: Rule = warning(
    "BAG-123",
    SERIALIZATION,
    "the top folder has another name than the package",
    "Give the archive the name of its top folder; the package's name is the one that is used.",
);
/// Two entries have one path.
pub const ENTRY_DUPLICATE: Rule = error(
    "BAG-124",
    SERIALIZATION,
    "two archive entries have the same path",
    "Make the archive again with each file in it once; it cannot be known which one is meant.",
);
/// An entry's path begins at the root or with a drive.
pub const ENTRY_PATH_ABSOLUTE: Rule = error(
    "BAG-125",
    SECURITY,
    "the path of an archive entry is absolute",
    "Make the archive again with relative paths.",
);
/// An entry's path has a part `..`.
pub const ENTRY_PATH_ESCAPES: Rule = error(
    "BAG-126",
    SECURITY,
    "the path of an archive entry has a part `..`",
    "Make the archive again from the folder of the bag, with paths inside it only.",
);
/// A symbolic or hard link.
pub const ENTRY_LINK: Rule = error(
    "BAG-127",
    SECURITY,
    "a member is a link and not a file",
    "Replace the link by the file that it points to, and bag again.",
);
/// A device, socket or pipe.
pub const ENTRY_SPECIAL: Rule =
    error("BAG-128", SECURITY, "a member is a device, socket or pipe", "Take it out of the bag, and bag again.");
/// An entry's path is not UTF-8.
pub const ENTRY_NAME_NOT_UTF8: Rule = error(
    "BAG-129",
    SERIALIZATION,
    "the name of a member is not UTF-8",
    "Rename the file with characters of Unicode, and bag again.",
);
/// An entry's path has control characters.
pub const ENTRY_NAME_CONTROL: Rule = error(
    "BAG-130",
    SECURITY,
    "the name of an archive entry has control characters",
    "Rename the file without control characters, and bag again.",
);
/// An entry's path begins with `./`.
pub const ENTRY_LEADING_DOT: Rule = info(
    "BAG-131",
    SERIALIZATION,
    "the paths of the archive begin with `./`",
    "Nothing to do; the prefix was ignored.",
);
/// A folder without any file in it.
pub const FOLDER_EMPTY: Rule = warning(
    "BAG-132",
    "RFC 8493 §2.1.3",
    "an empty folder is not kept",
    "Bags keep files only; put an empty file, such as `.keep`, into a folder that matters.",
);
/// A path or one of its parts is too long.
pub const ENTRY_PATH_TOO_LONG: Rule = error(
    "BAG-133",
    BOUNDS,
    "the path of a member is too long",
    "Keep each part of a path within 255 bytes and the whole within 4096, and bag again.",
);

/// A path with backslashes, which Windows takes for dividers.
pub const ENTRY_BACKSLASH: Rule = warning(
    "BAG-134",
    SECURITY,
    "the path of a member has a backslash",
    "Nothing has to be done, but Windows cannot unpack the bag as it is; divide paths with `/` only.",
);
/// The directory of a ZIP and the header before the data say different things of one entry.
pub const ENTRY_HEADERS_DISAGREE: Rule = error(
    "BAG-135",
    SERIALIZATION,
    "the directory of the ZIP and the entry itself disagree",
    "Make the archive again and send it again; it cannot be known which of the two is meant.",
);
/// Entries of a ZIP share bytes.
pub const ENTRIES_OVERLAP: Rule = error(
    "BAG-136",
    SECURITY,
    "entries of the archive overlap",
    "Make the archive again with ordinary software; an archive of this kind is made to do harm.",
);
/// A file that changed, or went away, between listing and reading.
pub const MEMBER_CHANGED: Rule = error(
    "BAG-137",
    SECURITY,
    "a member changed while it was read",
    "Wait until the copy is finished and nobody works on the files, then try again.",
);
/// A file that may not be read.
pub const MEMBER_UNREADABLE: Rule = error(
    "BAG-138",
    SECURITY,
    "a member cannot be read",
    "Give the right to read it to the account that runs this program, then try again.",
);

/// More members than a bag may have.
pub const MEMBERS_TOO_MANY: Rule =
    error("BAG-141", BOUNDS, "the package has too many members", "Divide the contents over several bags.");
/// More bytes come out than the limits allow.
pub const EXPANDED_TOO_LARGE: Rule = error(
    "BAG-142",
    BOUNDS,
    "the archive expands to more bytes than is allowed",
    "Divide the contents over several bags, or send the bag as a plain tar.",
);
/// More bytes come out, for those that went in, than honest data gives.
pub const EXPANSION_RATIO: Rule = error(
    "BAG-143",
    BOUNDS,
    "the archive expands suspiciously far",
    "Send the bag as a plain tar, if its contents really are that repetitive.",
);

pub(super) const ALL: &[&Rule] = &[
    &ARCHIVE_TRUNCATED,
    &ARCHIVE_HEADER_DAMAGED,
    &COMPRESSED_DATA_DAMAGED,
    &ARCHIVE_MISNAMED,
    &TRAILING_DATA,
    &ENTRY_ENCRYPTED,
    &COMPRESSION_UNSUPPORTED,
    &ENTRY_SPARSE,
    &ENTRY_SIZE_WRONG,
    &ENTRY_WITHOUT_TOP_FOLDER,
    &TOP_FOLDERS_SEVERAL,
    &TOP_FOLDER_NAME,
    &ENTRY_DUPLICATE,
    &ENTRY_PATH_ABSOLUTE,
    &ENTRY_PATH_ESCAPES,
    &ENTRY_LINK,
    &ENTRY_SPECIAL,
    &ENTRY_NAME_NOT_UTF8,
    &ENTRY_NAME_CONTROL,
    &ENTRY_LEADING_DOT,
    &FOLDER_EMPTY,
    &ENTRY_PATH_TOO_LONG,
    &ENTRY_BACKSLASH,
    &ENTRY_HEADERS_DISAGREE,
    &ENTRIES_OVERLAP,
    &MEMBER_CHANGED,
    &MEMBER_UNREADABLE,
    &MEMBERS_TOO_MANY,
    &EXPANDED_TOO_LARGE,
    &EXPANSION_RATIO,
];
