//! The log: for operators, on standard error.

use std::io::IsTerminal;

use backends::LOG_TARGETS;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::log_line::LogLine;
use crate::runner::WORK;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, with the same field names everywhere.
    Json,
}

/// Says whether what is told may stand in a log, whatever level was asked for: of what is said with servers, warnings alone.
fn is_no_secret(told: &Metadata<'_>) -> bool {
    *told.level() <= Level::WARN || !LOG_TARGETS.iter().any(|name| told.target().starts_with(name))
}

/// Starts the log.
pub fn start(levels: &str, format: LogFormat) {
    // What work a line is about stands in the line itself where people read it.
    let spans = match format {
        LogFormat::Text => "off",
        LogFormat::Json => "info",
    };
    let levels = format!("{levels},{WORK}={spans}");
    let filter = EnvFilter::try_new(levels).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that nobody takes any more is no reason to break off the work.
    let builder = builder.log_internal_errors(false);
    let started = match format {
        LogFormat::Text => {
            let builder = builder.with_target(false).with_ansi(std::io::stderr().is_terminal());
            builder.finish().with(filter_fn(is_no_secret)).try_init()
        }
        LogFormat::Json => {
            let builder = builder.fmt_fields(JsonFields::new()).event_format(LogLine);
            builder.finish().with(filter_fn(is_no_secret)).try_init()
        }
    };
    if let Err(error) = started {
        super::output::error(&format!("the log cannot be started: {error}"));
    }
}
