//! Figures in the text format of Prometheus (version 0.0.4). Labels are the names of our tables, and of stores.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use model::{Role, Stage};

use super::queue_figures::Shared;
use crate::api::{OUTCOMES, Requests};
use crate::durations::Durations;
use crate::runner::{Figures, StageFigures};
use crate::traces::SpanCounts;

/// The type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes what this process has done, and what all share unless the database is away.
pub fn text(
    roles: &[Role],
    figures: &Figures,
    requests: &Requests,
    spans: SpanCounts,
    shared: Option<&Shared>,
) -> String {
    let mut out = Text(String::new());
    out.head("strongroom_role", "gauge", "1 for each role of this process.");
    roles.iter().for_each(|role| out.value("strongroom_role", &[("role", role.row().name)], 1));
    let stages: Vec<_> = roles.iter().filter_map(|role| role.stage()).collect();
    own(&mut out, &stages, figures);
    if roles.contains(&Role::Api) {
        asked(&mut out, requests);
    }
    traces(&mut out, spans);
    out.head("strongroom_database_up", "gauge", "1 when the database answered.");
    out.value("strongroom_database_up", &[], u64::from(shared.is_some()));
    if let Some(shared) = shared {
        all(&mut out, shared);
    }
    out.0
}

/// One counter of a stage: its name, what it is, and where it stands.
type Counter = (&'static str, &'static str, fn(&StageFigures) -> &AtomicU64);

const COUNTERS: [Counter; 3] = [
    ("strongroom_steps_done_total", "Steps that this process has done.", |figures| &figures.done),
    ("strongroom_steps_failed_total", "Steps of this process that broke.", |figures| &figures.failed),
    ("strongroom_bytes_total", "Bytes that passed through steps of this process.", |figures| &figures.bytes),
];

fn own(out: &mut Text, stages: &[Stage], figures: &Figures) {
    for (name, help, which) in COUNTERS {
        out.head(name, "counter", help);
        stages.iter().for_each(|stage| out.value(name, &labels(*stage), read(which(figures.of(*stage)))));
    }
    let name = "strongroom_steps_in_work";
    out.head(name, "gauge", "Steps that this process is at.");
    stages.iter().for_each(|stage| out.value(name, &labels(*stage), read(&figures.of(*stage).in_work)));
    let name = "strongroom_step_seconds";
    out.head(name, "histogram", "How long steps of this process took.");
    for stage in stages {
        let figures = figures.of(*stage);
        duration(out, name, &labels(*stage), &figures.durations);
    }
}

fn asked(out: &mut Text, requests: &Requests) {
    let name = "strongroom_api_requests_total";
    out.head(
        name,
        "counter",
        "Requests to the API that this process has answered, refused or failed to answer, or that were given up.",
    );
    for (path, figures) in requests.each() {
        for (outcome, word) in OUTCOMES {
            out.value(name, &[("role", "api"), ("path", path), ("outcome", word)], figures.count(outcome));
        }
    }
    let name = "strongroom_api_seconds";
    out.head(name, "histogram", "How long requests to the API took.");
    for (path, figures) in requests.each() {
        let labels = [("role", "api"), ("path", path)];
        duration(out, name, &labels, &figures.durations);
    }
}

fn traces(out: &mut Text, spans: SpanCounts) {
    for (what, help, count) in [
        ("exported", "Spans of traces that the collector has taken.", spans.exported),
        ("dropped", "Spans of traces that found no room, and were never sent.", spans.dropped),
        ("failed", "Spans of traces that the collector did not take.", spans.failed),
    ] {
        let name = format!("strongroom_spans_{what}_total");
        out.head(&name, "counter", help);
        out.value(&name, &[], count);
    }
}

/// Writes a histogram.
fn duration(out: &mut Text, name: &str, labels: &[(&str, &str); 2], durations: &Durations) {
    let mut all = 0;
    for (bound, count) in durations.within() {
        let bound = bound.map_or_else(|| "+Inf".to_owned(), |bound| bound.to_string());
        let [first, second] = *labels;
        out.value(&format!("{name}_bucket"), &[first, second, ("le", &bound)], count);
        all = count;
    }
    let milliseconds = durations.milliseconds();
    let seconds = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    out.value(&format!("{name}_sum"), labels, seconds);
    out.value(&format!("{name}_count"), labels, all);
}

fn all(out: &mut Text, shared: &Shared) {
    let name = "strongroom_queue_depth";
    out.head(name, "gauge", "Items that wait, by stage; 10000 at most.");
    shared.queue.iter().for_each(|queue| out.value(name, &labels(queue.stage), queue.depth));
    let name = "strongroom_queue_in_flight";
    out.head(name, "gauge", "Items of all processes that are in work, by stage.");
    shared.queue.iter().for_each(|queue| out.value(name, &labels(queue.stage), queue.in_flight));
    let name = "strongroom_queue_oldest_age_seconds";
    out.head(name, "gauge", "For how long the item has been ready that has waited longest.");
    for queue in &shared.queue {
        out.value(name, &labels(queue.stage), queue.oldest_at.map_or(0, |at| age_seconds(at, shared.at)));
    }
    out.head("strongroom_incidents_open", "gauge", "Damage that was found and is not mended; 10000 at most.");
    out.value("strongroom_incidents_open", &[], shared.incidents);
    let name = "strongroom_oldest_proof_age_seconds";
    out.head(name, "gauge", "By store, how long ago the replica was proven that has gone unproven longest.");
    for (store, at) in &shared.proofs {
        if let Some(at) = at {
            out.value(name, &[("store", &store.0)], age_seconds(*at, shared.at));
        }
    }
}

fn labels(stage: Stage) -> [(&'static str, &'static str); 2] {
    [("role", Role::Worker(stage).row().name), ("stage", stage.name())]
}

fn read(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

fn age_seconds(at: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0)
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("memory takes it");
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> = labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        writeln!(self.0, "{name}{labels} {value}").expect("memory takes it");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::runner::StepEnd;

    #[test]
    fn what_was_done_is_told_by_role_and_stage() {
        let figures = Figures::default();
        for milliseconds in [20, 700] {
            figures.begin(Stage::Gather);
            figures.end(Stage::Gather, StepEnd::Done, Duration::from_millis(milliseconds), 1000);
        }
        let (roles, requests) = ([Role::Worker(Stage::Gather), Role::Api], Requests::default());
        let spans = SpanCounts { dropped: 3, ..SpanCounts::default() };
        let text = text(&roles, &figures, &requests, spans, None);
        for line in [
            "strongroom_steps_done_total{role=\"ingest-gather\",stage=\"gather\"} 2",
            "strongroom_bytes_total{role=\"ingest-gather\",stage=\"gather\"} 2000",
            "strongroom_steps_in_work{role=\"ingest-gather\",stage=\"gather\"} 0",
            "strongroom_step_seconds_bucket{role=\"ingest-gather\",stage=\"gather\",le=\"0.1\"} 1",
            "strongroom_step_seconds_bucket{role=\"ingest-gather\",stage=\"gather\",le=\"+Inf\"} 2",
            "strongroom_step_seconds_sum{role=\"ingest-gather\",stage=\"gather\"} 0.720",
            "strongroom_api_requests_total{role=\"api\",path=\"/api/v1/me\",outcome=\"refused\"} 0",
            "strongroom_database_up 0",
            "strongroom_spans_dropped_total 3",
        ] {
            assert!(text.lines().any(|seen| seen == line), "no {line} in\n{text}");
        }
    }

    #[test]
    fn the_name_of_a_store_breaks_no_line() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
