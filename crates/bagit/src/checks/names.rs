//! RFC 8493 §6.1: names that some system cannot write, keep apart or show as they are.

mod characters;
mod twins;
mod windows;

use findings::{Finding, Findings, Severity};

use crate::{Bag, PathClass, rules};
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

pub(crate) fn names(bag: &Bag<'_>) -> Findings {
    let members = bag.members;
    let control_severity = match bag.profile {
        Some(profile) if !profile.control_characters_allowed => Severity::Error,
        _ => Severity::Warning,
    };
    let mut found = Findings::default();
    let mut twins = Twins::with_room_for(members.len());
    for (index, member) in members.iter() {
        let path = member.path;
        if characters::has_control(path) {
            let finding = rules::NAME_CONTROL.finding().at(path).severity(control_severity);
            found.push(finding.seen(path.escape_debug().to_string()));
        }
        if let Some(character) = characters::hostile(path) {
            found.push(rules::NAME_HOSTILE.finding().at(path).seen(format!("U+{:04X}", u32::from(character))));
        }
        if let Some(why) = windows::fault(path) {
            found.push(rules::NAME_WINDOWS.finding().at(path).seen(why));
        }
        if member.class == PathClass::Payload && is_system_file(path) {
            found.push(rules::NAME_SYSTEM_FILE.finding().at(path));
        }
        let twin = twins.insert(members, index).and_then(|other| twin(path, members.get(other).path));
        twin.into_iter().for_each(|finding| found.push(finding));
    }
    found
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
