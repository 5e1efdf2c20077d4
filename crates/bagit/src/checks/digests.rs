//! RFC 8493 §3: every digest of every manifest is held against the contents.

use ::digests::{Digest, ParseDigestError};
use findings::Finding;

use super::listing::ManifestKind;
use crate::{MemberIndex, Members, rules};

/// Characters of a wrong digest that a finding shows.
const SHOWN_CHARACTERS_MAX: usize = 140;

/// Says what is wrong with a text that should be a digest.
pub(super) fn malformed(why: &ParseDigestError, text: &str, manifest: &str, path: &str) -> Finding {
    let shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    rules::DIGEST_MALFORMED.finding().at(path).expected(format!("{why} ({manifest})")).seen(shown)
}

/// Holds a member against its listed digest.
pub(super) fn compare(members: &Members, index: MemberIndex, listed: Digest, kind: ManifestKind) -> Option<Finding> {
    let algorithm = listed.algorithm();
    let path = members.get(index).path;
    let Some(actual) = members.digest(index, algorithm) else {
        return Some(rules::DIGEST_NOT_COMPUTED.finding().at(path).expected(format!("{algorithm} {listed}")));
    };
    if actual == listed {
        return None;
    }
    let rule = match kind {
        ManifestKind::Payload => rules::PAYLOAD_DIGEST_WRONG,
        ManifestKind::Tag => rules::TAG_DIGEST_WRONG,
    };
    Some(rule.finding().at(path).expected(format!("{algorithm} {listed}")).seen(format!("{algorithm} {actual}")))
}
