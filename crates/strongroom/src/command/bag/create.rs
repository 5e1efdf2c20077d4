//! `strongroom bag create`: makes a bag of a folder, in another place or where it stands.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bagit::{BagOptions, BagitError, Form, PathClass, Payload, Profile, Tag, WrittenBag};
use clap::Args;
use digests::{Algorithm, Algorithms};
use findings::Findings;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::exit::Exit;
use super::super::output::{self, bytes, count};
use super::super::shown::shown;
use super::super::watch::Watch;
use super::package::form_name;
use super::rehearsal::rehearse;
use super::text;

const BAG_INFO: &str = "bag-info.txt";
const IDENTIFIER: &str = "BagIt-Profile-Identifier";

/// Make a bag of a folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom bag create letters/ letters.tar
  strongroom bag create letters/ letters.zip --algorithm sha256 --tag Source-Organization='Example Library'
  strongroom bag create letters/ letters.tar --profile aptrust \\
      --tag-file aptrust-info.txt:Title=Letters --tag-file aptrust-info.txt:Access=Institution
  strongroom bag create --in-place letters/

The ending of TARGET gives the form; a name without one makes a folder. What is there already is never overwritten. The
bag appears under its name when it is whole and on the disk; killed before, nothing but a hidden *.partial is left.
With --in-place a call that was killed is finished, or undone and done again, by the same call.

Exit codes: 0 made · 1 the folder cannot be made such a bag, nothing was written · 2 it could not be done")]
pub struct Create {
    /// The folder whose files become the payload
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// The bag: .tar, .tar.gz, .tgz, .tar.zst, .zip, or a folder
    #[arg(value_name = "TARGET", required_unless_present = "in_place")]
    target: Option<PathBuf>,
    /// Make SOURCE itself the bag: its files move into data/
    #[arg(long, conflicts_with = "target")]
    in_place: bool,
    /// The digests of the manifests [default: what the profile wants and sha256; else sha256,sha512]
    #[arg(long = "algorithm", value_name = "NAMES", value_delimiter = ',')]
    algorithms: Vec<Algorithm>,
    /// A tag for bag-info.txt; may be given several times
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = tag)]
    tags: Vec<Tag>,
    /// A tag for another tag file; may be given several times
    #[arg(long = "tag-file", value_name = "FILE:NAME=VALUE", value_parser = tag_of_file)]
    file_tags: Vec<Tag>,
    /// Check, before anything is written, against a built-in profile (aptrust, btr) or a profile's file
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// The Bagging-Date, and the time of the bag's own files [default: now]
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<Date>,
    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,
}

fn tag(text: &str) -> Result<Tag, String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok(Tag { file: BAG_INFO.to_owned(), name: name.trim().to_owned(), value: value.to_owned() })
}

fn tag_of_file(text: &str) -> Result<Tag, String> {
    let (file, rest) = text.split_once(':').ok_or("write FILE:NAME=VALUE")?;
    Ok(Tag { file: file.to_owned(), ..tag(rest)? })
}

/// The result as JSON.
#[derive(Serialize)]
struct Made<'a> {
    path: String,
    form: &'static str,
    payload_files: u64,
    payload_bytes: u64,
    manifests: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    findings: &'a Findings,
}

/// Findings that stand in the way of a bag, as JSON.
#[derive(Serialize)]
struct NotMade<'a> {
    path: String,
    error: &'static str,
    findings: &'a Findings,
}

