//! The controlled vocabularies of PREMIS, as the Library of Congress publishes them, and our few local terms.

mod agent_role;
mod agent_type;
mod event_type;
mod object_role;
mod outcome;

pub use agent_role::AgentRole;
pub use agent_type::AgentType;
pub use event_type::EventType;
pub use object_role::ObjectRole;
pub use outcome::Outcome;

/// Where the Library of Congress publishes its preservation vocabularies.
const BASE: &str = "http://id.loc.gov/vocabulary/preservation/";

/// One term of a controlled vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VocabularyTerm {
    /// The vocabulary, as the Library of Congress names it: `eventType`.
    pub scheme: &'static str,
    /// The term as people read it: `message digest calculation`.
    pub label: &'static str,
    /// The code that ends its URI: `mes`; none for a term of our own.
    pub code: Option<&'static str>,
}

impl VocabularyTerm {
    /// Returns the URI of the vocabulary; none for a term of our own.
    #[must_use]
    pub fn scheme_uri(&self) -> Option<String> {
        self.code.map(|_| format!("{BASE}{}", self.scheme))
    }

    /// Returns the URI of the term; none for a term of our own.
    #[must_use]
    pub fn uri(&self) -> Option<String> {
        self.code.map(|code| format!("{BASE}{}/{code}", self.scheme))
    }
}

/// A text is no term of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{label}` is no term of the vocabulary {scheme}")]
pub struct NotInVocabulary {
    /// The vocabulary.
    pub scheme: &'static str,
    /// The text.
    pub label: String,
}

/// Defines an enum whose variants are terms: in JSON and XML it is the term's label.
macro_rules! vocabulary {
    (
        $(#[$of_enum:meta])*
        $name:ident is $scheme:literal {
            $( $(#[$of_variant:meta])* $variant:ident = $label:literal, $code:expr; )*
        }
    ) => {
        $(#[$of_enum])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(into = "&'static str", try_from = "std::borrow::Cow<'_, str>")]
        #[non_exhaustive]
        pub enum $name { $( $(#[$of_variant])* $variant, )* }

        impl $name {
            /// Every term, in the order of the enum.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// Returns the term as the vocabulary has it.
            #[must_use]
            pub const fn term(self) -> $crate::VocabularyTerm {
                match self {
                    $( Self::$variant => $crate::VocabularyTerm { scheme: $scheme, label: $label, code: $code }, )*
                }
            }

            /// Returns the term as people read it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                self.term().label
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.label())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::NotInVocabulary;

            fn from_str(label: &str) -> Result<Self, Self::Err> {
                let known = Self::ALL.iter().find(|term| term.label() == label);
                known.copied().ok_or_else(|| $crate::NotInVocabulary { scheme: $scheme, label: label.to_owned() })
            }
        }

        impl From<$name> for &'static str {
            fn from(term: $name) -> Self {
                term.label()
            }
        }

        impl TryFrom<std::borrow::Cow<'_, str>> for $name {
            type Error = $crate::NotInVocabulary;

            fn try_from(label: std::borrow::Cow<'_, str>) -> Result<Self, Self::Error> {
                label.parse()
            }
        }
    };
}
use vocabulary;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn event_types_bear_the_names_and_uris_of_the_library_of_congress() {
        let check = |event_type: EventType, label: &str, uri: Option<&str>| {
            assert_eq!((event_type.label(), event_type.term().uri().as_deref()), (label, uri));
        };
        const TYPES: &str = "http://id.loc.gov/vocabulary/preservation/eventType";
        check(EventType::Ingestion, "ingestion", Some(&format!("{TYPES}/ing")));
        check(EventType::MessageDigestCalculation, "message digest calculation", Some(&format!("{TYPES}/mes")));
        check(EventType::FormatIdentification, "format identification", Some(&format!("{TYPES}/for")));
        check(EventType::AccessAssignment, "access assignment", None);
        assert_eq!(EventType::Ingestion.term().scheme_uri().as_deref(), Some(TYPES));
    }

    #[test]
    fn every_label_and_code_is_of_one_term_only_and_is_read_back() {
        let terms: Vec<_> = EventType::ALL.iter().map(|event_type| event_type.term()).collect();
        assert_eq!(terms.iter().map(|term| term.label).collect::<HashSet<_>>().len(), terms.len());
        let codes: Vec<_> = terms.iter().filter_map(|term| term.code).collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        for event_type in EventType::ALL {
            assert_eq!(event_type.label().parse(), Ok(*event_type));
        }
    }

    #[test]
    fn json_holds_the_label_and_refuses_what_is_no_term() {
        let json = serde_json::to_string(&EventType::FixityCheck).expect("it is plain data");
        assert_eq!(json, "\"fixity check\"");
        assert_eq!(serde_json::from_str::<EventType>(&json).expect("it was just written"), EventType::FixityCheck);
        let refused = serde_json::from_str::<Outcome>("\"Failed\"").expect_err("it is no term");
        assert!(refused.to_string().contains("no term of the vocabulary eventOutcome"), "{refused}");
    }
}
