//! A job in the foreground: asked for, worked on in this process, and told.

use std::sync::Arc;

use backends::database::{Database, JobEnd, JobRequest};
use model::{Job, JobId, JobKind, JobResult, JobStatus, Weight};
use serde::Serialize;

use super::exit::Exit;
use super::house::{House, Where};
use super::progress::Progress;
use super::{output, signals};
use crate::pipelines::{Meter, Signal};
use crate::runner;

/// Results read at once.
const PAGE_ROWS: u32 = 1_000;

/// A line of the JSON output.
#[derive(Serialize)]
#[serde(tag = "told", rename_all = "snake_case")]
enum Line<'a> {
    Result(&'a JobResult),
    Job(&'a Job),
}

/// Asks for a job, or for the same one that waits already, and works on it to its end.
///
/// # Errors
/// The installation cannot be opened, or the database cannot be reached.
pub async fn work(house: &House, request: &JobRequest, json: bool) -> anyhow::Result<Exit> {
    let asked = signals::Asked::listen()?;
    let context = &house.context;
    let process = house.enter()?;
    runner::release_dead(&context.database, &process).await?;
    let settings = house.settings();
    let now = context.clock.now();
    let job = context.database.request_job(request, now).await?;
    let Some(claim) = context.database.claim_job(Some(job.id), process.owner(), now, now + settings.lease).await?
    else {
        output::note(&format!(
            "job {id} is in work in another process; how far it is says `strongroom jobs show {id}`",
            id = job.id
        ));
        return Ok(Exit::Later);
    };
    if claim.fence > 1 {
        output::note(&format!("going on with job {}", job.id));
    }
    let signal = Signal::default();
    asked.then_stop(&signal);
    let meter = Arc::new(Meter::default());
    let progress = Progress::follow(&format!("{} {}", job.kind, job.store), meter.clone());
    let end = runner::run_job(context, claim, &settings, meter, signal).await?;
    drop(progress);
    let exit = tell(&context.database, job.id, json).await?;
    Ok(match end {
        None | Some(JobEnd::Later { .. } | JobEnd::HandedBack | JobEnd::Cancelled(_)) => {
            if !json {
                let id = job.id;
                output::note(&format!("the same command goes on with job {id}, and so does `strongroom up`"));
            }
            Exit::Later
        }
        Some(JobEnd::Done(_) | JobEnd::Stopped(_)) => exit,
    })
}

/// Opens the installation and works on a job.
///
/// # Errors
/// As [`work`].
pub async fn open_and_work(at: &Where, request: &JobRequest, json: bool) -> anyhow::Result<Exit> {
    let house = House::open(at).await?;
    let exit = work(&house, request, json).await?;
    house.context.database.close().await;
    Ok(exit)
}

/// Prints what a job came upon, and how it stands.
///
/// # Errors
/// The database cannot be read.
pub async fn tell(database: &Database, id: JobId, json: bool) -> anyhow::Result<Exit> {
    let Some(job) = database.job(id).await? else {
        output::error(&format!("there is no job {id}"));
        return Ok(Exit::Refused);
    };
    let mut from = 0;
    loop {
        let page = database.job_results(id, from, PAGE_ROWS).await?;
        if page.is_empty() {
            break;
        }
        from += page.len() as u64;
        page.iter().for_each(|result| if json { output::json(&Line::Result(result)) } else { line(result) });
    }
    if json {
        output::json(&Line::Job(&job));
    } else {
        print(&job, from);
    }
    Ok(exit(&job))
}

fn line(result: &JobResult) {
    let what = match result.weight {
        Weight::Damage => result.result.to_uppercase(),
        Weight::Strange | Weight::NotChecked | Weight::Note => result.result.clone(),
    };
    let path = match (&result.object, result.path.as_str()) {
        (Some(object), "") => object.clone(),
        (Some(object), path) => format!("{object}: {path}"),
        (None, path) => path.to_owned(),
    };
    output::line(&format!("{what} in the store {}: {path}", result.store));
    output::line(&format!("  {}", result.detail));
}

fn print(job: &Job, shown: u64) {
    output::line(&format!("job {}: {} {}, {}", job.id, job.kind, job.store, job.status));
    for (name, count) in job.progress.counts.iter().filter(|(name, _)| !name.starts_with("weight ")) {
        output::field(name, &format!("{count}"));
    }
    if job.progress.bytes > 0 {
        output::field("bytes", &output::bytes(job.progress.bytes));
    }
    if shown < job.progress.results {
        output::note(&format!("{} more results were counted and not kept", job.progress.results - shown));
    }
    for text in job.outcome.iter().chain(&job.last_error) {
        output::line(&format!("  {text}"));
    }
}

/// What a finished job says about the stores.
fn exit(job: &Job) -> Exit {
    let counted = |weight: Weight| job.progress.counted(&format!("weight {weight}"));
    let is_looking = matches!(job.kind, JobKind::Audit | JobKind::Compare);
    match job.status {
        JobStatus::Pending | JobStatus::Started | JobStatus::Cancelled => Exit::Later,
        JobStatus::Stopped if counted(Weight::Damage) > 0 => Exit::Refused,
        JobStatus::Stopped => Exit::Failed,
        JobStatus::Done if !is_looking => Exit::Done,
        JobStatus::Done if counted(Weight::Damage) + counted(Weight::Strange) > 0 => Exit::Refused,
        JobStatus::Done if counted(Weight::NotChecked) > 0 => Exit::Failed,
        JobStatus::Done => Exit::Done,
    }
}
