//! `GET /api/v1/jobs`: jobs on whole stores.

use backends::database::JobFilter;
use model::JobStatus;

use super::answer::{Answer, page};
use super::asked::Asked;

/// Lists jobs, newest first.
///
/// # Errors
/// A parameter cannot be understood; the registry cannot be asked.
pub async fn list(asked: Asked) -> Answer {
    let limit = asked.limit()?;
    let all = [JobStatus::Pending, JobStatus::Started, JobStatus::Done, JobStatus::Stopped, JobStatus::Cancelled];
    let filter = JobFilter {
        status: asked.word("status", &all.map(|status| (status.name(), status)))?,
        before: asked.parameter("before")?,
        most: limit + 1,
    };
    let jobs = asked.database.jobs(&filter).await?;
    page(&asked, limit, jobs, |last| [("before", last.id.to_string())])
}
