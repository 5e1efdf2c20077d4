//! What an identification by PRONOM means for the registry.

use model::{FileFormat, FormatBasis, UNKNOWN_MEDIA_TYPE};
use pronom::{Basis, Identification, MatchKind, Signatures, TextEncoding};

/// The media type of a file that is text and nothing more.
const TEXT_MEDIA_TYPE: &str = "text/plain";
/// Letters of a note; what tells a format takes far fewer.
const NOTE_LETTERS_MAX: usize = 500;

/// Returns the versions of the signatures: of the binary ones, and of those of containers.
pub fn versions(signatures: &Signatures) -> String {
    format!("{}/{}", signatures.version(), signatures.container_version())
}

/// Returns what the registry keeps of an identification. `versions` are those of the signatures, see [`versions`].
pub fn of_identification(identification: &Identification<'_>, versions: &str) -> FileFormat {
    let best = identification.best.as_ref();
    let is_text = identification.text.is_some();
    let media_type = match best.and_then(|best| best.mime()) {
        // PRONOM knows several for some formats; the first is the registered one.
        Some(several) => several.split(',').next().unwrap_or(several).trim().to_owned(),
        None if is_text => TEXT_MEDIA_TYPE.to_owned(),
        None => UNKNOWN_MEDIA_TYPE.to_owned(),
    };
    FileFormat {
        media_type,
        basis: best.map_or(FormatBasis::Unknown, |best| basis_of(best.kind)),
        puid: best.map(|best| best.puid().as_str().to_owned()),
        note: note_of(identification),
        signatures: Some(versions.to_owned()),
    }
}

fn basis_of(kind: MatchKind) -> FormatBasis {
    match kind {
        MatchKind::Text => FormatBasis::Text,
        MatchKind::Extension => FormatBasis::Extension,
        MatchKind::Signature => FormatBasis::Signature,
        MatchKind::Container => FormatBasis::Container,
    }
}

fn note_of(identification: &Identification<'_>) -> Option<String> {
    let basis = identification.best.iter().flat_map(|best| &best.basis).map(words_of);
    let encoding = identification.text.iter().map(|encoding| format!("text in {}", name_of(*encoding)));
    let warnings = identification.warnings.iter().map(ToString::to_string);
    let words: Vec<String> = basis.chain(encoding).chain(warnings).collect();
    let note: String = words.join("; ").chars().take(NOTE_LETTERS_MAX).collect();
    (!note.is_empty()).then_some(note)
}

fn name_of(encoding: TextEncoding) -> &'static str {
    match encoding {
        TextEncoding::Ascii => "ASCII",
        TextEncoding::Utf8 => "UTF-8",
        TextEncoding::Utf8WithMark => "UTF-8 with a byte order mark",
        TextEncoding::Utf16LittleEndian => "UTF-16LE",
        TextEncoding::Utf16BigEndian => "UTF-16BE",
        TextEncoding::EightBit => "some encoding of eight bits",
    }
}

fn words_of(basis: &Basis) -> String {
    let places: Vec<_> = basis.places.iter().map(|place| place.start.to_string()).collect();
    let inside = basis.inner_path.as_deref().map(|path| format!(" in {}", path.escape_debug())).unwrap_or_default();
    match places.as_slice() {
        [] => format!("signature {}{inside}", basis.signature_id),
        places => format!("signature {}{inside} at {}", basis.signature_id, places.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], name: &str, puid: Option<&str>, basis: FormatBasis, media_type: &str) -> FileFormat {
        let signatures = Signatures::official();
        let limits = pronom::Limits::default();
        let found = pronom::identify(signatures, &bytes, Some(name), &limits, pronom::Scope::Windows);
        let format = of_identification(&found.expect("bytes can be read"), &versions(signatures));
        assert_eq!((format.puid.as_deref(), format.basis), (puid, basis), "{format:?}");
        assert_eq!(format.media_type, media_type);
        format
    }

    #[test]
    fn the_registry_keeps_the_best_answer_its_evidence_and_the_versions() {
        let format = check(b"GIF89a\x01\0\x01\0\0\0\0;", "a.gif", Some("fmt/4"), FormatBasis::Signature, "image/gif");
        assert!(format.note.expect("there is evidence").starts_with("signature 17 at 0"));
        assert!(format.signatures.expect("they were asked").starts_with("122/"));
        check(b"hello\n", "README", Some("x-fmt/111"), FormatBasis::Text, "text/plain");
        check(b"\x01\x02\x03\x80\xff", "data", None, FormatBasis::Unknown, UNKNOWN_MEDIA_TYPE);
    }
}
