//! RFC 8493 §3: every payload file is listed, from 1.0 on in every payload manifest.

use super::context::Context;
use super::listing::Listing;
use crate::version::Version;
use crate::{MemberIndex, PathClass, rules};

pub(crate) fn payload_completeness(context: &mut Context<'_>, listings: &[Listing]) {
    // Without any manifest, every file would be reported for the one fault that was reported already.
    if listings.is_empty() {
        return;
    }
    let members = context.bag.members;
    for (index, member) in members.iter() {
        let is_listed = listings.iter().all(|listing| listing.seen.contains(index));
        // Of two members with one path, the second is never found by it; the package reader has reported it.
        if !is_listed && member.class == PathClass::Payload && members.find(member.path) == Some(index) {
            report(context, index, listings);
        }
    }
}

fn report(context: &mut Context<'_>, index: MemberIndex, listings: &[Listing]) {
    let is_in_one = listings.iter().any(|listing| listing.seen.contains(index));
    let is_forgiven = is_in_one && context.version < Version::V1_0;
    let rule = if is_forgiven { rules::PAYLOAD_FILE_LISTED_PARTLY } else { rules::PAYLOAD_FILE_UNLISTED };
    let path = context.bag.members.get(index).path;
    for listing in listings.iter().filter(|listing| !listing.seen.contains(index)) {
        context.push(rule.finding().at(path).expected(format!("listed in {}", listing.manifest)));
    }
}
