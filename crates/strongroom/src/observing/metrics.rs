//! Figures in the text format of Prometheus (version 0.0.4). Labels are the names of our tables, and of stores.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use model::Role;

use super::queue_figures::Shared;
use crate::api::{OUTCOMES, Requests};
use crate::durations::Durations;
use crate::runner::{Figures, RoleFigures};
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
    own(&mut out, roles, figures);
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

/// One counter of a role: its name, what it is, and where it stands.
type Counter = (&'static str, &'static str, fn(&RoleFigures) -> &AtomicU64);

const COUNTERS: [Counter; 3] = [
    (
        "strongroom_steps_done_total",
        "Steps, and other pieces of a role's work, that this process has done.",
        |figures| &figures.done,
    ),
    ("strongroom_steps_failed_total", "Those of this process that broke, or that a person must look at.", |figures| {
        &figures.failed
    }),
    ("strongroom_bytes_total", "Bytes that passed through those of this process.", |figures| &figures.bytes),
];

fn own(out: &mut Text, roles: &[Role], figures: &Figures) {
    // The API takes nothing from a queue: its requests are told below.
    let roles: Vec<_> = roles.iter().copied().filter(|role| *role != Role::Api).collect();
    for (name, help, which) in COUNTERS {
        out.head(name, "counter", help);
        roles.iter().for_each(|role| out.value(name, &labels(*role), read(which(figures.of(*role)))));
    }
    let name = "strongroom_steps_in_work";
    out.head(name, "gauge", "Steps that this process is at.");
    roles.iter().for_each(|role| out.value(name, &labels(*role), read(&figures.of(*role).in_work)));
    let name = "strongroom_step_seconds";
    out.head(name, "histogram", "How long steps of this process took.");
    for role in roles {
        duration(out, name, &labels(role), &figures.of(role).durations);
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
fn duration(out: &mut Text, name: &str, labels: &[(&str, &str)], durations: &Durations) {
    let mut all = 0;
    for (bound, count) in durations.within() {
        let bound = bound.map_or_else(|| "+Inf".to_owned(), |bound| bound.to_string());
        out.value(&format!("{name}_bucket"), &[labels, &[("le", bound.as_str())]].concat(), count);
        all = count;
    }
    let milliseconds = durations.milliseconds();
    let seconds = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    out.value(&format!("{name}_sum"), labels, seconds);
    out.value(&format!("{name}_count"), labels, all);
}

fn all(out: &mut Text, shared: &Shared) {
    let name = "strongroom_queue_depth";
    out.head(name, "gauge", "Items, replicas, jobs or alerts that wait for a role; 10000 at most.");
    shared.queue.iter().for_each(|queue| out.value(name, &labels(queue.role), queue.depth));
    let name = "strongroom_queue_in_flight";
    out.head(name, "gauge", "Items, replicas or jobs that are in work in any process.");
    for queue in &shared.queue {
        if let Some(in_flight) = queue.in_flight {
            out.value(name, &labels(queue.role), in_flight);
        }
    }
    let name = "strongroom_queue_oldest_age_seconds";
    out.head(name, "gauge", "For how long what has waited longest has been ready.");
    for queue in &shared.queue {
        out.value(name, &labels(queue.role), queue.oldest_at.map_or(0, |at| age_seconds(at, shared.at)));
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

fn labels(role: Role) -> Vec<(&'static str, &'static str)> {
    let stage = role.stage().map(|stage| ("stage", stage.name()));
    [("role", role.row().name)].into_iter().chain(stage).collect()
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

    use model::Stage;

    use super::*;
    use crate::runner::StepEnd;

    #[test]
    fn what_was_done_is_told_by_role_and_stage() {
        let figures = Figures::default();
        for milliseconds in [20, 700] {
            figures.begin(Role::Worker(Stage::Gather));
            figures.end(Role::Worker(Stage::Gather), StepEnd::Done, Duration::from_millis(milliseconds), 1000);
        }
        figures.begin(Role::FixityCheck);
        figures.end(Role::FixityCheck, StepEnd::Failed, Duration::from_millis(5), 7);
        let roles = [Role::Worker(Stage::Gather), Role::FixityCheck, Role::Sweeper, Role::Api];
        let requests = Requests::default();
        let spans = SpanCounts { dropped: 3, ..SpanCounts::default() };
        let text = text(&roles, &figures, &requests, spans, None);
        for line in [
            "strongroom_steps_done_total{role=\"ingest-gather\",stage=\"gather\"} 2",
            "strongroom_bytes_total{role=\"ingest-gather\",stage=\"gather\"} 2000",
            "strongroom_steps_in_work{role=\"ingest-gather\",stage=\"gather\"} 0",
            "strongroom_step_seconds_bucket{role=\"ingest-gather\",stage=\"gather\",le=\"0.1\"} 1",
            "strongroom_step_seconds_bucket{role=\"ingest-gather\",stage=\"gather\",le=\"+Inf\"} 2",
            "strongroom_step_seconds_sum{role=\"ingest-gather\",stage=\"gather\"} 0.720",
            "strongroom_steps_failed_total{role=\"fixity-check\"} 1",
            "strongroom_bytes_total{role=\"fixity-check\"} 7",
            "strongroom_step_seconds_bucket{role=\"fixity-check\",le=\"0.01\"} 1",
            "strongroom_steps_done_total{role=\"sweeper\"} 0",
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
