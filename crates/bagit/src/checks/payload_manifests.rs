//! RFC 8493 §2.1.3: a bag has at least one payload manifest, and what it lists is there and matches.

use super::context::Context;
use super::listing::{Listing, Manifest, ManifestKind, walk_all};
use crate::{BagitError, PathClass, rules};

/// Walks over every payload manifest; what they list is needed by the checks that follow.
pub(crate) fn payload_manifests(context: &mut Context<'_>) -> Result<Vec<Listing>, BagitError> {
    let members = context.bag.members.iter();
    let manifests: Vec<_> = members
        .filter_map(|(_, member)| match member.class {
            PathClass::PayloadManifest(algorithm) => Some(Manifest { path: member.path, algorithm }),
            _ => None,
        })
        .collect();
    let listings: Vec<_> = walk_all(context, &manifests, ManifestKind::Payload)?.into_iter().flatten().collect();
    if manifests.is_empty() {
        context.push(rules::MANIFEST_MISSING.finding());
    } else if listings.iter().all(|listing| listing.algorithm.is_none()) {
        context.push(rules::NO_MANIFEST_CHECKED.finding());
    }
    Ok(listings)
}
