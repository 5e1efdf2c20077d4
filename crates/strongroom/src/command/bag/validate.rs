//! `strongroom bag validate`: checks bags and reports all findings.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bagit::Report;
use clap::Args;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::in_order::InOrder;
use super::super::output::count;
use super::super::shown::{shown, shown_json};
use super::super::watch::Watch;
use super::check::{Against, Checked, Checks};
use super::package::form_name;
use super::text;

/// Bags that are checked at once, however many cores there are: each takes memory.
const AT_ONCE_MAX: usize = 16;

/// Check bags against BagIt and a profile, and report all findings.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom bag validate samples/photographs.tar
  strongroom bag validate --profile aptrust bags/*.tar
  strongroom bag validate --profile our-profile.json --json letters/ | jq .findings.list
  strongroom bag validate --quiet --warnings-are-errors bags/*.zip

Exit codes: 0 all are valid · 1 one is not · 2 one could not be checked")]
pub struct Validate {
    /// Bags: .tar, .tar.gz, .tgz, .tar.zst, .zip or folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A built-in profile (aptrust, btr), a profile's file, or none [default: the built-in one that the bag names]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Print one JSON object a bag, each on one line
    #[arg(long)]
    json: bool,
    /// Say nothing about bags that are valid
    #[arg(long)]
    quiet: bool,
    /// Let a bag with warnings not count as valid
    #[arg(long)]
    warnings_are_errors: bool,
}

/// What one bag is found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Valid,
    Invalid,
    NotChecked,
}

impl Verdict {
    fn exit(self) -> Exit {
        match self {
            Verdict::Valid => Exit::Done,
            Verdict::Invalid => Exit::Refused,
            Verdict::NotChecked => Exit::Failed,
        }
    }
}

/// A bag's result as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    path: String,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    #[serde(flatten)]
    report: Option<&'a Report>,
}

impl Validate {
    /// Checks all bags, several at once; the exit is that of the worst.
    pub fn run(self) -> anyhow::Result<Exit> {
        let threads = digests::cores();
        let checks = Checks {
            against: Against::named(self.profile.as_deref())?,
            threads,
            threads_for_small: if self.paths.len() == 1 { threads } else { 1 },
            large: Mutex::new(()),
        };
        let watch = Watch::begin("validating", bytes_of(&self.paths));
        let order = InOrder::new(|text: String| {
            if !text.is_empty() {
                watch.print(&text);
            }
        });
        let (next, ended, worst) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Exit::Done));
        let work = || {
            // Numbers are taken in rising order, as the ordered output wants it.
            while let (number, Some(path)) = take(&next, &self.paths) {
                let (verdict, text) = self.one(path, &checks, &watch);
                watch.say(format!("{}/{}", ended.fetch_add(1, Ordering::Relaxed) + 1, self.paths.len()));
                let mut worst = worst.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                *worst = (*worst).max(verdict.exit());
                drop(worst);
                order.give(number, text.len(), text);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(AT_ONCE_MAX).min(self.paths.len()) {
                scope.spawn(work);
            }
            work();
        });
        let worst = *worst.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(worst)
    }

    fn one(&self, path: &Path, checks: &Checks, watch: &Watch) -> (Verdict, String) {
        let result = checks.check(path, watch);
        let verdict = match &result {
            Ok(checked) => self.verdict(&checked.report),
            Err(_) => Verdict::NotChecked,
        };
        let text = match (verdict, self.quiet, self.json) {
            (Verdict::Valid, true, _) => String::new(),
            (_, _, true) => json(path, verdict, &result),
            (_, _, false) => words(path, verdict, &result),
        };
        (verdict, text)
    }

    fn verdict(&self, report: &Report) -> Verdict {
        let is_wanting = self.warnings_are_errors && report.findings.warnings > 0;
        if report.is_valid() && !is_wanting { Verdict::Valid } else { Verdict::Invalid }
    }
}

fn take<'a>(next: &AtomicUsize, paths: &'a [PathBuf]) -> (usize, Option<&'a PathBuf>) {
    let number = next.fetch_add(1, Ordering::Relaxed);
    (number, paths.get(number))
}

/// Returns the bytes of all packages, if all are files: of folders they are not known beforehand.
fn bytes_of(paths: &[PathBuf]) -> Option<u64> {
    let length =
        |path: &PathBuf| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
    paths.iter().map(length).sum()
}

fn json(path: &Path, verdict: Verdict, result: &anyhow::Result<Checked>) -> String {
    let checked = result.as_ref().ok();
    let answer = Answer {
        path: path.display().to_string(),
        verdict,
        error: result.as_ref().err().map(|error| format!("{error:#}")),
        form: checked.map(|checked| form_name(checked.form)),
        profile: checked.and_then(|checked| checked.profile.as_deref()),
        report: checked.map(|checked| &checked.report),
    };
    let text = serde_json::to_string(&answer).expect("plain data becomes JSON");
    shown_json(&text).into_owned()
}

fn words(path: &Path, verdict: Verdict, result: &anyhow::Result<Checked>) -> String {
    let path = path.display().to_string();
    let path = shown(&path);
    let checked = match result {
        Ok(checked) => checked,
        Err(error) => return format!("{path}: could not be checked: {}\n", shown(&format!("{error:#}"))),
    };
    let report = &checked.report;
    let word = if verdict == Verdict::Valid { "valid" } else { "not valid" };
    let mut words = format!("{path}: {word}: {}", text::holds(report));
    if let Some(profile) = &checked.profile {
        words.push_str(&format!(", profile {profile}"));
    }
    let counts = text::counts(report);
    if !counts.is_empty() {
        words.push_str(&format!("; {counts}"));
    }
    words.push('\n');
    report.findings.list.iter().for_each(|finding| words.push_str(&text::finding(finding)));
    if report.findings.not_kept > 0 {
        words.push_str(&format!("  and {}, counted but not kept\n", count(report.findings.not_kept, "more finding")));
    }
    words
}
