//! The whole check of a bag: every rule, all findings.

use findings::Findings;
use serde::Serialize;

use crate::checks::{self, Context};
use crate::{BagitError, Kept, Members, PathClass, Profile, Serialization, Tag, rules};

/// A bag as a package reader found it. The digests of the members are already there.
#[derive(Clone)]
pub struct Bag<'a> {
    /// The members, with their digests.
    pub members: &'a Members,
    /// The contents of the tag files and manifests.
    pub kept: &'a dyn Kept,
    /// How the bag was packed; `None` for a folder.
    pub serialization: Option<Serialization>,
    /// The name of the folder at the top of the archive, or of the folder itself.
    pub top_folder: Option<&'a str>,
    /// The name of the package without its ending.
    pub package_name: Option<&'a str>,
    /// The profile to check against, if any.
    pub profile: Option<&'a Profile>,
    /// What the package reader found.
    pub found: Findings,
}

impl Bag<'_> {
    /// Returns whether the bag has so few members that threads would cost more than they spare.
    pub(crate) fn is_small(&self) -> bool {
        self.members.len() < 1_000
    }
}

/// What the check of a bag brought to light.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// All findings, those of the package reader first.
    pub findings: Findings,
    /// The version of BagIt, as `bagit.txt` writes it.
    pub version: Option<String>,
    /// The encoding of the tag files, as `bagit.txt` writes it.
    pub encoding: Option<String>,
    /// The tags of `bagit.txt`, of the bag's metadata and of the tag files at the base folder that consist of tags.
    pub tags: Vec<Tag>,
    /// How many payload files there are.
    pub payload_files: u64,
    /// How many bytes they have together.
    pub payload_bytes: u64,
    /// How many other files there are: declaration, manifests, tag files.
    pub tag_files: u64,
    /// The algorithms of the payload manifests, as their names write them.
    pub manifests: Vec<String>,
    /// The algorithms of the tag manifests, as their names write them.
    pub tag_manifests: Vec<String>,
    /// Whether there is a `fetch.txt`.
    pub has_fetch: bool,
    /// How the bag was packed; `None` for a folder.
    pub serialization: Option<Serialization>,
    /// The name of the bag's folder.
    pub top_folder: Option<String>,
    /// The name of the package without its ending.
    pub package_name: Option<String>,
    /// The profile that the bag names, as written.
    pub profile_identifier: Option<String>,
    /// The identifier of the profile that the bag was checked against.
    pub checked_profile: Option<String>,
}

impl Report {
    /// Returns whether nothing stands in the way of acceptance.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.findings.is_acceptable()
    }

    /// Returns the first value of a tag.
    #[must_use]
    pub fn tag(&self, file: &str, name: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.is_called(file, name)).map(|tag| tag.value.as_str())
    }
}

/// Checks a bag against BagIt, and against a profile if there is one. Goes on after every finding.
///
/// Memory beyond the members' own: about 20 bytes a member, and what the findings take.
///
/// # Errors
/// The kept contents cannot be read; then nothing is known about the bag.
pub fn validate(bag: &Bag<'_>) -> Result<Report, BagitError> {
    let mut report = summary(bag);
    let declaration = checks::declaration(bag, &mut report.findings)?;
    let mut context = Context::new(bag, &declaration, std::mem::take(&mut report.findings));
    context.tags = declaration.tags;
    // Names and manifests each cost a look at every member, and neither needs the other.
    let names = if bag.is_small() {
        contents(&mut context, &report)?;
        checks::names(bag)
    } else {
        std::thread::scope(|scope| {
            let names = scope.spawn(|| checks::names(bag));
            contents(&mut context, &report)?;
            Ok::<_, BagitError>(names.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?
    };
    context.findings.append(names);
    report.tags = std::mem::take(&mut context.tags);
    report.version = declaration.version_text;
    report.encoding = declaration.encoding_text;
    report.profile_identifier = metadata_value(&report, "BagIt-Profile-Identifier");
    checks::profile(&mut context, &report);
    report.findings = context.findings;
    Ok(report)
}

/// Checks what the tag files and manifests say, and the payload against it.
fn contents(context: &mut Context<'_>, report: &Report) -> Result<(), BagitError> {
    checks::tag_files(context)?;
    checks::oxum(context, report);
    let payload_lists = checks::payload_manifests(context)?;
    checks::payload_completeness(context, &payload_lists);
    checks::tag_manifests(context)?;
    checks::fetch(context, &payload_lists)
}

/// Gathers what the members alone tell.
fn summary(bag: &Bag<'_>) -> Report {
    let mut report = Report {
        findings: bag.found.clone(),
        version: None,
        encoding: None,
        tags: Vec::new(),
        payload_files: 0,
        payload_bytes: 0,
        tag_files: 0,
        manifests: Vec::new(),
        tag_manifests: Vec::new(),
        has_fetch: false,
        serialization: bag.serialization,
        top_folder: bag.top_folder.map(str::to_owned),
        package_name: bag.package_name.map(str::to_owned),
        profile_identifier: None,
        checked_profile: bag.profile.and_then(|profile| profile.info.identifier.clone()),
    };
    for (_, member) in bag.members.iter() {
        match member.class {
            PathClass::Payload => {
                report.payload_files += 1;
                report.payload_bytes = report.payload_bytes.saturating_add(member.size_bytes);
                continue;
            }
            PathClass::PayloadManifest(algorithm) => report.manifests.push(algorithm.to_owned()),
            PathClass::TagManifest(algorithm) => report.tag_manifests.push(algorithm.to_owned()),
            PathClass::Fetch => report.has_fetch = true,
            PathClass::Declaration | PathClass::Tag => {}
        }
        report.tag_files += 1;
    }
    if !bag.members.has_payload_folder() {
        report.findings.push(rules::PAYLOAD_FOLDER_MISSING.finding());
    } else if report.payload_files == 0 {
        report.findings.push(rules::PAYLOAD_EMPTY.finding().at("data"));
    }
    report
}

fn metadata_value(report: &Report, name: &str) -> Option<String> {
    let is_metadata = |tag: &&Tag| matches!(tag.file.as_str(), "bag-info.txt" | "package-info.txt");
    report.tags.iter().filter(is_metadata).find(|tag| tag.name.eq_ignore_ascii_case(name)).map(|tag| tag.value.clone())
}
