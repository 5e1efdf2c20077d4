//! `strongroom jobs`: the jobs on whole stores.

use backends::database::{Asking, JobFilter};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use model::{Job, JobId, JobStatus};

use super::exit::Exit;
use super::house::Where;
use super::page::Page;
use super::table::{Side, Table};
use super::{job_at_work, output, run};

/// List the jobs on whole stores, newest first; show or cancel one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  strongroom jobs
  strongroom jobs --status stopped --json
  strongroom jobs show 4
  strongroom jobs cancel 4

Jobs are what `strongroom audit` and `strongroom store` do. One that was killed or waits is gone on
with by the same command, and by `strongroom up`.")]
pub struct Jobs {
    #[command(subcommand)]
    command: Option<JobsCommand>,
    /// With this status only
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only those before this number: the cursor of the next page
    #[arg(long, value_name = "ID")]
    before: Option<JobId>,
    #[command(flatten)]
    page: Page,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Show a job and all that it came upon
    Show(Show),
    /// End jobs for good; what they have done stays
    Cancel(Cancel),
}

/// Show a job and all that it came upon.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  strongroom jobs show 4 --json\n  strongroom audit show 4")]
pub struct Show {
    /// The number of the job
    #[arg(value_name = "ID")]
    id: JobId,
    /// Print one JSON object a line: each result, and the job
    #[arg(long)]
    json: bool,
}

/// End jobs for good.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  strongroom jobs cancel 4\n\n\
    What a job has brought into a store stays there, and what it has let go is gone from the books.\n\
    A store whose evacuation is cancelled takes deposits again.")]
struct Cancel {
    /// The numbers of the jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<JobId>,
    /// Who cancels, for the record
    #[arg(long, env = "USER", hide_env_values = true, default_value = "the operator", value_name = "NAME")]
    by: String,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Status {
    /// Waiting
    Pending,
    /// In work
    Started,
    /// Done, its end state proven
    Done,
    /// A person must look
    Stopped,
    /// Ended by a person
    Cancelled,
}

impl Jobs {
    /// Lists, shows or cancels.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        match self.command {
            None => run::now(self.list(at)),
            Some(JobsCommand::Show(show)) => run::now(show.look(at)),
            Some(JobsCommand::Cancel(cancel)) => run::now(cancel.cancel(at)),
        }
    }

    async fn list(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let status = self.status.map(|status| match status {
            Status::Pending => JobStatus::Pending,
            Status::Started => JobStatus::Started,
            Status::Done => JobStatus::Done,
            Status::Stopped => JobStatus::Stopped,
            Status::Cancelled => JobStatus::Cancelled,
        });
        let filter = JobFilter { status, before: self.before, most: self.page.most() };
        let jobs = database.jobs(&filter).await?;
        database.close().await;
        let table = Table::new(&[
            ("job", Side::Right),
            ("kind", Side::Left),
            ("store", Side::Left),
            ("status", Side::Left),
            ("asked for", Side::Left),
            ("results", Side::Right),
            ("copied", Side::Right),
            ("what came of it", Side::Left),
        ]);
        self.page.print(jobs, table, cells, |last| format!("--before {}", last.id));
        Ok(Exit::Done)
    }
}

fn cells(job: &Job) -> Vec<String> {
    vec![
        job.id.to_string(),
        job.kind.to_string(),
        job.store.to_string(),
        job.status.to_string(),
        output::time(job.created_at),
        job.progress.results.to_string(),
        output::bytes(job.progress.bytes),
        job.outcome.clone().or_else(|| job.last_error.clone()).unwrap_or_default(),
    ]
}

impl Show {
    /// Shows the job.
    pub async fn look(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let exit = job_at_work::tell(&database, self.id, self.json).await?;
        database.close().await;
        Ok(exit)
    }
}

impl Cancel {
    async fn cancel(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let mut worst = Exit::Done;
        for id in self.ids {
            let exit = match database.cancel_job(id, &self.by, Timestamp::now()).await? {
                Asking::Done => said(&format!("job {id} is cancelled")),
                Asking::Noted => said(&format!("job {id} ends within seconds")),
                Asking::Unknown => refused(&format!("there is no job {id}")),
                Asking::Refused => refused(&format!("job {id} has ended already")),
            };
            worst = worst.max(exit);
        }
        database.close().await;
        Ok(worst)
    }
}

fn said(text: &str) -> Exit {
    output::line(text);
    Exit::Done
}

fn refused(text: &str) -> Exit {
    output::error(text);
    Exit::Refused
}
