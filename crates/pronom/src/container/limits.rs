//! The bounds that keep hostile containers harmless.

/// Bytes of a central directory that are looked at; a million ordinary entries.
pub const CENTRAL_DIRECTORY_BYTES_MAX: u64 = 64 << 20;
/// Entries of a ZIP archive that are looked at.
pub const ENTRIES_MAX: u64 = 1 << 20;
/// Bytes of a name in a ZIP archive; one that is longer is passed over, as no signature asks for such a name.
pub const NAME_BYTES_MAX: usize = 1024;
/// Local headers that are looked at when a ZIP archive has no central directory.
pub const LOCAL_HEADERS_MAX: u64 = 1024;
/// Bytes that are searched for the next local header, all searches together.
pub const SEARCHED_BYTES_MAX: u64 = 4 << 20;
/// Bytes that one entry may expand to when its end is asked for.
pub const INFLATED_BYTES_MAX: u64 = 32 << 20;
/// Bytes that all entries of a container together may expand to.
pub const INFLATED_TOTAL_BYTES_MAX: u64 = 64 << 20;
/// Compressed bytes that are read, all entries of a container together.
pub const DEFLATED_TOTAL_BYTES_MAX: u64 = 64 << 20;
/// Bytes of the directory of a compound file; 65,536 entries.
pub const OLE2_DIRECTORY_BYTES_MAX: u64 = 8 << 20;
/// Sectors of one chain that are followed; 512 MiB in sectors of 512 bytes.
pub const CHAIN_SECTORS_MAX: u64 = 1 << 20;

/// The bounds of reading one container. Their defaults are the constants of the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainerLimits {
    /// Bytes of a ZIP archive's central directory that are looked at.
    pub central_directory_bytes_max: u64,
    /// Entries of a ZIP archive that are looked at.
    pub entries_max: u64,
    /// Bytes of a name in a ZIP archive; longer ones are passed over.
    pub name_bytes_max: usize,
    /// Local headers that are looked at when there is no central directory.
    pub local_headers_max: u64,
    /// Bytes that are searched for the next local header.
    pub searched_bytes_max: u64,
    /// Bytes that one entry may expand to when its end is asked for.
    pub inflated_bytes_max: u64,
    /// Bytes that all entries together may expand to.
    pub inflated_total_bytes_max: u64,
    /// Compressed bytes that are read, all entries together.
    pub deflated_total_bytes_max: u64,
    /// Bytes of a compound file's directory.
    pub ole2_directory_bytes_max: u64,
    /// Sectors of one chain that are followed.
    pub chain_sectors_max: u64,
}

impl Default for ContainerLimits {
    fn default() -> Self {
        Self {
            central_directory_bytes_max: CENTRAL_DIRECTORY_BYTES_MAX,
            entries_max: ENTRIES_MAX,
            name_bytes_max: NAME_BYTES_MAX,
            local_headers_max: LOCAL_HEADERS_MAX,
            searched_bytes_max: SEARCHED_BYTES_MAX,
            inflated_bytes_max: INFLATED_BYTES_MAX,
            inflated_total_bytes_max: INFLATED_TOTAL_BYTES_MAX,
            deflated_total_bytes_max: DEFLATED_TOTAL_BYTES_MAX,
            ole2_directory_bytes_max: OLE2_DIRECTORY_BYTES_MAX,
            chain_sectors_max: CHAIN_SECTORS_MAX,
        }
    }
}
