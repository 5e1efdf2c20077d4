//! BagIt Profiles 1.4: which tag files and payload files must and may be there.

use crate::checks::Context;
use crate::profile::fits;
use crate::{Member, PathClass, Profile, Report, rules};

pub(super) fn files(context: &mut Context<'_>, profile: &Profile, report: &Report) {
    let members = context.bag.members;
    for path in profile.tag_files_required.iter().filter(|path| members.find(path).is_none()) {
        context.push(rules::TAG_FILE_REQUIRED.finding().at(path));
    }
    for path in profile.payload_files_required.iter().filter(|path| members.find(path).is_none()) {
        context.push(rules::PAYLOAD_FILE_REQUIRED.finding().at(path));
    }
    // The files that BagIt itself defines are always allowed.
    let is_free =
        |member: &Member<'_>| member.class == PathClass::Tag && member.path != context.version.metadata_file();
    let tag_files = unfit(context, profile.tag_files_allowed.as_deref(), is_free);
    let payload_files =
        unfit(context, profile.payload_files_allowed.as_deref(), |member| member.class == PathClass::Payload);
    tag_files.into_iter().for_each(|path| context.push(rules::TAG_FILE_NOT_ALLOWED.finding().at(path)));
    payload_files.into_iter().for_each(|path| context.push(rules::PAYLOAD_FILE_NOT_ALLOWED.finding().at(path)));
    let is_empty = report.payload_files == 0 || (report.payload_files == 1 && report.payload_bytes == 0);
    if profile.data_empty && !is_empty {
        let seen = format!("{} files of {} bytes", report.payload_files, report.payload_bytes);
        context.push(rules::PAYLOAD_NOT_EMPTY.finding().at("data").seen(seen));
    }
}

fn unfit<'a>(
    context: &Context<'a>,
    allowed: Option<&[String]>,
    is_meant: impl Fn(&Member<'_>) -> bool,
) -> Vec<&'a str> {
    let Some(allowed) = allowed.filter(|allowed| !allowed.iter().any(|pattern| pattern == "*")) else {
        return Vec::new();
    };
    let members = context.bag.members.iter().map(|(_, member)| member);
    members
        .filter(|member| is_meant(member) && !allowed.iter().any(|pattern| fits(pattern, member.path)))
        .map(|member| member.path)
        .collect()
}
