//! BagIt Profiles 1.4: which tags must be there, and with which values.

use findings::Finding;

use crate::checks::Context;
use crate::declaration::BAGIT_TXT;
use crate::{Profile, Report, rules};

/// What is asked of one tag, wherever the profile says it.
struct Wanted<'p> {
    file: &'p str,
    name: &'p str,
    is_required: bool,
    may_be_empty: bool,
    values: &'p [String],
}

pub(super) fn tags(context: &mut Context<'_>, profile: &Profile, report: &Report) {
    let metadata_file = context.version.metadata_file();
    for (name, rule) in &profile.bag_info {
        let wanted =
            Wanted { file: metadata_file, name, is_required: rule.required, may_be_empty: false, values: &rule.values };
        let count = check(context, report, &wanted);
        if count > 1 && !rule.repeatable {
            context.push(wanted.finding(rules::TAG_NOT_REPEATABLE.finding()).seen(format!("{count} times")));
        }
        if count == 0 && rule.recommended && !rule.required {
            context.push(wanted.finding(rules::TAG_RECOMMENDED.finding()));
        }
    }
    for tag in &profile.tags {
        let wanted = Wanted {
            file: &tag.tag_file,
            name: &tag.tag_name,
            // What bagit.txt lacks is reported by RFC 8493's own rules.
            is_required: tag.required && tag.tag_file != BAGIT_TXT,
            may_be_empty: tag.empty_ok,
            values: &tag.values,
        };
        check(context, report, &wanted);
    }
}

/// Holds every occurrence of a tag against what is wanted; returns how many there are.
fn check(context: &mut Context<'_>, report: &Report, wanted: &Wanted<'_>) -> usize {
    let mut count = 0;
    for tag in report.tags.iter().filter(|tag| tag.is_called(wanted.file, wanted.name)) {
        count += 1;
        if tag.value.is_empty() && wanted.may_be_empty {
            continue;
        }
        if tag.value.is_empty() && wanted.is_required {
            context.push(wanted.finding(rules::TAG_EMPTY.finding()));
        } else if !wanted.values.is_empty() && !wanted.values.iter().any(|value| is_same(value, &tag.value)) {
            let finding = wanted.finding(rules::TAG_VALUE_NOT_ALLOWED.finding());
            context.push(finding.expected(wanted.values.join(" or ")).seen(&tag.value));
        }
    }
    if count == 0 && wanted.is_required {
        context.push(wanted.finding(rules::TAG_REQUIRED.finding()));
    }
    count
}

/// APTrust's validator takes values of tags in any case.
fn is_same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

impl Wanted<'_> {
    fn finding(&self, finding: Finding) -> Finding {
        let message = format!("{}: {}", finding.message, self.name);
        finding.at(self.file).message(message)
    }
}
