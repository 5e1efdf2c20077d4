//! Where content lies in an object, in eight bytes.

use crate::VersionNumber;

/// A content path: `<version>/<content directory>/<name>`, or the name alone for a path of another form.
///
/// The order is the canonical one of an inventory: by version number, then by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The version number times sixteen, plus the width of its padding; 0 when the name is the whole path.
    version: u32,
    pub name: u32,
}

impl Place {
    pub fn new(version: VersionNumber, name: u32) -> Self {
        Self { version: version.number() << 4 | u32::from(version.width()), name }
    }

    pub fn whole(name: u32) -> Self {
        Self { version: 0, name }
    }

    pub fn version(self) -> Option<VersionNumber> {
        VersionNumber::new(self.version >> 4)
            .map(|version| VersionNumber::padded(version.number(), (self.version & 15) as u8))
    }

    pub fn renamed(self, name: u32) -> Self {
        Self { version: self.version, name }
    }
}

/// Splits a content path that lies in a version's content directory; `None` for any other path.
pub(crate) fn split<'path>(path: &'path str, content_directory: &str) -> Option<(VersionNumber, &'path str)> {
    let (version, rest) = path.split_once('/')?;
    let name = rest.strip_prefix(content_directory)?.strip_prefix('/')?;
    let version = version.parse().ok()?;
    (!name.is_empty()).then_some((version, name))
}
