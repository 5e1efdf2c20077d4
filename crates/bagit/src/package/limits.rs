//! What a caller asks of a reading, with the bounds that keep hostile packages harmless.

use digests::Algorithms;

use crate::MEMBERS_MAX;

/// Bytes of all member paths together; 20 million ordinary ones.
pub const PATHS_BYTES_MAX: u64 = 2 << 30;
/// Bytes of one member's path within the bag.
pub const PATH_BYTES_MAX: usize = 4096;
/// Bytes of one part of a path, which is what file systems take.
pub const PATH_PART_BYTES_MAX: usize = 255;
/// Bytes of one PAX header or GNU long name.
pub const TAR_HEADER_BYTES_MAX: u64 = 1 << 20;
/// Bytes that a compressed package may expand to.
pub const EXPANDED_BYTES_MAX: u64 = 64 << 40;
/// Bytes that come out of a compressed package for each that goes in. Text gives 10, deflate's utmost is 1,032.
pub const EXPANSION_RATIO_MAX: u64 = 250;
/// Bytes that may come out before the ratio is looked at, so that a small bag of zeros is no bomb.
pub const EXPANSION_FREE_BYTES: u64 = 1 << 30;

/// The bounds of one reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageLimits {
    /// Members that a bag may have; never more than [`MEMBERS_MAX`].
    pub members_max: usize,
    /// Bytes of all paths together.
    pub paths_bytes_max: u64,
    /// Bytes of one PAX header or GNU long name.
    pub tar_header_bytes_max: u64,
    /// Bytes that a compressed package may expand to.
    pub expanded_bytes_max: u64,
    /// Bytes out for each byte in, once `expansion_free_bytes` have come out.
    pub expansion_ratio_max: u64,
    /// Bytes that may come out before the ratio is looked at.
    pub expansion_free_bytes: u64,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            members_max: MEMBERS_MAX,
            paths_bytes_max: PATHS_BYTES_MAX,
            tar_header_bytes_max: TAR_HEADER_BYTES_MAX,
            expanded_bytes_max: EXPANDED_BYTES_MAX,
            expansion_ratio_max: EXPANSION_RATIO_MAX,
            expansion_free_bytes: EXPANSION_FREE_BYTES,
        }
    }
}

impl PackageLimits {
    /// Returns the rule that a package breaks which gave so many bytes for so many.
    pub(crate) fn broken_by(&self, expanded_bytes: u64, compressed_bytes: u64) -> Option<findings::Finding> {
        if expanded_bytes > self.expanded_bytes_max {
            let finding = crate::rules::EXPANDED_TOO_LARGE.finding();
            return Some(finding.expected(format!("at most {} bytes", self.expanded_bytes_max)));
        }
        let ratio = expanded_bytes / compressed_bytes.max(1);
        (expanded_bytes > self.expansion_free_bytes && ratio > self.expansion_ratio_max).then(|| {
            let finding = crate::rules::EXPANSION_RATIO.finding();
            finding
                .expected(format!("at most {} bytes for each one", self.expansion_ratio_max))
                .seen(format!("{expanded_bytes} bytes out of {compressed_bytes}"))
        })
    }
}

/// What a caller asks of [`crate::gather`].
#[derive(Debug, Clone, Copy, Default)]
pub struct GatherOptions {
    /// Algorithms to compute for every member, whatever the manifests use.
    pub algorithms: Algorithms,
    /// The bounds of the package.
    pub limits: PackageLimits,
    /// Threads and buffers for hashing.
    pub hashing: digests::Limits,
}
