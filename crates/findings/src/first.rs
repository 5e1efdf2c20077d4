//! The first of many findings, read back without holding the others.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::{Finding, Findings};

/// Findings that are told to whoever is not to be told all of a hundred thousand.
pub const FINDINGS_TOLD_MAX: usize = 1_000;

/// The first findings of a check, read back from where [`Findings`] were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirstFindings {
    /// The first of them, at most [`FINDINGS_TOLD_MAX`]; the counts are those of all.
    pub findings: Findings,
    /// How many more were written there.
    pub not_told: u64,
}

impl<'de> Deserialize<'de> for FirstFindings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { list, errors, warnings, not_kept } = Written::deserialize(deserializer)?;
        let mut findings = Findings::with_limit(FINDINGS_TOLD_MAX);
        (findings.list, findings.errors, findings.warnings, findings.not_kept) =
            (list.first, errors, warnings, not_kept);
        Ok(Self { findings, not_told: list.not_told })
    }
}

#[derive(Deserialize)]
struct Written {
    list: First,
    errors: u64,
    warnings: u64,
    not_kept: u64,
}

struct First {
    first: Vec<Finding>,
    not_told: u64,
}

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = First;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of findings")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First, A::Error> {
        let mut first = Vec::new();
        while first.len() < FINDINGS_TOLD_MAX {
            let Some(finding) = list.next_element()? else { return Ok(First { first, not_told: 0 }) };
            first.push(finding);
        }
        let mut not_told = 0;
        while list.next_element::<IgnoredAny>()?.is_some() {
            not_told += 1;
        }
        Ok(First { first, not_told })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rule, Severity};

    const RULE: Rule =
        Rule { code: "X-1", severity: Severity::Error, clause: "§1", summary: "it is wrong", advice: "mend it" };

    #[test]
    fn the_first_findings_are_read_back_and_the_others_are_counted() {
        let check = |count: usize, first: usize, not_told: u64| {
            let mut findings = Findings::default();
            (0..count).for_each(|place| findings.push(RULE.finding().at(place.to_string())));
            let text = serde_json::to_string(&findings).expect("it is plain data");
            let read: FirstFindings = serde_json::from_str(&text).expect("it was just written");
            assert_eq!((read.findings.list.len(), read.not_told), (first, not_told), "{count}");
            assert_eq!(read.findings.list, findings.list[..first], "{count}");
            assert_eq!(read.findings.errors, findings.errors, "{count}");
        };
        check(0, 0, 0);
        check(FINDINGS_TOLD_MAX, FINDINGS_TOLD_MAX, 0);
        check(FINDINGS_TOLD_MAX + 2, FINDINGS_TOLD_MAX, 2);
    }
}
