//! What a path makes of a member: RFC 8493 §2 gives names at the base folder their meaning.

/// The part that a member plays in its bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathClass<'a> {
    /// `bagit.txt`, RFC 8493 §2.1.1.
    Declaration,
    /// `manifest-<algorithm>.txt` at the base folder, RFC 8493 §2.1.3; holds the algorithm's name as written.
    PayloadManifest(&'a str),
    /// `tagmanifest-<algorithm>.txt` at the base folder, RFC 8493 §2.2.1; holds the algorithm's name as written.
    TagManifest(&'a str),
    /// `fetch.txt`, RFC 8493 §2.2.3.
    Fetch,
    /// Anything under `data/`, RFC 8493 §2.1.2.
    Payload,
    /// Anything else: `bag-info.txt` and other tag files, RFC 8493 §2.2.4.
    Tag,
}

impl<'a> PathClass<'a> {
    /// Reads the class off a path. Only whole names count: `manifest-old/x.txt` is an ordinary tag file.
    #[must_use]
    pub fn of(path: &'a str) -> Self {
        if path.starts_with("data/") {
            return PathClass::Payload;
        }
        if path.contains('/') {
            return PathClass::Tag;
        }
        match path {
            "bagit.txt" => PathClass::Declaration,
            "fetch.txt" => PathClass::Fetch,
            _ => named_algorithm(path, "manifest-")
                .map(PathClass::PayloadManifest)
                .or_else(|| named_algorithm(path, "tagmanifest-").map(PathClass::TagManifest))
                .unwrap_or(PathClass::Tag),
        }
    }

    /// Returns whether the contents are wanted by the checks, and so kept by a package reader: everything at the base folder that is text.
    #[must_use]
    pub fn is_kept(self, path: &str) -> bool {
        match self {
            PathClass::Payload => false,
            PathClass::Tag => !path.contains('/') && path.ends_with(".txt"),
            _ => true,
        }
    }
}

fn named_algorithm<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)?.strip_suffix(".txt").filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_at_the_base_folder_have_a_meaning() {
        for (path, class) in [
            ("bagit.txt", PathClass::Declaration),
            ("manifest-sha256.txt", PathClass::PayloadManifest("sha256")),
            ("tagmanifest-md5.txt", PathClass::TagManifest("md5")),
            ("fetch.txt", PathClass::Fetch),
            ("data/manifest-md5.txt", PathClass::Payload),
            ("manifest-x/y.txt", PathClass::Tag),
            ("manifest-md5.txt.bak", PathClass::Tag),
            ("manifest-.txt", PathClass::Tag),
            ("bag-info.txt", PathClass::Tag),
            ("data", PathClass::Tag),
            ("database/x", PathClass::Tag),
        ] {
            assert_eq!(PathClass::of(path), class, "{path}");
        }
    }
}
