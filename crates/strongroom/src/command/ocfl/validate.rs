//! `strongroom ocfl validate`: every rule, every object, every byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args;
use digests::Limits;
use findings::{Finding, Findings};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ocfl::{Depth, FolderTree, ObjectReport, Report, Unchecked};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::shown::shown;
use super::super::{output, receipt};
use super::metered::Metered;
use super::parallel::{check_object, check_root};
use super::place::Place;

/// Work that ends before this shows no progress.
const PATIENCE: Duration = Duration::from_secs(2);

/// Hold storage roots and objects against OCFL.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom ocfl validate strongroom-data/stores/first strongroom-data/stores/second
  strongroom ocfl validate --no-content --json /mnt/archive/ocfl-root

All findings are told, with the codes of the specification (E001 to E112, W001 to W016). In a
storage root, objects without any are only counted, and so are those with warnings alone: --json
tells each. Exit codes: 0 valid (warnings are no fault), 1 a rule is broken, 2 something could
not be checked.")]
pub struct Validate {
    /// Storage roots, stores or objects
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Check names, inventories and sidecars, and read no content
    #[arg(long)]
    no_content: bool,
    /// Print one JSON object a line: each object, then the root
    #[arg(long)]
    json: bool,
}

/// What was found, as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    /// `object` or `root`.
    kind: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    is_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    objects_valid: Option<u64>,
    findings: &'a [Finding],
    findings_not_kept: u64,
    unchecked: Vec<UncheckedLine<'a>>,
}

#[derive(Serialize)]
struct UncheckedLine<'a> {
    path: &'a str,
    because: String,
}

impl Validate {
    /// Checks all paths, one after the other; the exit is that of the worst.
    pub fn run(self) -> Exit {
        let one = |path: &PathBuf| match self.one(path) {
            Ok(exit) => exit,
            Err(error) => {
                output::error(&format!("{error:#}"));
                Exit::Failed
            }
        };
        self.paths.iter().map(one).max().unwrap_or(Exit::Done)
    }

    fn one(&self, path: &Path) -> anyhow::Result<Exit> {
        match Place::of(path)? {
            Place::Root(root) => self.root(&root),
            Place::Object(object) => Ok(self.object(&object)),
        }
    }

    fn depth(&self) -> Depth {
        if self.no_content { Depth::Structure } else { Depth::Content }
    }

    fn object(&self, path: &Path) -> Exit {
        let progress = Progress::start();
        let tree = Metered::new(FolderTree::new(path), progress.bytes.clone());
        let report = check_object(&tree, self.depth(), Limits::default());
        progress.end();
        let shown_path = path.display().to_string();
        self.tell_object(&shown_path, &report);
        if !self.json {
            let verdict = if report.is_valid() { "valid" } else { "not valid" };
            let files = format!("{}, {}", output::count(report.files, "file"), output::bytes(report.size_bytes));
            output::line(&format!("{}: {verdict}; {files}", shown(&shown_path)));
        }
        exit(&report.findings, &report.unchecked)
    }

    fn root(&self, path: &Path) -> anyhow::Result<Exit> {
        let progress = Progress::start();
        let tree = Metered::new(FolderTree::new(path), progress.bytes.clone());
        let mut worst = Exit::Done;
        let mut totals = (0, 0);
        let mut warnings = Warnings::default();
        let root = check_root(&tree, self.depth(), |ObjectReport { path: object, report }| {
            totals = (totals.0 + report.files, totals.1 + report.size_bytes);
            worst = worst.max(exit(&report.findings, &report.unchecked));
            if self.json || !report.is_valid() {
                progress.bar.suspend(|| self.tell_object(object, report));
            } else {
                warnings.add(object, &report.findings);
            }
            progress.bar.inc(1);
        })?;
        progress.end();
        let path = path.display().to_string();
        if self.json {
            output::json(&Line {
                kind: "root",
                path,
                id: None,
                head: None,
                is_valid: root.is_valid(),
                files: Some(totals.0),
                size_bytes: Some(totals.1),
                objects: Some(root.objects),
                objects_valid: Some(root.objects_valid),
                findings: &root.findings.list,
                findings_not_kept: root.findings.not_kept,
                unchecked: root.unchecked.iter().map(unchecked_line).collect(),
            });
        } else {
            tell(&path, &root.findings, &root.unchecked);
            warnings.tell();
            output::line(&format!(
                "{}: {}; {} of {} valid; {}, {}",
                shown(&path),
                if root.is_valid() { "valid" } else { "not valid" },
                root.objects_valid,
                output::count(root.objects, "object"),
                output::count(totals.0, "file"),
                output::bytes(totals.1)
            ));
        }
        Ok(worst.max(exit(&root.findings, &root.unchecked)))
    }

