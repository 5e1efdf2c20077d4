//! Figures in the text format of Prometheus (version 0.0.4). Labels are the names of our tables, and of stores.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use model::{Role, Stage};

use super::queue_figures::Shared;
use crate::runner::{Figures, SECONDS, StageFigures};
use crate::traces::SpanCounts;

/// The type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes what this process has done, and what all share unless the database is away.
pub fn text(roles: &[Role], figures: &Figures, spans: SpanCounts, shared: Option<&Shared>) -> String {
    let mut out = Text(String::new());
    out.head("strongroom_role", "gauge", "1 for each role of this process.");
    roles.iter().for_each(|role| out.value("strongroom_role", &[("role", role.row().name)], 1));
    let stages: Vec<_> = roles.iter().filter_map(|role| role.stage()).collect();
    own(&mut out, &stages, figures);
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
        duration(out, name, *stage, figures.of(*stage));
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

fn duration(out: &mut Text, name: &str, stage: Stage, figures: &StageFigures) {
    let mut sum = 0;
    let bounds = SECONDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(&figures.durations) {
        sum += read(count);
        let [role, stage] = labels(stage);
        out.value(&format!("{name}_bucket"), &[role, stage, ("le", &bound)], sum);
    }
    let milliseconds = read(&figures.milliseconds);
    let seconds = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    out.value(&format!("{name}_sum"), &labels(stage), seconds);
    out.value(&format!("{name}_count"), &labels(stage), sum);
}

fn all(out: &mut Text, shared: &Shared) {
    let name = "strongroom_queue_depth";
    out.head(name, "gauge", "Items that wait, by stage; 100000 at most.");
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
        let text =
            text(&[Role::Worker(Stage::Gather)], &figures, SpanCounts { dropped: 3, ..SpanCounts::default() }, None);
        for line in [
            "strongroom_steps_done_total{role=\"ingest-gather\",stage=\"gather\"} 2",
            "strongroom_bytes_total{role=\"ingest-gather\",stage=\"gather\"} 2000",
            "strongroom_steps_in_work{role=\"ingest-gather\",stage=\"gather\"} 0",
            "strongroom_step_seconds_bucket{role=\"ingest-gather\",stage=\"gather\",le=\"0.1\"} 1",
            "strongroom_step_seconds_bucket{role=\"ingest-gather\",stage=\"gather\",le=\"+Inf\"} 2",
            "strongroom_step_seconds_sum{role=\"ingest-gather\",stage=\"gather\"} 0.720",
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
