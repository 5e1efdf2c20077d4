//! The files that make a folder of payload a bag: declaration, tags, manifests, tag manifests.

use std::io::{self, Write};

use digests::{Algorithm, Digests, Hasher};

use super::options::{BAG_INFO, BagOptions};
use crate::{BagitError, MemberIndex, Members, PathClass, path};

const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// The tag files of one bag, in the order in which they are written: `bagit.txt`, tags, manifests, tag manifests.
#[derive(Debug)]
pub struct TagFiles {
    files: Vec<TagFile>,
    /// The payload, sorted by the bytes of its paths.
    payload: Vec<MemberIndex>,
}

/// One tag file. Manifests are not held but written anew each time, so that a bag of any size takes little memory.
#[derive(Debug)]
pub struct TagFile {
    /// Its path in the bag.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its digests under all algorithms of the bag.
    pub digests: Digests,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text(String),
    Manifest(Algorithm),
}

impl TagFiles {
    /// Makes the tag files for the payload among some members, which need digests under every algorithm asked for.
    /// Members that are not payload are left out of account.
    ///
    /// # Errors
    /// An option contradicts the standard, or a digest is lacking.
    pub fn generate(members: &Members, options: &BagOptions) -> Result<Self, BagitError> {
        options.check()?;
        let is_payload = |index: &MemberIndex| members.get(*index).class == PathClass::Payload;
        let mut payload: Vec<MemberIndex> = members.indexes().filter(is_payload).collect();
        payload.sort_unstable_by(|one, other| members.get(*one).path.cmp(members.get(*other).path));
        let mut own = Self { files: Vec::new(), payload };
        own.check_digests(members, options)?;
        own.add(members, options, "bagit.txt", Body::Text(DECLARATION.to_owned()))?;
        for (file, text) in own.tag_texts(members, options) {
            own.add(members, options, &file, Body::Text(text))?;
        }
        for algorithm in options.algorithms.iter() {
            own.add(members, options, &format!("manifest-{algorithm}.txt"), Body::Manifest(algorithm))?;
        }
        let listed = own.files.len();
        for algorithm in options.algorithms.iter() {
            let text = own.tag_manifest(listed, algorithm);
            own.add(members, options, &format!("tagmanifest-{algorithm}.txt"), Body::Text(text))?;
        }
        Ok(own)
    }

    /// Returns the files.
    pub fn iter(&self) -> impl Iterator<Item = &TagFile> {
        self.files.iter()
    }

    /// Writes the contents of one of the files.
    ///
    /// # Errors
    /// The writer fails.
    pub fn write(&self, file: &TagFile, members: &Members, writer: &mut dyn Write) -> io::Result<()> {
        match &file.body {
            Body::Text(text) => writer.write_all(text.as_bytes()),
            Body::Manifest(algorithm) => self.write_manifest(*algorithm, members, writer),
        }
    }

    fn add(&mut self, members: &Members, options: &BagOptions, path: &str, body: Body) -> Result<(), BagitError> {
        let mut file = TagFile { path: path.to_owned(), size_bytes: 0, digests: Digests::default(), body };
        let mut measure = Measure { hasher: Hasher::new(options.algorithms), size_bytes: 0 };
        self.write(&file, members, &mut measure)
            .map_err(|source| BagitError::Keep { path: path.to_owned(), source })?;
        (file.size_bytes, file.digests) = (measure.size_bytes, measure.hasher.finish());
        self.files.push(file);
        Ok(())
    }

    fn check_digests(&self, members: &Members, options: &BagOptions) -> Result<(), BagitError> {
        for index in &self.payload {
            for algorithm in options.algorithms.iter() {
                if members.digest(*index, algorithm).is_none() {
                    let path = members.get(*index).path;
                    return Err(BagitError::BagOption(format!("`{path}` was not hashed with {algorithm}")));
                }
            }
        }
        Ok(())
    }

