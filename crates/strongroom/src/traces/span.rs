//! A span: something that was done about a deposit, and when.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Bytes of what a span says of a failure, at the most.
const FAILURE_BYTES_MAX: usize = 1024;

/// The name space of span identifiers, drawn once.
const SPANS: Uuid = Uuid::from_u128(0x6d0f_5b3e_91c7_4a28_b64d_8c1e_2f97_a053);

/// The 8 bytes that a span is known by within its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId([u8; 8]);

impl SpanId {
    /// Computes an identifier from the trace and what makes the span different from all others in it.
    #[must_use]
    pub fn derive(trace: &str, what: &str) -> Self {
        let id = Uuid::new_v5(&SPANS, format!("{trace}#{what}").as_bytes());
        let mut bytes = [0; 8];
        // Never all zero, which would be no identifier: a part of it says what kind of UUID it is.
        bytes.copy_from_slice(&id.as_bytes()[..8]);
        Self(bytes)
    }

    /// Returns that of the span of a whole trace, which every process knows.
    #[must_use]
    pub fn root(trace: &str) -> Self {
        Self::derive(trace, "root")
    }
}

impl std::fmt::Display for SpanId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a span says of itself under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(Arc<str>),
    /// A number.
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// A name and what stands under it.
pub type Attribute = (&'static str, Value);

/// Something that was done, and has ended.
#[derive(Debug, Clone)]
pub struct Span {
    /// The trace: 32 hexadecimal digits.
    pub trace: Arc<str>,
    /// Its own identifier.
    pub id: SpanId,
    /// The span that it is a part of; none of the whole.
    pub parent: Option<SpanId>,
    /// What was done.
    pub name: &'static str,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What it says of itself.
    pub attributes: Vec<Attribute>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// Returns as much of a text as a span may say of a failure.
#[must_use]
pub fn bounded(mut text: String) -> String {
    if text.len() > FAILURE_BYTES_MAX {
        let end = (0..=FAILURE_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_span_has_the_same_identifier_everywhere_and_no_other_has_it() {
        let check = |id: SpanId| assert_eq!(id.to_string().len(), 16);
        check(SpanId::root("aa"));
        assert_eq!(SpanId::root("aa"), SpanId::root("aa"));
        assert_ne!(SpanId::root("aa"), SpanId::root("ab"));
        assert_ne!(SpanId::root("aa"), SpanId::derive("aa", "store#1"));
    }

    #[test]
    fn a_long_failure_is_cut_where_a_character_ends() {
        assert_eq!(bounded("short".to_owned()), "short");
        let cut = bounded("ä".repeat(FAILURE_BYTES_MAX));
        assert_eq!(cut.len(), FAILURE_BYTES_MAX);
        assert_eq!(bounded(format!("x{}", "ä".repeat(FAILURE_BYTES_MAX))).len(), FAILURE_BYTES_MAX - 1);
    }
}
