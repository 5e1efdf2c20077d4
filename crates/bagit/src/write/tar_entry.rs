//! One entry of a tar archive: ustar, with PAX headers where ustar cannot say it (POSIX.1-2001, pax).

const BLOCK_BYTES: usize = 512;
/// Tar files are padded to records of this length, by old custom.
const RECORD_BYTES: u64 = 10_240;
const NAME_BYTES_MAX: usize = 100;
const PREFIX_BYTES_MAX: usize = 155;
/// The greatest number in a field of eleven octal digits.
const OCTAL_MAX: u64 = 0o77_777_777_777;
const BLOCK: [u8; BLOCK_BYTES] = [0; BLOCK_BYTES];

/// One entry of a tar archive: what stands before its bytes. The same entry always gives the same header, so that
/// whoever knows all entries knows the length of the archive before it is written.
#[derive(Debug, Clone, Copy)]
pub struct TarEntry<'a> {
    path: &'a str,
    flag: u8,
    size_bytes: u64,
    modified_at: i64,
}

impl<'a> TarEntry<'a> {
    /// Describes a file; its time is in Unix seconds.
    #[must_use]
    pub fn file(path: &'a str, size_bytes: u64, modified_at: i64) -> Self {
        Self { path, flag: b'0', size_bytes, modified_at }
    }

    /// Describes a folder, whose path ends with a slash.
    #[must_use]
    pub fn folder(path: &'a str, modified_at: i64) -> Self {
        Self { path, flag: b'5', size_bytes: 0, modified_at }
    }

    /// Returns the bytes that stand before those of the file: whole blocks.
    #[must_use]
    pub fn header(&self) -> Vec<u8> {
        let records = self.pax_records();
        let mut header = Vec::with_capacity(BLOCK_BYTES);
        if !records.is_empty() {
            let pax = TarEntry { path: "PaxHeader", flag: b'x', size_bytes: records.len() as u64, modified_at: 0 };
            header.extend_from_slice(&pax.block());
            header.extend_from_slice(&records);
            header.extend_from_slice(tar_padding(records.len() as u64));
        }
        header.extend_from_slice(&self.block());
        header
    }

    /// Returns what the block cannot say.
    fn pax_records(&self) -> Vec<u8> {
        let mut records = Vec::new();
        if split(self.path).is_none() {
            push_record(&mut records, "path", self.path);
        }
        if self.size_bytes > OCTAL_MAX {
            push_record(&mut records, "size", &self.size_bytes.to_string());
        }
        if !is_octal(self.modified_at) {
            push_record(&mut records, "mtime", &self.modified_at.to_string());
        }
        records
    }

    /// Returns the header block. Owner, mode and device are the same for all, so that the same bag gives the same bytes.
    fn block(&self) -> [u8; BLOCK_BYTES] {
        let mut block = [0; BLOCK_BYTES];
        let (prefix, name) = split(self.path).unwrap_or_else(|| ("", shortened(self.path)));
        block[..name.len()].copy_from_slice(name.as_bytes());
        let mode: u64 = if self.flag == b'5' { 0o755 } else { 0o644 };
        put_octal(&mut block[100..108], mode);
        put_octal(&mut block[108..116], 0);
        put_octal(&mut block[116..124], 0);
        put_octal(&mut block[124..136], self.size_bytes.min(OCTAL_MAX));
        put_octal(&mut block[136..148], if is_octal(self.modified_at) { self.modified_at.unsigned_abs() } else { 0 });
        block[148..156].fill(b' ');
        block[156] = self.flag;
        block[257..265].copy_from_slice(b"ustar\x0000");
        put_octal(&mut block[329..337], 0);
        put_octal(&mut block[337..345], 0);
        block[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        put_octal(&mut block[148..155], sum);
        block
    }
}

/// Returns the bytes that follow those of a file up to the next block.
#[must_use]
pub fn tar_padding(size_bytes: u64) -> &'static [u8] {
    let missing = size_bytes.next_multiple_of(BLOCK_BYTES as u64) - size_bytes;
    &BLOCK[..usize::try_from(missing).unwrap_or(0)]
}

/// Returns the bytes that end an archive of which so many were written: two empty blocks, and the rest of a record.
#[must_use]
pub fn tar_end(written_bytes: u64) -> Vec<u8> {
    let ended_bytes = written_bytes + 2 * BLOCK_BYTES as u64;
    vec![0; usize::try_from(ended_bytes.next_multiple_of(RECORD_BYTES) - written_bytes).unwrap_or(0)]
}

fn is_octal(seconds: i64) -> bool {
    u64::try_from(seconds).is_ok_and(|seconds| seconds <= OCTAL_MAX)
}

/// Divides a path between the prefix and the name of ustar; `None` when it needs a PAX record. ustar knows ASCII only.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= NAME_BYTES_MAX {
        return Some(("", path));
    }
    // The last slash of a folder's name ends it and divides nothing.
    let slashes = path.trim_end_matches('/').match_indices('/');
    slashes
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .find(|(prefix, name)| (1..=PREFIX_BYTES_MAX).contains(&prefix.len()) && name.len() <= NAME_BYTES_MAX)
}

/// What readers without PAX see.
fn shortened(path: &str) -> &str {
    let mut end = path.len().min(NAME_BYTES_MAX);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    &path[..end]
}

/// Writes octal digits and a NUL; the value fits, or is one for which a PAX record stands.
fn put_octal(field: &mut [u8], value: u64) {
    let digits = field.len() - 1;
    field[..digits].copy_from_slice(format!("{value:0digits$o}").as_bytes());
    field[digits] = 0;
}

/// The length of a record counts itself.
fn push_record(records: &mut Vec<u8>, key: &str, value: &str) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_record_counts_itself() {
        for length in [1, 88, 89, 90, 91, 92, 988, 990, 991, 5000] {
            let mut records = Vec::new();
            push_record(&mut records, "path", &"x".repeat(length));
            let text = String::from_utf8(records).unwrap();
            assert_eq!(text.split(' ').next().unwrap().parse::<usize>().unwrap(), text.len());
        }
    }

    #[test]
    fn long_paths_are_divided_where_ustar_can() {
        let long = format!("{}/{}", "a".repeat(120), "b".repeat(90));
        assert_eq!(split(&long), Some((&*"a".repeat(120), &*"b".repeat(90))));
        assert_eq!(split(&"a".repeat(101)), None);
        assert_eq!(split("bag/é"), None);
        assert_eq!(split(&format!("{}/{}", "a".repeat(156), "b")), None);
    }
}
