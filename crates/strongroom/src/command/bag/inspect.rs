//! `strongroom bag inspect`: says what is in a bag, without hashing its payload.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bagit::{Form, GatherOptions, Index, Package, PackageLimits, PathClass, Report, Spool, TAG_FILE_BYTES_MAX, rules};
use clap::Args;
use findings::Findings;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::output::{self, bytes, count};
use super::super::shown::shown;
use super::package::form_name;
use super::text;

/// Findings that are shown to people; JSON has all.
const FINDINGS_SHOWN: usize = 10;

/// Say what is in a bag, without hashing its payload.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom bag inspect samples/minutes.zip
  strongroom bag inspect --json letters.tar | jq .tags

Findings are those that show without hashing: `strongroom bag validate` makes the whole check. What is compressed as a
whole (.tar.gz, .tar.zst) is read through. Exit codes: 0 it could be read, whatever was found · 2 it could not")]
pub struct Inspect {
    /// The bag: .tar, .tar.gz, .tgz, .tar.zst, .zip or a folder
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What is in a bag.
#[derive(Serialize)]
struct Inspected {
    path: String,
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    length_bytes: Option<u64>,
    /// Whether the payload was held against its digests.
    is_hashed: bool,
    #[serde(flatten)]
    report: Report,
}

impl Inspect {
    /// Reads the bag and prints what it holds.
    pub fn run(self) -> anyhow::Result<Exit> {
        let inspected = inspect(&self.path)?;
        if self.json {
            output::json(&inspected);
        } else {
            print(&inspected);
        }
        Ok(Exit::Done)
    }
}

fn inspect(path: &Path) -> anyhow::Result<Inspected> {
    let package = Package::open(path)?;
    let spool = Spool::new();
    let is_stream = matches!(package.form(), Form::TarGzip | Form::TarZstandard);
    let index = if is_stream {
        let gathered = bagit::gather(&package, &GatherOptions::default(), &spool)?;
        Index { members: gathered.members, top_folder: gathered.top_folder, findings: gathered.findings }
    } else {
        let index = package.index(&PackageLimits::default())?;
        keep_tag_files(&package, &spool)?;
        index
    };
    let bag = bagit::Bag {
        members: &index.members,
        kept: &spool,
        serialization: package.serialization(),
        top_folder: index.top_folder.as_deref(),
        package_name: Some(package.name()),
        profile: None,
        found: index.findings,
    };
    let mut report = bagit::validate(&bag)?;
    if !is_stream {
        report.findings = without_unhashed(report.findings);
    }
    Ok(Inspected {
        path: path.display().to_string(),
        form: form_name(package.form()),
        length_bytes: package.length_bytes(),
        is_hashed: is_stream,
        report,
    })
}

fn keep_tag_files(package: &Package, spool: &Spool) -> anyhow::Result<()> {
    let is_kept = |path: &str| PathClass::of(path).is_kept(path);
    package.unpack(&PackageLimits::default(), &is_kept, &mut |member, reader| {
        let mut writer = spool.create(member.path)?;
        match member.class {
            PathClass::Tag => io::copy(&mut reader.take(TAG_FILE_BYTES_MAX + 1), &mut writer),
            _ => io::copy(reader, &mut writer),
        }
        .map(drop)
    })?;
    Ok(())
}

/// Takes out what is only said because nothing was hashed.
fn without_unhashed(found: Findings) -> Findings {
    let mut left = Findings::default();
    let is_left = |finding: &findings::Finding| finding.code != rules::DIGEST_NOT_COMPUTED.code;
    found.list.into_iter().filter(is_left).for_each(|finding| left.push(finding));
    left
}

fn print(inspected: &Inspected) {
    let report = &inspected.report;
    let show = |name: &str, value: &str| output::line(&format!("  {name:12} {}", shown(value)));
    output::line(&shown(&inspected.path));
    match inspected.length_bytes {
        Some(length) => show("form", &format!("{}, {}", inspected.form, bytes(length))),
        None => show("form", inspected.form),
    }
    let unknown = || "not stated".to_owned();
    show("top folder", report.top_folder.as_deref().unwrap_or("none"));
    show("version", &report.version.clone().unwrap_or_else(unknown));
    show("encoding", &report.encoding.clone().unwrap_or_else(unknown));
    show("payload", &format!("{}, {}", count(report.payload_files, "file"), bytes(report.payload_bytes)));
    show("tag files", &report.tag_files.to_string());
    show("manifests", &or_none(&report.manifests));
    show("of tag files", &or_none(&report.tag_manifests));
    show("profile", report.profile_identifier.as_deref().unwrap_or("none named"));
    if report.has_fetch {
        show("fetch.txt", "yes: some files are elsewhere");
    }
    let mut file = "";
    for tag in report.tags.iter().filter(|tag| tag.file != "bagit.txt") {
        if tag.file != file {
            file = &tag.file;
            output::line(&format!("  {}", shown(file)));
        }
        output::line(&format!("    {}: {}", shown(&tag.name), shown(&tag.value)));
    }
    print_findings(inspected);
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(" ") }
}

fn print_findings(inspected: &Inspected) {
    let found = &inspected.report.findings;
    for finding in found.list.iter().take(FINDINGS_SHOWN) {
        output::line(text::finding(finding).trim_end());
    }
    let more = found.list.len().saturating_sub(FINDINGS_SHOWN) as u64 + found.not_kept;
    if more > 0 {
        output::line(&format!("  and {}: see `strongroom bag validate`", count(more, "more finding")));
    }
    if !inspected.is_hashed {
        output::line("  The payload was not hashed: `strongroom bag validate` does.");
    }
}
