//! The forms in which a bag travels as one file: RFC 8493 §4.

use serde::{Deserialize, Serialize};

/// How a bag was made one file. A bag in a folder has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serialization {
    /// A tar archive.
    Tar,
    /// A tar archive, compressed with gzip.
    TarGzip,
    /// A tar archive, compressed with Zstandard.
    TarZstandard,
    /// A ZIP archive.
    Zip,
}

impl Serialization {
    /// Returns the media types under which BagIt profiles accept this form; the first is the usual one.
    #[must_use]
    pub fn media_types(self) -> &'static [&'static str] {
        match self {
            Serialization::Tar => &["application/tar", "application/x-tar"],
            Serialization::TarGzip => &[
                "application/gzip",
                "application/x-gzip",
                "application/tar+gzip",
                "application/x-gtar",
                "application/x-tgz",
            ],
            Serialization::TarZstandard => &["application/zstd", "application/tar+zstd", "application/x-zstd"],
            Serialization::Zip => &["application/zip", "application/x-zip-compressed"],
        }
    }
}
