//! Bytes that can be read anywhere.

use std::io::{Error, ErrorKind, Result};

/// Bytes that can be read anywhere.
pub trait Source {
    /// Returns the number of bytes.
    fn size_bytes(&self) -> u64;

    /// Reads bytes from `offset` on into `buffer` and returns how many: fewer than asked for are no error, and none
    /// at all mean the end of the bytes (or an empty buffer).
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;

    /// Reads until `buffer` is full or the bytes end, and returns how many bytes were read.
    fn read_full_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let Some(position) = offset.checked_add(filled as u64) else { break };
            let wanted = rest.len();
            match self.read_at(position, rest) {
                Ok(0) => break,
                Ok(read) if read <= wanted => filled += read,
                Ok(_) => return Err(Error::new(ErrorKind::InvalidData, "a source read more bytes than asked for")),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl Source for [u8] {
    fn size_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        let (target, _) = buffer.split_at_mut(read);
        target.copy_from_slice(rest.split_at(read).0);
        Ok(read)
    }
}

impl<T: Source + ?Sized> Source for &T {
    fn size_bytes(&self) -> u64 {
        (**self).size_bytes()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        (**self).read_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn a_slice_is_read_to_its_end_and_not_further() {
        let bytes: &[u8] = b"strongroom";
        let mut buffer = [0; 4];
        assert_eq!(bytes.size_bytes(), 10);
        assert_eq!(bytes.read_full_at(8, &mut buffer).unwrap(), 2);
        assert_eq!(&buffer[..2], b"om");
        assert_eq!(bytes.read_full_at(10, &mut buffer).unwrap(), 0);
        assert_eq!(bytes.read_full_at(u64::MAX, &mut buffer).unwrap(), 0);
    }

    #[test]
    fn short_reads_are_repeated_until_the_buffer_is_full() {
        struct Dripping;
        impl Source for Dripping {
            fn size_bytes(&self) -> u64 {
                3
            }
            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
                b"abc".as_slice().read_at(offset, &mut buffer[..1])
            }
        }
        let mut buffer = [0; 5];
        assert_eq!(Dripping.read_full_at(0, &mut buffer).unwrap(), 3);
        assert_eq!(&buffer[..3], b"abc");
    }
}
