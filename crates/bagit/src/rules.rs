//! Every rule of this crate: its stable code, severity, clause, summary and advice.
//!
//! The codes go by subject: 00x `bagit.txt`, 01x tag files, 03x to 05x manifests, 06x completeness and digests,
//! 07x `fetch.txt`, 08x names, 1xx the package, 2xx the profile. APTrust's validator numbers its errors otherwise:
//!
//! | theirs | ours | | theirs | ours |
//! | --- | --- | --- | --- | --- |
//! | V01 serialization forbidden | [`SERIALIZATION_FORBIDDEN`] | | V11 no payload manifest | [`MANIFEST_MISSING`] |
//! | V02 serialization required | [`SERIALIZATION_REQUIRED`] | | V12 tag manifest required | [`TAG_MANIFEST_REQUIRED`] |
//! | V03 format not accepted | [`SERIALIZATION_NOT_ACCEPTED`] | | V13 tag required | [`TAG_REQUIRED`] |
//! | V04 version missing | [`BAGIT_TXT_MISSING`], [`VERSION_MISSING`] | | V14 tag empty | [`TAG_EMPTY`] |
//! | V05 version not permitted | [`VERSION_NOT_ACCEPTED`] | | V15 tag value | [`TAG_VALUE_NOT_ALLOWED`] |
//! | V06 fetch.txt not allowed | [`FETCH_NOT_ALLOWED`] | | V16 control characters | [`NAME_CONTROL`] |
//! | V07 manifest algorithm | [`MANIFEST_NOT_ALLOWED`] | | V17 listed, not there | [`PAYLOAD_FILE_MISSING`], [`TAG_FILE_MISSING`] |
//! | V08 tag file | [`TAG_FILE_NOT_ALLOWED`] | | V18 there, not listed | [`PAYLOAD_FILE_UNLISTED`], [`MANIFEST_UNLISTED`] |
//! | V09 tag manifest algorithm | [`TAG_MANIFEST_NOT_ALLOWED`] | | V19 digest mismatch | [`PAYLOAD_DIGEST_WRONG`], [`TAG_DIGEST_WRONG`] |
//! | V10 manifest required | [`MANIFEST_REQUIRED`] | | V21 too many errors | counted in `Findings::not_kept` |

mod completeness;
mod declaration;
mod fetch;
mod manifests;
mod names;
mod package;
mod profile;
mod tags;

pub use completeness::*;
pub use declaration::*;
pub use fetch::*;
pub use manifests::*;
pub use names::*;
pub use package::*;
pub use profile::*;
pub use tags::*;

use findings::{Rule, Severity};

/// Returns every rule, in the order of the codes.
#[must_use]
pub fn all() -> Vec<&'static Rule> {
    [declaration::ALL, tags::ALL, manifests::ALL, completeness::ALL, fetch::ALL, names::ALL, package::ALL, profile::ALL]
        .concat()
}

const fn error(code: &'static str, clause: &'static str, summary: &'static str, advice: &'static str) -> Rule {
    Rule { code, severity: Severity::Error, clause, summary, advice }
}

const fn warning(code: &'static str, clause: &'static str, summary: &'static str, advice: &'static str) -> Rule {
    Rule { code, severity: Severity::Warning, clause, summary, advice }
}

const fn info(code: &'static str, clause: &'static str, summary: &'static str, advice: &'static str) -> Rule {
    Rule { code, severity: Severity::Info, clause, summary, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<_> = all().iter().map(|rule| rule.code).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
    }

    #[test]
    fn summaries_are_phrases_and_advice_is_sentences() {
        for rule in all() {
            assert!(!rule.summary.ends_with('.'), "{}", rule.code);
            assert!(rule.advice.ends_with('.'), "{}", rule.code);
            assert!(!rule.clause.is_empty(), "{}", rule.code);
        }
    }
}
