//! BagIt Profiles 1.4: what the receiver asks beyond BagIt itself.

mod files;
mod tags;

use findings::Rule;

use super::context::Context;
use crate::profile::{SerializationRule, same_algorithm};
use crate::{Profile, Report, rules};

pub(crate) fn profile(context: &mut Context<'_>, report: &Report) {
    let Some(profile) = context.bag.profile else { return };
    serialization(context, profile);
    version(context, profile, report);
    fetch(context, profile, report);
    manifests(context, profile, report);
    files::files(context, profile, report);
    tags::tags(context, profile, report);
    identifier(context, profile, report);
}

fn serialization(context: &mut Context<'_>, profile: &Profile) {
    let Some(serialization) = context.bag.serialization else {
        if profile.serialization == SerializationRule::Required {
            context.push(rules::SERIALIZATION_REQUIRED.finding().expected(profile.accept_serialization.join(" or ")));
        }
        return;
    };
    let types = serialization.media_types();
    if profile.serialization == SerializationRule::Forbidden {
        context.push(rules::SERIALIZATION_FORBIDDEN.finding().seen(types[0]));
    } else if !profile.accept_serialization.is_empty()
        && !profile.accept_serialization.iter().any(|accepted| types.contains(&accepted.to_ascii_lowercase().as_str()))
    {
        let finding = rules::SERIALIZATION_NOT_ACCEPTED.finding();
        context.push(finding.expected(profile.accept_serialization.join(" or ")).seen(types[0]));
    }
}

fn version(context: &mut Context<'_>, profile: &Profile, report: &Report) {
    // A version that is missing was reported as such.
    let Some(version) = &report.version else { return };
    if !profile.accept_bagit_version.contains(version) {
        let finding = rules::VERSION_NOT_ACCEPTED.finding().at("bagit.txt");
        context.push(finding.expected(profile.accept_bagit_version.join(" or ")).seen(version));
    }
}

fn fetch(context: &mut Context<'_>, profile: &Profile, report: &Report) {
    if report.has_fetch && !profile.allow_fetch {
        context.push(rules::FETCH_NOT_ALLOWED.finding().at("fetch.txt"));
    } else if !report.has_fetch && profile.fetch_required {
        context.push(rules::FETCH_REQUIRED.finding().at("fetch.txt"));
    }
}

fn manifests(context: &mut Context<'_>, profile: &Profile, report: &Report) {
    let payload = (&report.manifests, &profile.manifests_required, &profile.manifests_allowed);
    algorithms(context, "manifest", payload, &rules::MANIFEST_REQUIRED, &rules::MANIFEST_NOT_ALLOWED);
    let tag = (&report.tag_manifests, &profile.tag_manifests_required, &profile.tag_manifests_allowed);
    algorithms(context, "tagmanifest", tag, &rules::TAG_MANIFEST_REQUIRED, &rules::TAG_MANIFEST_NOT_ALLOWED);
}

fn algorithms(
    context: &mut Context<'_>,
    prefix: &str,
    (present, required, allowed): (&Vec<String>, &Vec<String>, &Option<Vec<String>>),
    required_rule: &Rule,
    allowed_rule: &Rule,
) {
    let has = |list: &[String], name: &str| list.iter().any(|other| same_algorithm(other, name));
    for name in required.iter().filter(|name| !has(present, name)) {
        context.push(required_rule.finding().at(format!("{prefix}-{name}.txt")));
    }
    let Some(allowed) = allowed else { return };
    for name in present.iter().filter(|name| !has(allowed, name)) {
        let finding = allowed_rule.finding().at(format!("{prefix}-{name}.txt"));
        context.push(finding.expected(allowed.join(" or ")).seen(name));
    }
}

fn identifier(context: &mut Context<'_>, profile: &Profile, report: &Report) {
    let (Some(named), Some(own)) = (&report.profile_identifier, &profile.info.identifier) else { return };
    if Profile::corrected_identifier(named) != own.as_str() {
        let finding = rules::PROFILE_IDENTIFIER_DIFFERS.finding().at("bag-info.txt");
        context.push(finding.expected(own).seen(named));
    }
}