    /// RFC 8493 §2.1.3: a digest, two spaces, the path with CR, LF and % encoded.
    fn write_manifest(&self, algorithm: Algorithm, members: &Members, writer: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        for index in &self.payload {
            if let Some(digest) = members.digest(*index, algorithm) {
                text.push_str(&digest.to_hex());
                text.push_str("  ");
                text.push_str(&path::encode(members.get(*index).path));
                text.push('\n');
            }
            if text.len() > 64 << 10 {
                writer.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        writer.write_all(text.as_bytes())
    }

    /// RFC 8493 §2.2.1: lists every tag file but the tag manifests.
    fn tag_manifest(&self, listed: usize, algorithm: Algorithm) -> String {
        let mut lines: Vec<_> = self.files[..listed]
            .iter()
            .filter_map(|file| Some((path::encode(&file.path), file.digests.get(algorithm)?.to_hex())))
            .collect();
        lines.sort_unstable();
        lines.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
    }

    /// Returns the texts of the tag files in the order in which the tags name them, `bag-info.txt` first.
    fn tag_texts(&self, members: &Members, options: &BagOptions) -> Vec<(String, String)> {
        let mut texts = vec![(BAG_INFO.to_owned(), String::new())];
        for tag in &options.tags {
            let place = texts.iter().position(|(file, _)| *file == tag.file).unwrap_or_else(|| {
                texts.push((tag.file.clone(), String::new()));
                texts.len() - 1
            });
            push_tag(&mut texts[place].1, &tag.name, &tag.value);
        }
        let bytes: u64 = self.payload.iter().map(|index| members.get(*index).size_bytes).sum();
        let is_given = |name: &str| options.tags.iter().any(|tag| tag.is_called(BAG_INFO, name));
        let bag_info = &mut texts[0].1;
        if let Some(date) = options.bagging_date.as_deref().filter(|_| !is_given("Bagging-Date")) {
            push_tag(bag_info, "Bagging-Date", date);
        }
        if !is_given("Bag-Size") {
            push_tag(bag_info, "Bag-Size", &bag_size_in_words(bytes));
        }
        push_tag(bag_info, "Payload-Oxum", &format!("{bytes}.{}", self.payload.len()));
        texts
    }
}

/// Makes the tag files of a bag and returns them with their contents; for bags that are small or kept in memory.
///
/// # Errors
/// As [`TagFiles::generate`].
pub fn generate_tag_files(members: &Members, options: &BagOptions) -> Result<Vec<(String, Vec<u8>)>, BagitError> {
    let files = TagFiles::generate(members, options)?;
    let mut contents = Vec::new();
    for file in files.iter() {
        let mut bytes = Vec::new();
        let written = files.write(file, members, &mut bytes);
        written.map_err(|source| BagitError::Keep { path: file.path.clone(), source })?;
        contents.push((file.path.clone(), bytes));
    }
    Ok(contents)
}

fn push_tag(text: &mut String, name: &str, value: &str) {
    // RFC 8493 §2.2.2 has one space after the colon, even before nothing.
    text.push_str(&format!("{name}: {value}\n"));
}

/// Returns a number of bytes as `Bag-Size` has it, which is for people (RFC 8493 §2.2.2).
#[must_use]
pub fn bag_size_in_words(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    let mut unit_bytes = 1000_u64;
    for unit in UNITS {
        if bytes < unit_bytes.saturating_mul(1000) && bytes >= unit_bytes {
            return format!("{}.{} {unit}", bytes / unit_bytes, bytes % unit_bytes / (unit_bytes / 10));
        }
        unit_bytes = unit_bytes.saturating_mul(1000);
    }
    format!("{bytes} bytes")
}

/// Takes length and digests of what is written to it.
struct Measure {
    hasher: Hasher,
    size_bytes: u64,
}

impl Write for Measure {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.size_bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_put_bag_size_in_words() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 KB"),
            (1_999_999, "1.9 MB"),
            (260_000_000_000, "260.0 GB"),
            (5_000_000_000_000, "5.0 TB"),
        ] {
            assert_eq!(bag_size_in_words(bytes), words);
        }
    }
}
