//! validate: what was gathered is held against RFC 8493 and the profile.
//!
//! Takes the rows of the members and the kept tag files. Leaves the bag's tags and warnings, or a rejection with ALL
//! findings. Safe to repeat because it only reads.

use bagit::{Bag, Kept as _, Members, PathClass, Report};
use digests::Algorithm;
use model::{Answer, ItemState, Stage, StepError};

use super::super::Work;
use super::layout::{KeptInStaging, Layout};
use super::profile::{self, Chosen};
use super::{members, object, rules, sidecars};

/// Checks the bag and reports all that is wrong with it.
///
/// # Errors
/// Staging or the database cannot be read.
pub async fn validate(work: &Work) -> Result<Answer, StepError> {
    object::unless_gone(work, work.blocking(check).await).await
}

fn check(work: &Work) -> Result<Answer, StepError> {
    let staging = work.staging();
    let kept = KeptInStaging(&staging);
    let (remembered, loaded);
    let members = match work.remembered.get() {
        Some(gathered) => {
            remembered = gathered;
            &remembered.members
        }
        None => {
            loaded = load(work)?;
            &loaded
        }
    };
    prove_kept(members, &kept)?;
    let chosen = profile::choose(work, &kept)?;
    let layout = Layout::open(work)?;
    let mut found = work.state.package_findings.clone();
    if let Chosen::Unreadable { name, because } = &chosen {
        found.push(rules::PROFILE_UNKNOWN.finding().at(name.clone()).seen(because.clone()));
    }
    let bag = Bag {
        members,
        kept: &kept,
        serialization: layout.package().serialization(),
        top_folder: work.state.top_folder.as_deref(),
        package_name: Some(layout.package().name()),
        profile: chosen.profile(),
        found,
    };
    let report = bagit::validate(&bag).map_err(StepError::retry)?;
    work.meter.add_files(members.len() as u64);
    if report.is_valid() { Ok(accept(work, report, &chosen)) } else { Ok(Answer::Reject(Box::new(report.findings))) }
}

/// Returns the members out of their rows: another process has gathered them, or there are too many to be remembered.
fn load(work: &Work) -> Result<Members, StepError> {
    let mut members = members::load(work)?;
    if work.state.has_payload_folder {
        members.mark_payload_folder();
    }
    Ok(members)
}

/// Makes sure that the kept files are what was gathered. Staging is not synchronised to its disk: after a power cut a
/// file may be lost, and the bag must not be blamed for that.
fn prove_kept(members: &Members, kept: &KeptInStaging<'_>) -> Result<(), StepError> {
    for (index, member) in members.iter().filter(|(_, member)| member.class.is_kept(member.path)) {
        let Some(expected) = members.digest(index, Algorithm::Sha256) else { continue };
        let seen = match kept.open(member.path).map_err(StepError::retry)? {
            Some(mut file) => sidecars::digest_of(&mut file).map_err(StepError::retry)?,
            None => None,
        };
        // Of a tag file beyond the bound only the beginning is kept; manifests are kept whole.
        let is_whole = member.class != PathClass::Tag || member.size_bytes <= bagit::TAG_FILE_BYTES_MAX;
        if is_whole && seen != Some(expected) {
            let because = format!("what staging keeps of {} is not what was gathered; reading it again", member.path);
            return Err(StepError::RetryFrom(Stage::Gather, because.into()));
        }
    }
    Ok(())
}

fn accept(work: &Work, report: Report, chosen: &Chosen) -> Answer {
    let tags = report.tags.into_iter().map(|tag| (tag.file, tag.name, tag.value)).collect();
    Answer::done(ItemState {
        tags,
        profile: chosen.name().map(str::to_owned),
        warnings: report.findings,
        package_findings: findings::Findings::default(),
        ..ItemState::clone(&work.state)
    })
}
