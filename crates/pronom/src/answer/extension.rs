//! The formats that an extension may stand for.

use super::rank::number;
use crate::table::Format;
use hashbrown::HashMap;

/// Bytes of an extension; none that is longer is known.
const EXTENSION_BYTES_MAX: usize = 64;

/// The formats of each extension.
#[derive(Debug, Default)]
pub struct Extensions(HashMap<Box<str>, Vec<usize>>);

impl Extensions {
    /// Collects the extensions of formats, without regard to case.
    pub fn new(formats: &[Format]) -> Self {
        let mut extensions: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        for (place, format) in formats.iter().enumerate() {
            for extension in &format.extensions {
                let places = extensions.entry(extension.to_ascii_lowercase().into()).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        Self(extensions)
    }

    /// Returns the formats whose files are named so: those of the longest extension that is known.
    pub fn formats(&self, name: &str) -> &[usize] {
        let mut known = extensions(name).filter_map(|extension| self.0.get(extension.to_ascii_lowercase().as_str()));
        known.next().map(Vec::as_slice).unwrap_or_default()
    }
}

/// Returns the extensions of a file's name, the longest first: of `a.src.rpm` both `src.rpm` and `rpm`.
fn extensions(name: &str) -> impl Iterator<Item = &str> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let dots = file.match_indices('.').map(|(place, _)| &file[place + 1..]);
    dots.filter(|extension| !extension.is_empty() && extension.len() <= EXTENSION_BYTES_MAX)
}

/// Returns the extension of a file's name.
pub fn extension(name: &str) -> Option<&str> {
    extensions(name).last()
}

/// Says whether files of a format are named so; a file without extension, or a format without, is no contradiction.
pub fn agrees(format: &Format, name: &str) -> bool {
    format.extensions.is_empty()
        || extension(name).is_none()
        || extensions(name).any(|extension| format.has_extension(extension))
}

/// Ranks the formats of an extension, the likeliest first.
///
/// A format that has a signature comes last, because its signature did not match; then one that is text when the file
/// is, and is none when the file is none; one with a media type; one with few extensions, which is the more special;
/// the lowest PUID.
pub fn rank(format: &Format, has_signature: bool, is_text: bool) -> impl Ord + use<> {
    let claims_text = format.mime.as_deref().is_some_and(|mime| mime.starts_with("text/"));
    (has_signature, claims_text != is_text, format.mime.is_none(), format.extensions.len(), number(&format.puid))
}

#[cfg(test)]
mod tests {
    use super::{extension, extensions};

    #[test]
    fn the_extension_is_what_follows_the_last_dot_of_the_last_part() {
        assert_eq!(extension("a.b/c.TIF"), Some("TIF"));
        assert_eq!(extension("a.b/c"), None);
        assert_eq!(extension("c."), None);
        assert_eq!(extensions("a.src.rpm").collect::<Vec<_>>(), ["src.rpm", "rpm"]);
    }
}
