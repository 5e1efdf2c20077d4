//! Traces: one for each deposit whatever processes work on it, and never in the way of the work.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use model::ROLES;
use serde_json::Value;

#[path = "support/collector.rs"]
mod collector;
#[path = "support/installation.rs"]
mod installation;

use collector::{Ill, Judge, ill};
use installation::{Installation, sample};

/// The stages of an ingest that runs without unpacking anything first.
const STAGES: [&str; 10] =
    ["receive", "gather", "validate", "check_reingest", "unpack", "identify", "store", "verify", "record", "clean_up"];
/// How much longer an ingest may take that tells of itself to a collector that is of no use: what stopping waits for at
/// most, and some time for a machine that is busy.
const SLACK: Duration = Duration::from_secs(6);

struct Process {
    child: Child,
    log: std::thread::JoinHandle<Vec<String>>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log: std::thread::spawn(move || lines.map_while(Result::ok).collect()) }
    }

    /// Asks it to stop, insists that it does so cleanly, and returns its log.
    fn stop(mut self) -> Vec<String> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let ended = self.child.wait().unwrap();
        let log = self.log.join().unwrap();
        assert!(ended.success(), "{log:?}");
        log
    }
}

/// Gives a command a collector, as an operator would.
fn telling(mut command: Command, address: &str) -> Command {
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=library");
    command.env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
    command
}

fn deposit(installation: &Installation, name: &str) {
    let folder = installation.data().join("receiving/local.archive");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!(".{name}")), fs::read(sample(name)).unwrap()).unwrap();
    fs::rename(folder.join(format!(".{name}")), folder.join(name)).unwrap();
}

/// Returns the spans of each trace.
fn by_trace(spans: &[Value]) -> BTreeMap<&str, Vec<&Value>> {
    let mut traces = BTreeMap::<_, Vec<_>>::new();
    spans.iter().for_each(|span| traces.entry(span["trace"].as_str().unwrap()).or_default().push(span));
    traces
}

/// Insists that a trace is whole, and returns its span of the whole.
#[track_caller]
fn assert_whole<'a>(spans: &[&'a Value]) -> &'a Value {
    let roots: Vec<_> = spans.iter().filter(|span| span["parent"] == "").collect();
    assert_eq!(roots.len(), 1, "{spans:?}");
    let root = roots[0];
    let ids: BTreeSet<_> = spans.iter().map(|span| span["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), spans.len(), "no two have the same identifier");
    let steps: Vec<_> = spans.iter().filter(|span| span["parent"] == root["id"]).collect();
    let names: BTreeSet<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(STAGES));
    for span in spans {
        let told = &span["attributes"];
        for name in ["work.id", "institution", "object", "outcome"] {
            assert!(told.get(name).is_some(), "no {name} in {span}");
        }
        assert!(span["parent"] == "" || ids.contains(span["parent"].as_str().unwrap()), "{span} hangs in the air");
        assert!(span["begun"].as_u64() >= root["begun"].as_u64() && span["ended"].as_u64() <= root["ended"].as_u64());
        assert_eq!(span["resource"]["service.name"], "strongroom");
        assert_eq!(span["resource"]["deployment.environment.name"], "test");
    }
    for (part, of) in [("copy", "store"), ("read_back", "verify"), ("commit", "verify")] {
        let step = steps.iter().find(|step| step["name"] == of && step["attributes"]["outcome"] == "done").unwrap();
        let parts = spans.iter().filter(|span| span["name"] == part && span["parent"] == step["id"]);
        let stores: BTreeSet<_> = parts.map(|part| part["attributes"]["store.id"].as_str().unwrap()).collect();
        assert_eq!(stores, BTreeSet::from(["first", "second"]), "{part}");
    }
    root
}

/// With protobuf's own parser, which is strict.
mod foreign {
    use super::*;

    #[test]
    fn a_deposit_is_one_trace_whatever_processes_work_on_it() {
        let judge = Judge::start(1);
        let installation = Installation::new();
        installation.configure("[ingest]\nsettle_seconds = 0\n");
        let log = ["--log", "info", "--log-format", "json", "run", "--api", "127.0.0.1:0"];
        let mut thirds = [Vec::new(), Vec::new(), Vec::new()];
        for (place, row) in ROLES.iter().enumerate() {
            let third =
                row.role.stage().map_or(place % 3, |stage| usize::from(stage == model::Stage::Store) + place % 2);
            thirds[third].push(row.name);
        }
        let processes: Vec<_> = thirds
            .iter()
            .map(|roles| Process::start(telling(installation.command([&log[..], roles].concat()), &judge.address)))
            .collect();
        deposit(&installation, "photographs.tar");
        deposit(&installation, "minutes.zip");
        judge.spans(2);
        let logs: Vec<_> = processes.into_iter().map(Process::stop).collect();
        let spans = judge.all();
        let traces = by_trace(&spans);
        assert_eq!(traces.len(), 2);
        for (trace, spans) in &traces {
            let root = assert_whole(spans);
            assert_eq!((&root["name"], &root["attributes"]["outcome"]), (&"ingest".into(), &"success".into()));
            let processes: BTreeSet<_> =
                spans.iter().filter_map(|span| span["attributes"]["process"].as_str()).collect();
            assert_eq!(processes.len(), 3, "all processes had a part in it");
            for span in spans {
                if let Some(process) = span["attributes"]["process"].as_str() {
                    assert_eq!(span["resource"]["service.instance.id"], process);
                }
            }
            // The log and the trace are found by the same word.
            assert!(logs.iter().all(|log| log.iter().any(|line| line.contains(trace))));
        }
    }

