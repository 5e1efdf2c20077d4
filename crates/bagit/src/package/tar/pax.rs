//! The records of a PAX extended header (POSIX.1-2001, pax, "Extended Header").

/// What PAX records say that matters to a bag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extras {
    pub path: Option<Vec<u8>>,
    pub size_bytes: Option<u64>,
    pub modified_seconds: Option<i64>,
    /// One of the `GNU.sparse` records stands there: the data is not the file's content.
    pub is_sparse: bool,
}

/// The records are not of the form `length key=value\n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Extras {
    /// Reads all records; of two with one key the later holds.
    ///
    /// # Errors
    /// A record's length is no number, goes beyond the header, or does not end at a line's end.
    pub(crate) fn parse(mut bytes: &[u8]) -> Result<Self, Malformed> {
        let mut extras = Self::default();
        while !bytes.is_empty() {
            let blank = bytes.iter().take(20).position(|byte| *byte == b' ').ok_or(Malformed)?;
            let length: usize = digits(&bytes[..blank]).ok_or(Malformed)?;
            if length > bytes.len() || length < blank + 2 || bytes[length - 1] != b'\n' {
                return Err(Malformed);
            }
            let record = &bytes[blank + 1..length - 1];
            let equals = record.iter().position(|byte| *byte == b'=').ok_or(Malformed)?;
            extras.take(&record[..equals], &record[equals + 1..])?;
            bytes = &bytes[length..];
        }
        Ok(extras)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Malformed> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            // Up to 2^63 - 1, as in headers, so that a size with its padding cannot overflow.
            b"size" => self.size_bytes = Some(digits::<i64>(value).ok_or(Malformed)?.unsigned_abs()),
            b"mtime" => self.modified_seconds = Some(seconds(value).ok_or(Malformed)?),
            _ if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
            _ => {}
        }
        Ok(())
    }

    /// Lays another header's records over these, which are of a wider scope.
    pub(crate) fn overlaid(&self, narrower: Extras) -> Extras {
        Extras {
            path: narrower.path.or_else(|| self.path.clone()),
            size_bytes: narrower.size_bytes.or(self.size_bytes),
            modified_seconds: narrower.modified_seconds.or(self.modified_seconds),
            is_sparse: narrower.is_sparse || self.is_sparse,
        }
    }
}

fn digits<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    let is_plain = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    is_plain.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// Whole seconds, rounded down; `-0.5` is the second before 1970.
fn seconds(text: &[u8]) -> Option<i64> {
    let (sign, text) = match text.strip_prefix(b"-") {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let dot = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
    let whole: i64 = digits(&text[..dot])?;
    let has_fraction = text[dot..].iter().any(|byte| matches!(byte, b'1'..=b'9'));
    Some(sign * whole - i64::from(sign < 0 && has_fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_size_and_time_are_read() {
        let expected = Extras {
            path: Some("bag/é".into()),
            size_bytes: Some(8_589_934_592),
            modified_seconds: Some(-2),
            is_sparse: false,
        };
        let extras = Extras::parse("15 path=bag/é\n19 size=8589934592\n17 mtime=-1.5000\n11 other=x\n".as_bytes());
        assert_eq!(extras, Ok(expected));
    }

    #[test]
    fn records_with_lying_lengths_are_malformed() {
        for text in ["99 path=x\n", "2 \n", "x path=a\n", "0 path=a\n", "10 path=aa", "9 path=a\n\n", " 9 path=a\n"] {
            assert_eq!(Extras::parse(text.as_bytes()), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn sparse_maps_are_noticed() {
        assert!(Extras::parse(b"22 GNU.sparse.major=1\n").is_ok_and(|extras| extras.is_sparse));
    }
}
