//! validate: what was gathered is held against RFC 8493 and the profile.
//!
//! Takes the rows of the members and the kept tag files. Leaves the bag's tags and warnings, or a rejection with ALL
//! findings. Safe to repeat because it only reads.

use bagit::{Bag, Report};
use model::{Answer, ItemState, StepError};

use super::super::Work;
use super::layout::{KeptInStaging, Layout};
use super::profile::{self, Chosen};
use super::{members, rules};

/// Checks the bag and reports all that is wrong with it.
///
/// # Errors
/// Staging or the database cannot be read.
pub async fn validate(work: &Work) -> Result<Answer, StepError> {
    work.blocking(check).await
}

fn check(work: &Work) -> Result<Answer, StepError> {
    let staging = work.staging();
    let kept = KeptInStaging(&staging);
    let chosen = profile::choose(work, &kept)?;
    let mut members = members::load(work)?;
    if work.state.has_payload_folder {
        members.mark_payload_folder();
    }
    let layout = Layout::open(work).map_err(StepError::retry)?;
    let mut found = work.state.package_findings.clone();
    if let Chosen::Unreadable { name, because } = &chosen {
        found.push(rules::PROFILE_UNKNOWN.finding().at(name.clone()).seen(because.clone()));
    }
    let bag = Bag {
        members: &members,
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