    #[test]
    fn a_step_that_fails_is_told_with_its_cause_and_each_try_is_a_span() {
        let judge = Judge::start(0);
        let installation = Installation::new();
        installation.configure("[ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\n");
        installation.ingest(&sample("letters-folder"));
        let away = installation.data().join("away");
        fs::rename(installation.store("second"), &away).unwrap();
        let path = sample("photographs.tar");
        let ingest =
            || telling(installation.command([std::ffi::OsStr::new("ingest"), path.as_os_str()]), &judge.address);
        assert_eq!(ingest().output().unwrap().status.code(), Some(75), "it is to be tried again");
        fs::rename(&away, installation.store("second")).unwrap();
        std::thread::sleep(Duration::from_millis(1100));
        assert!(ingest().output().unwrap().status.success());
        let spans = judge.all();
        let all: Vec<_> = spans.iter().collect();
        assert_whole(&all);
        let failed: Vec<_> = all.iter().filter(|span| span["status"] == 2).collect();
        assert!(!failed.is_empty(), "{all:?}");
        for span in failed {
            assert_eq!(
                (&span["attributes"]["error.type"], &span["attributes"]["attempt"]),
                (&"retry".into(), &1.into())
            );
            assert!(span["message"].as_str().unwrap().contains("second"), "{span}");
        }
        assert!(all.iter().any(|span| span["attributes"]["attempt"] == 2), "{all:?}");
    }
}

#[test]
fn a_collector_that_is_of_no_use_delays_nothing_and_is_told_in_the_log() {
    let begun = Instant::now();
    Installation::new().ingest(&sample("photographs.tar"));
    let alone = begun.elapsed();
    for how in [Ill::Away, Ill::Silent, Ill::Busy, Ill::Garbage, Ill::Page] {
        let (address, asked) = ill(how);
        let installation = Installation::new();
        let path = sample("photographs.tar");
        let arguments = ["--log", "warn", "ingest", path.to_str().unwrap()];
        let begun = Instant::now();
        let output = telling(installation.command(arguments), &address).output().unwrap();
        let took = begun.elapsed();
        println!("{how:?}: {took:?}, without {alone:?}");
        assert!(output.status.success() && took < alone + SLACK, "{how:?}: {took:?}, without {alone:?}");
        assert!(how == Ill::Away || asked.load(Ordering::Relaxed) > 0, "{how:?}");
        let log = String::from_utf8(output.stderr).unwrap();
        let told = if how == Ill::Silent { "not all that was done" } else { "traces cannot be sent" };
        assert!(log.contains(told) && !log.contains("library"), "{how:?}: {log}");
    }
}

#[test]
fn what_became_of_spans_is_among_the_figures_and_a_bad_setting_stops_nobody() {
    let (address, _) = ill(Ill::Page);
    let installation = Installation::new();
    installation.configure("[ingest]\nsettle_seconds = 0\n[observe]\nlisten = \"127.0.0.1:0\"\n");
    let up = ["--log", "info", "--log-format", "json", "up"];
    let mut child =
        telling(installation.command(up), &address).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let served = lines.find(|line| line["message"] == "healthz, readyz and metrics are served").unwrap();
    deposit(&installation, "photographs.tar");
    lines.find(|line| line["message"].as_str().is_some_and(|told| told.starts_with("traces cannot be sent"))).unwrap();
    let url = format!("http://{}/metrics", served["address"].as_str().unwrap());
    let until = Instant::now() + Duration::from_secs(30);
    let figures = loop {
        let text = ureq::get(&url).call().unwrap().body_mut().read_to_string().unwrap();
        if text.lines().any(|line| line.starts_with("strongroom_spans_failed_total ") && !line.ends_with(" 0")) {
            break text;
        }
        assert!(Instant::now() < until, "{text}");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(figures.contains("strongroom_spans_exported_total 0\n"), "{figures}");
    assert!(figures.contains("strongroom_spans_dropped_total 0\n"), "{figures}");
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    lines.for_each(drop);
    assert!(child.wait().unwrap().success());
    let other = Installation::new();
    let mut command = other.command(["ingest", sample("photographs.tar").to_str().unwrap()]);
    let output = command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://ada:hush@nowhere").output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && log.contains("traces are not sent") && !log.contains("hush"), "{log}");
    let check = other.command(["config", "check"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere").output().unwrap();
    assert!(!check.status.success());
}

#[test]
fn every_stage_of_an_ingest_is_among_those_that_are_looked_for() {
    assert_eq!(model::Action::Ingest.stages().map(|stage| stage.name()).collect::<Vec<_>>(), STAGES);
}
