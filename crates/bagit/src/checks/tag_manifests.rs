//! RFC 8493 §2.2.1: what each tag manifest lists is there and matches, and it lists every payload manifest.
//!
//! Each is checked, also one whose algorithm no payload manifest has. Other tag files need not be listed.

use findings::Severity;

use super::context::Context;
use super::listing::{Listing, Manifest, ManifestKind, walk_all};
use crate::profile::same_algorithm;
use crate::version::Version;
use crate::{BagitError, PathClass, rules};

pub(crate) fn tag_manifests(context: &mut Context<'_>) -> Result<(), BagitError> {
    let members = context.bag.members.iter();
    let manifests: Vec<_> = members
        .filter_map(|(_, member)| match member.class {
            PathClass::TagManifest(algorithm) => Some(Manifest { path: member.path, algorithm }),
            _ => None,
        })
        .collect();
    let listings = walk_all(context, &manifests, ManifestKind::Tag)?;
    for (manifest, listing) in manifests.iter().zip(listings) {
        if let Some(listing) = listing {
            payload_manifests_are_listed(context, manifest.algorithm, &listing);
        }
    }
    Ok(())
}

fn payload_manifests_are_listed(context: &mut Context<'_>, algorithm: &str, listing: &Listing) {
    let members = context.bag.members;
    for (index, member) in members.iter() {
        let PathClass::PayloadManifest(other) = member.class else { continue };
        if listing.seen.contains(index) || members.find(member.path) != Some(index) {
            continue;
        }
        let is_demanded = context.version >= Version::V1_0 || same_algorithm(algorithm, other);
        let severity = if is_demanded { Severity::Error } else { Severity::Warning };
        let finding = rules::MANIFEST_UNLISTED.finding().at(member.path).severity(severity);
        context.push(finding.expected(format!("listed in {}", listing.manifest)));
    }
}
