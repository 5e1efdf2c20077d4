//! Where the bytes of a replica come from, and how they are copied.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use rustix::io::Errno;

use super::DepositObject;

/// Bytes to be written into a store.
#[derive(Debug)]
pub enum Source<'a> {
    /// A part of an open file: a member of a tar, at its offset.
    Range {
        /// The file, open for reading.
        file: &'a File,
        /// Where the bytes begin.
        offset_bytes: u64,
        /// How many they are.
        length_bytes: u64,
    },
    /// A part of a deposit in a bucket: a member of a tar.
    Object {
        /// The deposit.
        object: &'a DepositObject,
        /// Where the bytes begin.
        offset_bytes: u64,
        /// How many they are.
        length_bytes: u64,
    },
    /// A file of its own. Only its first `length_bytes` are taken.
    File {
        /// Where it is.
        path: PathBuf,
        /// Bytes that it had when it was measured.
        length_bytes: u64,
    },
}

impl Source<'_> {
    /// Returns how many bytes it promises.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        match self {
            Self::Range { length_bytes, .. } | Self::Object { length_bytes, .. } | Self::File { length_bytes, .. } => {
                *length_bytes
            }
        }
    }
}

/// How bytes get from one file to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CopyWay {
    /// `copy_file_range`, where it is known to write blocks of its own.
    Kernel,
    /// Through a buffer of ours.
    Buffer,
}

/// What broke off a copy.
#[derive(Debug)]
pub(super) enum CopyFault {
    Read(io::Error),
    Write(io::Error),
    Short { seen_bytes: u64 },
}

/// Below this length a read and a write are cheaper than the pipe that the kernel copies through.
const KERNEL_BYTES_MIN: u64 = 64 << 10;
/// Asked of the kernel in one call: long calls cannot be interrupted.
const KERNEL_CHUNK_BYTES: u64 = 64 << 20;
/// The buffer that each thread copies through.
const BUFFER_BYTES: usize = 256 << 10;

impl CopyWay {
    /// Chooses for the file system that is written to.
    ///
    /// XFS, Btrfs, ZFS, NFS and others answer `copy_file_range` by letting two files share their blocks. Then two
    /// replicas, or a replica and its deposit, would rot together; a replica must own its bytes. Only file systems
    /// that cannot share blocks are asked.
    pub(super) fn onto(target: &OwnedFd) -> io::Result<Self> {
        const EXT: i64 = 0xEF53;
        const TMPFS: i64 = 0x0102_1994;
        match rustix::fs::fstatfs(target)?.f_type {
            EXT | TMPFS => Ok(Self::Kernel),
            _ => Ok(Self::Buffer),
        }
    }
}

/// Copies `length` bytes from `offset` of one file to where the other stands.
pub(super) fn copy(
    (source, offset, length): (&File, u64, u64),
    mut target: &File,
    way: CopyWay,
    buffer: &mut Vec<u8>,
) -> Result<(), CopyFault> {
    let mut seen = if way == CopyWay::Kernel && length >= KERNEL_BYTES_MIN {
        copy_in_kernel(source, offset, length, target)?
    } else {
        0
    };
    if seen < length {
        buffer.resize(BUFFER_BYTES.min(usize::try_from(length).unwrap_or(BUFFER_BYTES)).max(buffer.len()), 0);
    }
    while seen < length {
        let want = usize::try_from(length - seen).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        let bytes = match source.read_at(&mut buffer[..want], offset + seen) {
            Ok(0) => return Err(CopyFault::Short { seen_bytes: seen }),
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyFault::Read(error)),
        };
        target.write_all(bytes).map_err(CopyFault::Write)?;
        seen += bytes.len() as u64;
    }
    Ok(())
}

/// Copies `length` bytes of a reader to where a file stands.
pub(super) fn pour(
    mut source: impl Read,
    length: u64,
    mut target: &File,
    buffer: &mut Vec<u8>,
) -> Result<(), CopyFault> {
    buffer.resize(BUFFER_BYTES.min(usize::try_from(length).unwrap_or(BUFFER_BYTES)).max(buffer.len()), 0);
    let mut seen = 0;
    while seen < length {
        let want = usize::try_from(length - seen).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        let bytes = match source.read(&mut buffer[..want]) {
            Ok(0) => return Err(CopyFault::Short { seen_bytes: seen }),
            Ok(count) => &buffer[..count],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyFault::Read(error)),
        };
        target.write_all(bytes).map_err(CopyFault::Write)?;
        seen += bytes.len() as u64;
    }
    Ok(())
}

/// Copies what the kernel will copy and returns how many bytes that was.
///
/// It does not say which side an error belongs to, and it refuses some pairs of files (EXDEV, EINVAL, ENOSYS,
/// EOPNOTSUPP, or 0 bytes from files of /proc): the rest then goes through the buffer, which knows.
fn copy_in_kernel(source: &File, offset: u64, length: u64, target: &File) -> Result<u64, CopyFault> {
    let mut seen = 0;
    while seen < length {
        let mut from = offset + seen;
        let chunk = usize::try_from((length - seen).min(KERNEL_CHUNK_BYTES)).unwrap_or(BUFFER_BYTES);
        match rustix::fs::copy_file_range(source, Some(&mut from), target, None, chunk) {
            Ok(0) => break,
            Ok(count) => seen += count as u64,
            Err(Errno::INTR) => {}
            Err(errno @ (Errno::NOSPC | Errno::DQUOT)) => return Err(CopyFault::Write(errno.into())),
            Err(_) => break,
        }
    }
    Ok(seen)
}
