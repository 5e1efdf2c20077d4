//! A signature file that was handed in: which kind it is, and of which version.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail};
use pronom::SignatureFile;

/// Bytes of a signature file.
pub const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// The kinds of signature files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// Formats, and signatures of their bytes.
    Binary,
    /// Signatures of what is inside of containers.
    Container,
}

/// A signature file.
#[derive(Debug)]
pub struct Document {
    /// Its name, without folders.
    pub name: String,
    /// What it says.
    pub xml: String,
    /// Its kind.
    pub kind: DocumentKind,
    /// Its version: of containers the date in the name, as they have been published, else what the file says.
    pub version: String,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or is no signature file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
        let mut bytes = Vec::new();
        file.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
        if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
            bail!("{shown} is longer than {DOCUMENT_BYTES_MAX} bytes, which no signature file is");
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::new(&name, bytes)
    }

    /// Tells what bytes are.
    ///
    /// # Errors
    /// They are no signature file.
    pub fn new(name: &str, bytes: Vec<u8>) -> anyhow::Result<Self> {
        let Ok(xml) = String::from_utf8(bytes) else { bail!("{name} is no signature file: it is no UTF-8") };
        let Some(root) = root(&xml) else { bail!("{name} is no signature file: it is no XML") };
        let element = root.split(|letter: char| letter.is_whitespace() || letter == '/').next();
        let (kind, version) = match element.unwrap_or_default() {
            "FFSignatureFile" => (DocumentKind::Binary, attribute(root, "Version")),
            "ContainerSignatureMapping" => {
                let date = name.split(|letter: char| !letter.is_ascii_digit()).find(|digits| digits.len() == 8);
                (DocumentKind::Container, date.or_else(|| attribute(root, "signatureVersion")))
            }
            other => bail!(
                "{name} is no signature file: it begins with <{other}>, where the binary file of DROID has \
                 <FFSignatureFile> and the container file <ContainerSignatureMapping>"
            ),
        };
        let version = version.with_context(|| format!("{name} does not say its version"))?.to_owned();
        Ok(Self { name: name.to_owned(), kind, version, xml })
    }

    /// Returns what the compiler takes.
    #[must_use]
    pub fn file(&self) -> SignatureFile<'_> {
        SignatureFile { name: &self.name, xml: &self.xml }
    }
}

/// Returns what stands between the brackets of the first element.
fn root(xml: &str) -> Option<&str> {
    let mut rest = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    loop {
        rest = rest.trim_start();
        let passed = match rest {
            _ if rest.starts_with("<?") => rest.split_once("?>"),
            _ if rest.starts_with("<!--") => rest.split_once("-->"),
            _ => return rest.strip_prefix('<')?.split_once('>').map(|(root, _)| root),
        };
        rest = passed?.1;
    }
}

fn attribute<'a>(root: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = root;
    while let Some((before, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
        let (value, behind) = after[1..].split_once(quote)?;
        if before.split_whitespace().next_back() == Some(name) {
            return Some(value);
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, xml: &str, expected: Option<(DocumentKind, &str)>) {
        let document = Document::new(name, xml.as_bytes().to_vec()).ok();
        assert_eq!(document.as_ref().map(|document| (document.kind, document.version.as_str())), expected, "{xml}");
    }

    #[test]
    fn the_first_element_tells_kind_and_version() {
        let binary = "\u{feff}<?xml version='1.0'?>\n<!-- <x> -->\n<FFSignatureFile xmlns='u' Version=\"7\">";
        check("a.xml", binary, Some((DocumentKind::Binary, "7")));
        let container = "<ContainerSignatureMapping schemaVersion='1.0' signatureVersion='47'/>";
        check("c.xml", container, Some((DocumentKind::Container, "47")));
        check("container-signature-20260119.xml", container, Some((DocumentKind::Container, "20260119")));
    }

    #[test]
    fn what_is_no_signature_file_is_none() {
        for xml in ["", "<", "<?xml", "no xml", "<html>", "<FFSignatureFile>", "<FFSignatureFile Version>", "<!--"] {
            check("a.xml", xml, None);
        }
        assert!(Document::new("a", vec![0xff]).is_err());
    }
}
