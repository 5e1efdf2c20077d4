//! RFC 8493 §2.2.2: `Payload-Oxum` counts the bytes and files of the payload, and stands once.

use findings::Severity;

use super::context::Context;
use crate::version::Version;
use crate::{Report, rules};

const OXUM: &str = "Payload-Oxum";

pub(crate) fn oxum(context: &mut Context<'_>, report: &Report) {
    let file = context.version.metadata_file();
    let values: Vec<String> =
        context.tags.iter().filter(|tag| tag.is_called(file, OXUM)).map(|tag| tag.value.clone()).collect();
    if values.len() > 1 {
        let severity = if context.version >= Version::V1_0 { Severity::Error } else { Severity::Warning };
        context.push(rules::OXUM_REPEATED.finding().at(file).severity(severity).seen(values.join(" and ")));
    }
    // Of several, the first counts; the others were just reported.
    let Some(value) = values.first() else { return };
    match parse(value) {
        None => context.push(rules::OXUM_MALFORMED.finding().at(file).seen(value)),
        Some(counts) if counts != (report.payload_bytes, report.payload_files) => {
            let seen = format!("{}.{}", report.payload_bytes, report.payload_files);
            context.push(rules::OXUM_WRONG.finding().at(file).expected(value).seen(seen));
        }
        Some(_) => {}
    }
}

fn parse(value: &str) -> Option<(u64, u64)> {
    let (bytes, files) = value.split_once('.')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(bytes)?, number(files)?))
}
