//! Traces: what is done about a deposit, where and for how long, sent to whoever collects it (OpenTelemetry).
//!
//! A deposit is one trace, and its identifier is that of the log. Each try of a step is a span; the span of the whole
//! is its parent, with an identifier that every process can compute. Spans are told, and never waited for.

mod encoding;
mod exporter;
mod queue;
mod sending;
mod span;
mod step;
mod target;

use std::sync::Arc;

use queue::Queue;

pub use exporter::Exporter;
pub use queue::SpanCounts;
pub use step::{Step, StepOutcome};
pub use target::{NoTarget, Target};

/// Where spans are told. Without an exporter, nowhere, and it costs nothing. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traces(Option<Arc<Queue>>);

impl Traces {
    /// Returns how many spans were sent, dropped and refused by now.
    #[must_use]
    pub fn counts(&self) -> SpanCounts {
        self.0.as_ref().map_or_else(SpanCounts::default, |queue| queue.counts())
    }
}
