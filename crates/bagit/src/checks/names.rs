//! RFC 8493 §6.1: names that some system cannot write, keep apart or show as they are.

mod characters;
mod twins;
mod windows;

use findings::{Finding, Severity};

use super::context::Context;
use crate::{PathClass, rules};
use twins::Twins;

/// What operating systems leave behind in folders; a name that begins with `._` counts too.
const SYSTEM_FILES: [&str; 8] = [
    ".ds_store",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    ".spotlight-v100",
    ".trashes",
    ".fseventsd",
    "$recycle.bin",
];

pub(crate) fn names(context: &mut Context<'_>) {
    let members = context.bag.members;
    let are_controls_allowed = context.bag.profile.is_none_or(|profile| profile.control_characters_allowed);
    let mut twins = Twins::with_room_for(members.len());
    for (index, member) in members.iter() {
        let path = member.path;
        if characters::has_control(path) {
            let severity = if are_controls_allowed { Severity::Warning } else { Severity::Error };
            context
                .push(rules::NAME_CONTROL.finding().at(path).severity(severity).seen(path.escape_debug().to_string()));
        }
        if let Some(character) = characters::hostile(path) {
            context.push(rules::NAME_HOSTILE.finding().at(path).seen(format!("U+{:04X}", u32::from(character))));
        }
        if let Some(why) = windows::fault(path) {
            context.push(rules::NAME_WINDOWS.finding().at(path).seen(why));
        }
        if member.class == PathClass::Payload && is_system_file(path) {
            context.push(rules::NAME_SYSTEM_FILE.finding().at(path));
        }
        if let Some(finding) = twins.insert(members, index).map(|other| twin(path, members.get(other).path)) {
            finding.into_iter().for_each(|finding| context.push(finding));
        }
    }
}

/// Two members with the very same path are the package reader's business.
fn twin(path: &str, other: &str) -> Option<Finding> {
    if path == other {
        return None;
    }
    let rule = if twins::is_same_text(path, other) { rules::NAME_TWINS_NORMAL_FORM } else { rules::NAME_TWINS_CASE };
    Some(rule.finding().at(path).seen(other))
}

fn is_system_file(path: &str) -> bool {
    path.split('/')
        .any(|part| SYSTEM_FILES.iter().any(|name| part.eq_ignore_ascii_case(name)) || part.starts_with("._"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_files_are_known_in_any_folder_and_case() {
        for path in ["data/.DS_Store", "data/a/Thumbs.db", "data/DESKTOP.INI", "data/._x", "data/.Trashes/x"] {
            assert!(is_system_file(path), "{path}");
        }
        for path in ["data/DS_Store", "data/thumbs.dbx", "data/x._"] {
            assert!(!is_system_file(path), "{path}");
        }
    }
}
