//! RFC 8493 §2.2.2 and §2.3: the bag's metadata is made of tags, in the declared encoding.

use findings::{Finding, Rule};

use super::context::{Context, read_error};
use super::form_notes::FormNotes;
use crate::tag::{TagFault, TagFaultKind, TagFile, read_tags};
use crate::{BagitError, PathClass, TAG_FILE_BYTES_MAX, rules};

/// Elements of the metadata that RFC 8493 §2.2.2 wants once at the most; `Payload-Oxum` has a check of its own.
const ONCE: [&str; 4] = ["Bagging-Date", "Bag-Size", "Bag-Group-Identifier", "Bag-Count"];

/// Reads every tag file at the base folder. Faults of files that need not be made of tags are not reported, and
/// such a file counts as one of tags only when it has no fault.
pub(crate) fn tag_files(context: &mut Context<'_>) -> Result<(), BagitError> {
    let bag = context.bag;
    for (_, member) in bag.members.iter() {
        let is_candidate = member.class == PathClass::Tag && member.class.is_kept(member.path);
        if !is_candidate {
            continue;
        }
        let is_strict = member.path == context.version.metadata_file() || is_named_by_profile(context, member.path);
        if member.size_bytes > TAG_FILE_BYTES_MAX {
            if is_strict {
                context.push(rules::TAG_FILE_TOO_LARGE.finding().at(member.path).seen(member.size_bytes.to_string()));
            }
            continue;
        }
        let Some(reader) = context.open(member.path)? else {
            context.push(rules::TAG_FILE_UNREADABLE.finding().at(member.path));
            continue;
        };
        let file = read_tags(reader, context.encoding, member.path).map_err(read_error(member.path))?;
        take(context, member.path, file, is_strict);
    }
    repeated(context);
    Ok(())
}

fn is_named_by_profile(context: &Context<'_>, path: &str) -> bool {
    context.bag.profile.is_some_and(|profile| profile.tags.iter().any(|tag| tag.tag_file == path))
}

fn take(context: &mut Context<'_>, path: &str, file: TagFile, is_strict: bool) {
    if is_strict {
        let mut notes = FormNotes::default();
        for fault in &file.faults {
            // Unusual spaces come in every line or in none.
            match fault.kind {
                TagFaultKind::Spacing => notes.add(&rules::TAG_SPACING, fault.line),
                _ => context.push(finding(path, *fault)),
            }
        }
        notes.findings(path).for_each(|finding| context.push(finding));
    } else if file.faults.iter().any(|fault| fault.kind >= TagFaultKind::Malformed) {
        return;
    }
    context.tags.extend(file.tags);
}

fn finding(path: &str, fault: TagFault) -> Finding {
    let rule: &Rule = match fault.kind {
        TagFaultKind::ByteOrderMark => &rules::TAG_FILE_BOM,
        TagFaultKind::Spacing => &rules::TAG_SPACING,
        TagFaultKind::Malformed => &rules::TAG_LINE_MALFORMED,
        TagFaultKind::NotText => &rules::TAG_FILE_UNDECODABLE,
        TagFaultKind::LineTooLong => &rules::TAG_LINE_TOO_LONG,
        TagFaultKind::ValueTooLong => &rules::TAG_VALUE_TOO_LONG,
        TagFaultKind::TooMany => &rules::TAGS_TOO_MANY,
    };
    rule.finding().at(path).seen(format!("line {}", fault.line))
}

fn repeated(context: &mut Context<'_>) {
    let file = context.version.metadata_file();
    for name in ONCE {
        let count = context.tags.iter().filter(|tag| tag.is_called(file, name)).count();
        if count > 1 {
            let finding = rules::TAG_REPEATED.finding().at(file).expected(name).seen(format!("{count} times"));
            context.push(finding);
        }
    }
}
