//! The names that the door takes: relative paths that cannot lead out of the store.

use super::StorageError;

/// Bytes of one name at the most: `NAME_MAX` of the file systems that we know.
pub const NAME_BYTES_MAX: usize = 255;
/// Bytes of one relative path at the most; with the store's own path before it, it stays below `PATH_MAX`.
pub const PATH_BYTES_MAX: usize = 3072;

/// Takes a relative path with `/` between names, none of which is empty, `.` or `..`.
pub(super) fn check_path(path: &str) -> Result<&str, StorageError> {
    let because = if path.len() > PATH_BYTES_MAX {
        "longer than 3072 bytes"
    } else if path.contains('\0') {
        "a NUL byte"
    } else if path.split('/').any(|name| matches!(name, "" | "." | "..")) {
        "an empty name, `.` or `..`"
    } else if path.split('/').any(|name| name.len() > NAME_BYTES_MAX) {
        "a name longer than 255 bytes"
    } else {
        return Ok(path);
    };
    Err(StorageError::Name { name: path.to_owned(), because })
}

/// Takes one name that does not begin with a dot: those are ours.
pub(super) fn check_key(key: &str) -> Result<&str, StorageError> {
    check_path(key)?;
    if key.contains('/') || key.starts_with('.') {
        return Err(StorageError::Name { name: key.to_owned(), because: "a slash, or a dot at its beginning" });
    }
    Ok(key)
}

/// Returns the number of a version folder such as `v3` or `v0003` (OCFL 1.1 §3.3.1).
pub(super) fn version_number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix('v')?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::{check_key, check_path, version_number};

    #[test]
    fn a_path_that_could_lead_out_is_refused() {
        let long = "a".repeat(256);
        for path in ["", "/etc", "a//b", "a/", "..", "a/../b", "./a", "a\0b", &long] {
            assert!(check_path(path).is_err(), "{path:?}");
        }
        assert!(check_path("v1/content/ab/..c").is_ok());
    }

    #[test]
    fn a_key_is_one_name_without_a_leading_dot() {
        assert!(check_key("item-1").is_ok());
        assert!(check_key(".probe").is_err());
        assert!(check_key("a/b").is_err());
    }

    #[test]
    fn version_folders_are_told_from_others() {
        assert_eq!(version_number("v12"), Some(12));
        assert_eq!(version_number("v0002"), Some(2));
        for name in ["v", "v0", "v-1", "v+1", "V1", "vv1", "1", "v99999999999"] {
            assert_eq!(version_number(name), None, "{name}");
        }
    }
}
