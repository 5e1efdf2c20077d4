//! Where a file is: its path, and the way through archives below it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::super::shown::shown;
use super::archive::ArchiveKind;

/// Where a file is.
#[derive(Debug, Clone, Default)]
pub struct Location {
    /// The file of the file system.
    pub file: PathBuf,
    /// From the outermost archive inward.
    pub inner: Vec<Inner>,
}

/// A step into an archive.
#[derive(Debug, Clone)]
pub struct Inner {
    /// The kind of the archive that is stepped into.
    pub kind: ArchiveKind,
    /// The member, as the archive calls it.
    pub name: Vec<u8>,
}

impl Location {
    /// Returns `folder/archive.zip!/inner/path`.
    #[must_use]
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        let file = self.file.as_os_str().as_bytes();
        if self.inner.is_empty() {
            return Cow::Borrowed(file);
        }
        let mut bytes = file.to_vec();
        for inner in &self.inner {
            bytes.extend_from_slice(b"!/");
            bytes.extend_from_slice(&inner.name);
        }
        Cow::Owned(bytes)
    }

    /// Returns the name of the file alone.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        match self.inner.last() {
            Some(inner) => inner.name.rsplit(|byte| *byte == b'/').next().unwrap_or_default(),
            None => self.file.file_name().unwrap_or(self.file.as_os_str()).as_bytes(),
        }
    }

    /// Returns the address as DROID writes it, archives by the ways of `jar:`: `zip:file:/a.zip!/inner`.
    #[must_use]
    pub fn uri(&self, here: &Path, is_folder: bool) -> String {
        let mut uri = String::new();
        for inner in self.inner.iter().rev() {
            uri.push_str(inner.kind.scheme());
            uri.push(':');
        }
        uri.push_str("file:");
        percent_encode(here.join(&self.file).components().collect::<PathBuf>().as_os_str().as_bytes(), &mut uri);
        if is_folder && !uri.ends_with('/') {
            uri.push('/');
        }
        for inner in &self.inner {
            uri.push_str("!/");
            percent_encode(&inner.name, &mut uri);
        }
        uri
    }
}

/// Returns bytes as text, and whether the text says them exactly: what is no UTF-8 stands as U+FFFD.
#[must_use]
pub fn text(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let text = String::from_utf8_lossy(bytes);
    let is_exact = matches!(text, Cow::Borrowed(_));
    (text, is_exact)
}

/// Returns bytes as text for eyes: what a terminal would obey as `\u{…}`, and what is no UTF-8 as `\x…`.
#[must_use]
pub fn for_eyes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&shown(chunk.valid()));
        for byte in chunk.invalid() {
            push(&mut text, format_args!("\\x{byte:02x}"));
        }
    }
    text
}

/// Returns bytes as two hexadecimal digits each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    bytes.iter().for_each(|byte| push(&mut text, format_args!("{byte:02x}")));
    text
}

/// Returns the bytes that hexadecimal digits stand for.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// Keeps what a URI may hold in a path. `!` is not among it: it divides an archive from what is in it.
fn percent_encode(bytes: &[u8], target: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-._~$&'()*+,;=:@".contains(byte) {
            target.push(char::from(*byte));
        } else {
            push(target, format_args!("%{byte:02X}"));
        }
    }
}

fn push(target: &mut String, text: std::fmt::Arguments<'_>) {
    target.write_fmt(text).expect("a string takes all text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_their_digits() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&hex(&bytes)), Some(bytes));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("zz"), None);
    }

    #[test]
    fn an_address_goes_through_archives_and_says_all_bytes() {
        let file = PathBuf::from("a b/c.tar");
        let inner = |kind, name: &[u8]| Inner { kind, name: name.to_vec() };
        let inner = vec![inner(ArchiveKind::Tar, b"d!/\xffe.zip"), inner(ArchiveKind::Zip, "ø".as_bytes())];
        let location = Location { file, inner };
        let uri = location.uri(Path::new("/home"), false);
        assert_eq!(uri, "zip:tar:file:/home/a%20b/c.tar!/d%21/%FFe.zip!/%C3%B8");
        assert_eq!(for_eyes(&location.bytes()), "a b/c.tar!/d!/\\xffe.zip!/ø");
    }
}