    fn tell_object(&self, path: &str, report: &Report) {
        if !self.json {
            return tell(path, &report.findings, &report.unchecked);
        }
        output::json(&Line {
            kind: "object",
            path: path.to_owned(),
            id: report.inventory.as_ref().map(ocfl::Inventory::id),
            head: report.inventory.as_ref().map(|inventory| inventory.head().to_string()),
            is_valid: report.is_valid(),
            files: Some(report.files),
            size_bytes: Some(report.size_bytes),
            objects: None,
            objects_valid: None,
            findings: &report.findings.list,
            findings_not_kept: report.findings.not_kept,
            unchecked: report.unchecked.iter().map(unchecked_line).collect(),
        });
    }
}

/// The warnings of valid objects, of which a root may have as many as objects: one line for each rule.
#[derive(Default)]
struct Warnings(BTreeMap<String, (u64, String, Finding)>);

impl Warnings {
    fn add(&mut self, object: &str, findings: &Findings) {
        let mut codes = BTreeSet::new();
        for finding in &findings.list {
            if codes.insert(finding.code.as_ref()) {
                let first = || (0, object.to_owned(), finding.clone());
                self.0.entry(finding.code.to_string()).or_insert_with(first).0 += 1;
            }
        }
    }

    fn tell(&self) {
        for (objects, first, finding) in self.0.values() {
            let severity = format!("{:?}", finding.severity).to_lowercase();
            let count = output::count(*objects, "object");
            output::line(&format!("{severity:11} {}: {} [{}]", finding.code, finding.message, finding.clause));
            output::line(&format!("            in {count}, of which the first is {}", shown(first)));
        }
    }
}

fn unchecked_line(unchecked: &Unchecked) -> UncheckedLine<'_> {
    UncheckedLine { path: &unchecked.path, because: unchecked.error.to_string() }
}

fn tell(path: &str, findings: &Findings, unchecked: &[Unchecked]) {
    if findings.is_empty() && unchecked.is_empty() {
        return;
    }
    output::line(&shown(path));
    receipt::findings("  ", &findings.list);
    if findings.not_kept > 0 {
        output::line(&format!("  and {} more, which were counted and not kept", findings.not_kept));
    }
    for unchecked in unchecked {
        output::line(&format!("  not checked {}: {}", shown(&unchecked.path), unchecked.error));
    }
}

fn exit(findings: &Findings, unchecked: &[Unchecked]) -> Exit {
    match (unchecked.is_empty(), findings.is_acceptable()) {
        (false, _) => Exit::Failed,
        (true, false) => Exit::Refused,
        (true, true) => Exit::Done,
    }
}

/// Objects, bytes and rate, on standard error where that is a terminal and the work is not done at once.
struct Progress {
    bar: ProgressBar,
    bytes: Arc<AtomicU64>,
}

impl Progress {
    fn start() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let bytes = Arc::new(AtomicU64::new(0));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} objects checked, {msg} read, {elapsed}") {
            bar.set_style(style);
        }
        let (followed, read) = (bar.downgrade(), bytes.clone());
        // It ends by itself once the bar is gone.
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            if let Some(bar) = followed.upgrade() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            while let Some(bar) = followed.upgrade() {
                if bar.is_finished() {
                    return;
                }
                bar.set_message(output::bytes(read.load(Ordering::Relaxed)));
                bar.tick();
                drop(bar);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self { bar, bytes }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