impl Create {
    /// Makes the bag.
    pub fn run(self) -> anyhow::Result<Exit> {
        let target = self.target.as_deref().unwrap_or(&self.source);
        let form = if self.in_place { Form::BagFolder } else { form_of(target) };
        let profile = self.profile.as_deref().map(Profile::load).transpose()?;
        let options = self.options(profile.as_ref())?;
        let mut remarks = Findings::default();
        if let Some(profile) = &profile {
            let report = rehearse(&self.source, &name_of(target)?, form, &options, profile)?;
            if !report.is_valid() {
                self.refuse(target, &report.findings);
                return Ok(Exit::Refused);
            }
            remarks = report.findings;
        }
        match self.write(target, form, &options) {
            Ok(bag) => {
                let findings = if self.profile.is_some() { remarks } else { bag.findings.clone() };
                self.tell(target, form, &bag, &findings);
                Ok(Exit::Done)
            }
            Err(BagitError::CannotBag { findings, .. }) => {
                self.refuse(target, &findings);
                Ok(Exit::Refused)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn write(&self, target: &Path, form: Form, options: &BagOptions) -> Result<WrittenBag, BagitError> {
        let watch = Watch::begin("bagging", None);
        if self.in_place {
            return bagit::bag_in_place(&self.source, options, &watch);
        }
        bagit::write_bag(&Payload::of_folder(&self.source)?, target, form, options, &watch)
    }

    fn options(&self, profile: Option<&Profile>) -> anyhow::Result<BagOptions> {
        let created_at = match self.date {
            Some(date) => date.to_zoned(TimeZone::UTC)?.timestamp(),
            None => Timestamp::now(),
        };
        let date = created_at.to_zoned(TimeZone::UTC).date().to_string();
        let mut tags = [self.tags.as_slice(), &self.file_tags].concat();
        let identifier = profile.and_then(|profile| profile.info.identifier.clone());
        if let Some(value) = identifier.filter(|_| !tags.iter().any(|tag| tag.is_called(BAG_INFO, IDENTIFIER))) {
            tags.push(Tag { file: BAG_INFO.to_owned(), name: IDENTIFIER.to_owned(), value });
        }
        let mut options =
            BagOptions { tags, bagging_date: Some(date), created_at: created_at.as_second(), ..BagOptions::default() };
        if !self.algorithms.is_empty() {
            options.algorithms = self.algorithms.iter().copied().collect();
        } else if let Some(profile) = profile {
            options.algorithms = wanted_by(profile).unwrap_or(options.algorithms);
        }
        Ok(options)
    }

    fn refuse(&self, target: &Path, findings: &Findings) {
        let path = target.display().to_string();
        if self.json {
            return output::json(&NotMade {
                path,
                error: "it would not be a valid bag; nothing was written",
                findings,
            });
        }
        output::line(&format!("{}: not made: it would not be a valid bag; nothing was written", shown(&path)));
        print(findings);
    }

    fn tell(&self, target: &Path, form: Form, bag: &WrittenBag, findings: &Findings) {
        let (mut payload_files, mut payload_bytes, mut manifests) = (0, 0, Vec::new());
        for (_, member) in bag.members.iter() {
            match member.class {
                PathClass::Payload => {
                    payload_files += 1;
                    payload_bytes += member.size_bytes;
                }
                PathClass::PayloadManifest(algorithm) => manifests.push(algorithm.to_owned()),
                _ => {}
            }
        }
        let (path, profile) = (target.display().to_string(), self.profile.as_deref());
        if self.json {
            let form = form_name(form);
            return output::json(&Made { path, form, payload_files, payload_bytes, manifests, profile, findings });
        }
        let mut words = format!(
            "{}: made: {}, {}, BagIt 1.0, {}",
            shown(&path),
            count(payload_files, "file"),
            bytes(payload_bytes),
            manifests.join(" ")
        );
        if let Some(profile) = profile {
            words.push_str(&format!(", profile {profile}"));
        }
        output::line(&words);
        print(findings);
    }
}

fn print(findings: &Findings) {
    findings.list.iter().for_each(|finding| output::line(text::finding(finding).trim_end()));
}

/// The form that a target's name promises; a folder when it promises none.
fn form_of(target: &Path) -> Form {
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Form::of_name(name).1.unwrap_or(Form::BagFolder)
}

fn name_of(target: &Path) -> anyhow::Result<String> {
    let name = target.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("{} is no name for a bag", target.display()))?;
    Ok(Form::of_name(name).0.to_owned())
}

/// Returns the algorithms whose manifests a profile requires, and sha256 where it is allowed; `None` when these are
/// none at all or one of them is unknown here.
fn wanted_by(profile: &Profile) -> Option<Algorithms> {
    let names = profile.manifests_required.iter().chain(&profile.tag_manifests_required);
    let mut wanted = names.map(|name| name.parse::<Algorithm>().ok()).collect::<Option<Algorithms>>()?;
    let is_allowed = |allowed: &Option<Vec<String>>| {
        allowed.as_ref().is_none_or(|names| names.iter().any(|name| name.parse() == Ok(Algorithm::Sha256)))
    };
    if is_allowed(&profile.manifests_allowed) && is_allowed(&profile.tag_manifests_allowed) {
        wanted = wanted.with(Algorithm::Sha256);
    }
    (!wanted.is_empty()).then_some(wanted)
}
