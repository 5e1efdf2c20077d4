//! `strongroom ingest`: takes bags in, in this process, and prints a receipt for each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use backends::database::{Database, Enqueued, ItemFilter};
use backends::storage::ObjectAddress;
use clap::Args;
use model::{Action, DepositOptions, InstitutionName, ItemId, ReDeposit, Status, WorkItem};

use super::collector::Collector;
use super::dry_run::dry_run;
use super::exit::Exit;
use super::house::{House, Where};
use super::progress::Progress;
use super::{bucket_address, output, receipt, signals};
use crate::actions;
use crate::config::Config;
use crate::pipelines::{Clock, DepositBuckets, Meter, Signal};
use crate::runner::{self, Ended, Process, Settings};

/// How long to wait before looking again at an item that another process holds.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// Take bags in: validate, store in every store, prove, record.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom ingest samples/photographs.tar
  strongroom ingest --profile aptrust --json bags/*.tar
  strongroom ingest --tag Source-Organization='Example Library' letters/
  strongroom ingest --dry-run bag.zip

Killed or stopped, the same command goes on where it was. A deposit that was seen before is recognised.")]
pub struct Ingest {
    /// Bags: .tar, .tar.gz, .tgz, .tar.zst, .zip, unpacked folders, or plain folders, which are bagged on the way; archives
    /// also in a bucket of the configuration, as s3://bucket/key
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The profile to validate against: a built-in name (aptrust, btr) or a file
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// The storage option, over whatever the bag's tags say
    #[arg(long, value_name = "NAME")]
    storage_option: Option<String>,
    /// The institution that deposits [default: the first one configured]
    #[arg(long, value_name = "DOMAIN")]
    institution: Option<InstitutionName>,
    /// A tag for bag-info.txt of a plain folder; may be given several times
    #[arg(long = "tag", value_name = "NAME=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// Make the new bag the whole truth: the next version lacks the files that it lacks
    #[arg(long)]
    replace: bool,
    /// Print receipts, and findings of refused bags, as one JSON object a line
    #[arg(long)]
    json: bool,
    /// Say what would be done and what would fail, and change nothing
    #[arg(long)]
    dry_run: bool,
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    if name.trim().is_empty() || name.contains(':') || text.contains(['\r', '\n']) {
        return Err("a tag has a name without colon, and is one line".to_owned());
    }
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Returns the address of a deposit in a bucket.
fn in_bucket(path: &Path) -> anyhow::Result<Option<&str>> {
    path.to_str().map_or(Ok(None), bucket_address::in_bucket)
}

impl Ingest {
    /// Takes all paths in, one after the other; the exit is that of the worst.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let asked = signals::Asked::listen()?;
        let config = at.config()?;
        let institution = self.institution(&config)?;
        self.check_storage_option(&config)?;
        if self.dry_run {
            return self.rehearse(at, &config, &institution).await;
        }
        let house = House::open(at).await?;
        let process = house.enter()?;
        let collector = Collector::start(&house, &process);
        let settings = Settings { traces: collector.traces(), ..house.settings() };
        let ingesting = Ingesting { settings, house, process, signal: Signal::default() };
        runner::release_dead(&ingesting.house.context.database, &ingesting.process).await?;
        runner::remove_leftovers(&ingesting.house.context).await?;
        asked.then_stop(&ingesting.signal);
        let mut worst = Exit::Done;
        for path in &self.paths {
            let exit = match self.one(&ingesting, path, &institution).await {
                Ok(exit) => exit,
                Err(error) => {
                    output::error(&format!("{}: {error:#}", path.display()));
                    Exit::Failed
                }
            };
            worst = worst.max(exit);
            if ingesting.signal.is_raised() {
                break;
            }
        }
        // An older deposit that a newer one superseded has nobody else to clean up after it.
        runner::remove_leftovers(&ingesting.house.context).await?;
        ingesting.house.context.database.close().await;
        collector.stop();
        Ok(worst)
    }

    /// Goes through all paths without doing anything.
    async fn rehearse(&self, at: &Where, config: &Config, institution: &InstitutionName) -> anyhow::Result<Exit> {
        let mut worst = Exit::Done;
        for path in &self.paths {
            if in_bucket(path)?.is_some() {
                bail!("{}: --dry-run looks at deposits of this machine only: get it here first", path.display());
            }
            let deposit = actions::describe(path, institution, self.options()?)?;
            let answer = dry_run(at, config, &deposit, Clock::system().now()).await?;
            if self.json {
                output::json(&answer)
            } else {
                answer.print()
            }
            worst = worst.max(answer.exit());
        }
        Ok(worst)
    }

    fn institution(&self, config: &Config) -> anyhow::Result<InstitutionName> {
        let Some(asked) = &self.institution else {
            return config.institutions.first().cloned().context("no institution is configured");
        };
        if config.institutions.contains(asked) {
            return Ok(asked.clone());
        }
        let known: Vec<_> = config.institutions.iter().map(InstitutionName::as_str).collect();
        bail!("the institution {asked} is not configured; there are: {}", known.join(", "))
    }

    fn check_storage_option(&self, config: &Config) -> anyhow::Result<()> {
        let Some(asked) = &self.storage_option else { return Ok(()) };
        let names: Vec<_> = config.storage_options.iter().map(|option| option.name.as_str()).collect();
        if names.iter().any(|name| name.eq_ignore_ascii_case(asked)) {
            return Ok(());
        }
        bail!("there is no storage option {asked}; there are: {}", names.join(", "))
    }

    fn options(&self) -> anyhow::Result<DepositOptions> {
        let profile = match &self.profile {
            Some(name) if !bagit::Profile::BUILT_IN.contains(&name.as_str()) => {
                let file = std::fs::canonicalize(name).with_context(|| {
                    format!("{name} is no file and no built-in profile ({})", bagit::Profile::BUILT_IN.join(", "))
                })?;
                Some(file.display().to_string())
            }
            other => other.clone(),
        };
        Ok(DepositOptions {
            profile,
            storage_option: self.storage_option.clone(),
            re_deposit: if self.replace { ReDeposit::Replace } else { ReDeposit::Merge },
            tags: self.tags.clone(),
        })
    }

    async fn one(&self, ingesting: &Ingesting, path: &Path, institution: &InstitutionName) -> anyhow::Result<Exit> {
        let deposit = match in_bucket(path)? {
            Some(url) => {
                let address = ObjectAddress::parse(url)?;
                let buckets = &ingesting.house.context.deposit_buckets;
                let client = buckets.client(&address).with_context(|| DepositBuckets::advice(&address))?;
                actions::describe_object(client, &address, institution, self.options()?)?
            }
            None => actions::describe(path, institution, self.options()?)?,
        };
        let database = &ingesting.house.context.database;
        let id = match database.enqueue(&deposit, ingesting.house.context.clock.now()).await? {
            Enqueued::New(id) => id,
            Enqueued::Known(item) => {
                if item.status.is_ended() && !self.json {
                    output::line(&format!(
                        "This very deposit was seen before, as work item {}: nothing was done.",
                        item.id
                    ));
                }
                item.id
            }
        };
        let item = ingesting.until_ended(id).await?;
        self.report(database, &item).await
    }

    async fn report(&self, database: &Database, item: &WorkItem) -> anyhow::Result<Exit> {
        match item.status {
            Status::Success => {
                let receipt = actions::receipt(database, item).await?.context("the item is done but has no receipt")?;
                if self.json {
                    output::json(&receipt)
                } else {
                    receipt::print(&receipt)
                }
                Ok(Exit::Done)
            }
            Status::Rejected => {
                let findings = database.item_findings(item.id).await?.unwrap_or_default();
                if self.json {
                    output::json(&serde_json::json!({ "item": item, "findings": findings }));
                } else {
                    output::line(&format!(
                        "Refused: {} has {} and {}. Nothing of it is stored; the deposit stays at {}",
                        item.deposit.identifier,
                        output::count(findings.errors, "error"),
                        output::count(findings.warnings, "warning"),
                        item.deposit.path
                    ));
                    receipt::findings("  ", &findings.list);
                    output::line(&format!(
                        "Mend the bag and ingest it again; or, to judge the same bag anew: strongroom item retry {}",
                        item.id
                    ));
                }
                Ok(Exit::Refused)
            }
            _ => Ok(self.report_unfinished(item)),
        }
    }

    fn report_unfinished(&self, item: &WorkItem) -> Exit {
        if self.json {
            output::json(&serde_json::json!({ "item": item }));
        }
        let because = item.outcome.as_deref().or(item.last_error.as_deref()).unwrap_or("it was stopped");
        let (text, exit) = match item.status {
            Status::Cancelled => (
                format!("was cancelled: {because}; to take it in after all: strongroom item retry {}", item.id),
                Exit::Refused,
            ),
            Status::Stopped => {
                (format!("needs a person: {because}; then: strongroom item retry {}", item.id), Exit::Failed)
            }
            _ => (
                format!(
                    "is not done yet: {because}. Nothing is lost; the same command, or strongroom up, goes on with it \
                     (next try {})",
                    item.next_try_at
                ),
                Exit::Later,
            ),
        };
        output::note(&format!("{} (work item {}) {text}", item.deposit.identifier, item.id));
        exit
    }
}

/// What all paths of one call share.
struct Ingesting {
    house: House,
    process: Process,
    settings: Settings,
    signal: Signal,
}

impl Ingesting {
    /// Runs an item, and first any older one of the same object that stands in its way, until it has ended, must wait
    /// for its next try, or this process is to stop.
    async fn until_ended(&self, id: ItemId) -> anyhow::Result<WorkItem> {
        let database = &self.house.context.database;
        loop {
            let item = database.item(id).await?.context("the work item is gone")?;
            if item.status.is_ended() || self.signal.is_raised() {
                return Ok(item);
            }
            let first = self.in_the_way(&item).await?.unwrap_or(id);
            let now = self.house.context.clock.now();
            let claim = database.claim_item(first, self.process.owner(), now, now + self.settings.lease).await?;
            let Some(claim) = claim else {
                if let Some(deletion) = database.deletion_under_way(&item.deposit.identifier).await? {
                    bail!(
                        "deletion {deletion} of {} is being carried out: let it end (`strongroom delete run`), then \
                         ingest again",
                        item.deposit.identifier
                    );
                }
                tokio::time::sleep(LOOK_AGAIN).await;
                runner::release_dead(database, &self.process).await?;
                continue;
            };
            let meter = Arc::new(Meter::default());
            let _progress = Progress::follow(claim.item.deposit.identifier.name.as_str(), meter.clone());
            let signal = Signal::linked(&self.signal);
            let ended = runner::run_item(&self.house.context, claim, &self.settings, meter, signal).await?;
            if let (Ended::Until(..) | Ended::HandedBack, true) = (&ended, first == id) {
                return database.item(id).await?.context("the work item is gone");
            }
            if let Ended::Until(until, because) = ended {
                bail!("an older deposit of the same bag, item {first}, comes first and waits until {until}: {because}");
            }
        }
    }

    async fn in_the_way(&self, item: &WorkItem) -> anyhow::Result<Option<ItemId>> {
        let object = Some(item.deposit.identifier.clone());
        let filter = ItemFilter { object, before: Some(item.id), most: 100, ..ItemFilter::default() };
        let older = self.house.context.database.items(&filter).await?;
        // A deletion that waits for its time is in nobody's way, and nobody may hasten it.
        let older = older.into_iter().filter(|older| older.action == Action::Ingest);
        Ok(older.filter(|older| !older.status.is_ended()).map(|older| older.id).min())
    }
}
