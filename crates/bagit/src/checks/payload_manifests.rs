//! RFC 8493 §2.1.3: a bag has at least one payload manifest, and what it lists is there and matches.

use super::context::Context;
use super::listing::{Listing, ManifestKind, walk};
use crate::{BagitError, PathClass, rules};

/// Walks over every payload manifest; what they list is needed by the checks that follow.
pub(crate) fn payload_manifests(context: &mut Context<'_>) -> Result<Vec<Listing>, BagitError> {
    let bag = context.bag;
    let mut listings = Vec::new();
    let mut count = 0;
    for (_, member) in bag.members.iter() {
        if let PathClass::PayloadManifest(algorithm) = member.class {
            count += 1;
            listings.extend(walk(context, member.path, algorithm, ManifestKind::Payload)?);
        }
    }
    if count == 0 {
        context.push(rules::MANIFEST_MISSING.finding());
    } else if listings.iter().all(|listing| listing.algorithm.is_none()) {
        context.push(rules::NO_MANIFEST_CHECKED.finding());
    }
    Ok(listings)
}
