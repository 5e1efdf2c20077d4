//! The findings of a rebuilding: what keeps an object from being believed.

use findings::{Rule, Severity};

/// Every rule of this file, for the reference pages and the tests.
#[cfg(test)]
pub const RULES: &[Rule] =
    &[NO_OBJECT, NO_DOCUMENT, WRONG_DIGEST, NOT_UNDERSTOOD, CONTRADICTION, NOT_COMMITTED, TOMBSTONE];

const FROM_ANOTHER: &str = "leave the file as it is and rebuild from another store; afterwards `strongroom fixity check --all` repairs this one";

/// Files where only objects should be.
pub const NO_OBJECT: Rule = Rule {
    code: "REB-001",
    severity: Severity::Error,
    clause: "OCFL 1.1 §3.2",
    summary: "there are files in a folder that is no object: its declaration may be lost",
    advice: FROM_ANOTHER,
};

/// A document is not there, or the disk does not give it.
pub const NO_DOCUMENT: Rule = Rule {
    code: "REB-002",
    severity: Severity::Error,
    clause: "ADR 13",
    summary: "a document of the object is missing or cannot be read",
    advice: FROM_ANOTHER,
};

/// A document is not what was written.
pub const WRONG_DIGEST: Rule = Rule {
    code: "REB-003",
    severity: Severity::Error,
    clause: "ADR 13",
    summary: "a document of the object has another digest than lies beside it",
    advice: FROM_ANOTHER,
};

/// A document has its digest, and is none that this program reads.
pub const NOT_UNDERSTOOD: Rule = Rule {
    code: "REB-004",
    severity: Severity::Error,
    clause: "ADR 4",
    summary: "a document of the object cannot be understood",
    advice: "if a newer strongroom wrote it, use that one; what another program wrote, deposit as a bag",
};

/// Two documents do not say the same.
pub const CONTRADICTION: Rule = Rule {
    code: "REB-005",
    severity: Severity::Error,
    clause: "ADR 13",
    summary: "the documents of the object contradict each other",
    advice: FROM_ANOTHER,
};

/// A version lies there that the inventory does not know.
pub const NOT_COMMITTED: Rule = Rule {
    code: "REB-006",
    severity: Severity::Error,
    clause: "OCFL 1.1 §3.3",
    summary: "the object has the folder of a version that its inventory does not know: a deposit was killed half-way",
    advice: "rebuild from a store that has the version whole; if there is none, move that folder out of the store and \
             rebuild, then deposit again",
};

/// A tombstone cannot be believed, or the store holds what it says is gone.
pub const TOMBSTONE: Rule = Rule {
    code: "REB-007",
    severity: Severity::Error,
    clause: "ADR 14",
    summary: "a tombstone is damaged, is not what its certificate says, or speaks of an object that is there",
    advice: "rebuild from another store that held the object, so that it is known what was deleted; an object that came \
             back, from a backup perhaps, was deleted by two people: have it deleted anew",
};

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn every_rule_has_a_code_of_its_own_and_says_what_to_do() {
        let codes: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
        assert!(RULES.iter().all(|rule| !rule.advice.is_empty()));
    }
}
