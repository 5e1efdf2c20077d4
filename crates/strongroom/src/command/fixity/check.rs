//! `strongroom fixity check`: replicas are read back and proven now.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use backends::database::{Database, NextCheck};
use clap::Args;
use digests::{Algorithm, Digest};
use model::{Evidence, HeldReplica, Object, ObjectId, ObjectIdentifier, StoreId};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::{House, Where};
use super::super::progress::Progress;
use super::super::{files, output, signals};
use crate::pipelines::fixity::{self, Checked, FixityTerms, Scope};
use crate::pipelines::{Meter, Signal};
use crate::runner::{self, Process};

/// Replicas listed at once.
const PAGE_ROWS: u32 = 500;

/// Check replicas now: read every byte back, compare, repair what is damaged.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom fixity check                                what is due, the oldest first
  strongroom fixity check local.archive/photographs      one object in every store
  strongroom fixity check local.archive/photographs/data/1923/harbour.png
  strongroom fixity check --store first --json
  strongroom fixity check --all --dry-run

What a replica must be comes from the registry, not from its store. Damage is confirmed by a second
read, noted (`strongroom incidents`), and the file written again from a store that has just proven it;
the wrong bytes are kept in the store's folder `quarantine`. A replica that cannot be read is not
called damaged and not called good. Of a FILE, the bytes of every version that has it are checked in
every store; that proves nothing of the rest, and the replica stays as old as it was. Exit code 0 when all is proven, after repairs too; 1 when damage
is left; 2 when a replica could not be checked.")]
pub struct Check {
    /// Objects, <institution>/<bag name>, or files, <institution>/<bag name>/<path in the bag>; in every store, or
    /// in that of --store
    #[arg(value_name = "OBJECT|FILE", value_parser = name)]
    objects: Vec<(ObjectIdentifier, Option<String>)>,
    /// In this store only
    #[arg(long, value_name = "STORE")]
    store: Option<StoreId>,
    /// Every replica, due or not
    #[arg(long, conflicts_with = "objects")]
    all: bool,
    /// Note damage, and change no replica
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a line: each replica, and the sums
    #[arg(long)]
    json: bool,
}

fn name(text: &str) -> Result<(ObjectIdentifier, Option<String>), String> {
    if text.matches('/').count() > 1 {
        return files::file(text).map(|(object, path)| (object, Some(path)));
    }
    text.parse().map(|object| (object, None)).map_err(|error: model::IdentifierError| error.to_string())
}

/// What was done in all.
#[derive(Debug, Default, Serialize)]
struct Sums {
    proven: u64,
    repaired: u64,
    damaged: u64,
    not_checked: u64,
    /// Not read, since their content is frozen: only looked at.
    looked_at: u64,
}

/// A line of the JSON output.
#[derive(Serialize)]
#[serde(tag = "told", rename_all = "snake_case")]
enum Line<'a> {
    Replica {
        object: &'a ObjectIdentifier,
        store: &'a StoreId,
        result: &'static str,
        repaired: u64,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        left: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        because: Option<&'a str>,
    },
    Sums(&'a Sums),
}

impl Check {
    /// Checks until all that was asked for is done, or a request to stop comes.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.check(at))
    }

    async fn check(self, at: &Where) -> anyhow::Result<Exit> {
        let asked = signals::Asked::listen()?;
        at.registry().await?.close().await;
        let house = House::open(at).await?;
        let process = house.enter()?;
        runner::release_dead(&house.context.database, &process).await?;
        let signal = Signal::default();
        asked.then_stop(&signal);
        let mut terms = FixityTerms::clone(&house.settings().fixity).without_limits();
        terms.repairs &= !self.dry_run;
        let mut checking =
            Checking { house, process, terms: Arc::new(terms), signal, json: self.json, sums: Sums::default() };
        if self.all || self.store.is_some() || !self.objects.is_empty() {
            self.chosen(&mut checking).await?;
        } else {
            runner::queue_all(&checking.house.context, &checking.terms).await?;
            while !checking.signal.is_raised() && checking.next(NextCheck::Queued, Scope::Whole).await? {}
        }
        checking.house.context.database.close().await;
        Ok(checking.tell())
    }

    async fn chosen(&self, checking: &mut Checking) -> anyhow::Result<()> {
        let database = checking.house.context.database.clone();
        if let Some(store) = &self.store
            && !database.stores().await?.contains(store)
        {
            bail!("there is no store {store}: `strongroom doctor` lists them");
        }
        if self.objects.is_empty() {
            return self.replicas(checking, None, &Scope::Whole).await;
        }
        for (identifier, path) in &self.objects {
            let object = database.object(identifier).await?;
            let object = object.with_context(|| format!("there is no object {identifier}"))?;
            let scope = match path {
                None => Scope::Whole,
                Some(path) => scope_of(&database, &object, path).await?,
            };
            self.replicas(checking, Some(object.id), &scope).await?;
        }
        Ok(())
    }

    async fn replicas(&self, checking: &mut Checking, object: Option<ObjectId>, scope: &Scope) -> anyhow::Result<()> {
        let database = checking.house.context.database.clone();
        let mut after: Option<HeldReplica> = None;
        loop {
            let from = after.as_ref().map(|last| (&last.store, last.object));
            let page = database.held_replicas(object, self.store.as_ref(), from, PAGE_ROWS).await?;
            for replica in &page {
                if checking.signal.is_raised() {
                    return Ok(());
                }
                if !checking.next(NextCheck::Of(replica.object, &replica.store), scope.clone()).await? {
                    checking.told(replica, &Checked::NotChecked("another process checks it now".to_owned()));
                }
            }
            match page.into_iter().next_back() {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }
}

/// Returns the contents of a file: one for each version that brought other bytes.
async fn scope_of(database: &Database, object: &Object, path: &str) -> anyhow::Result<Scope> {
    let history = database.file_history(object.id, path).await?;
    let sha256 = |(name, hex): &(String, String)| {
        let is_sha256 = name == Algorithm::Sha256.name();
        is_sha256.then(|| Digest::parse(Algorithm::Sha256, hex).ok()).flatten()
    };
    let mut contents: Vec<_> = history.iter().filter_map(|file| file.digests.iter().find_map(sha256)).collect();
    contents.sort_unstable();
    contents.dedup();
    if contents.is_empty() {
        bail!("no version of {} has a file {path}: `strongroom files list` lists them", object.identifier);
    }
    Ok(Scope::Contents(contents))
}

struct Checking {
    house: House,
    process: Process,
    terms: Arc<FixityTerms>,
    signal: Signal,
    json: bool,
    sums: Sums,
}

impl Checking {
    /// Checks one replica; `false` when there is none to be had.
    async fn next(&mut self, next: NextCheck<'_>, scope: Scope) -> anyhow::Result<bool> {
        let context = self.house.context.clone();
        let now = context.clock.now();
        let claim = context.database.claim_fixity(next, self.process.owner(), now, now + fixity::LEASE).await?;
        let Some(claim) = claim else { return Ok(false) };
        let (replica, meter) = (claim.replica.clone(), Arc::new(Meter::default()));
        let progress = Progress::follow(&format!("{} in {}", replica.identifier.name, replica.store), meter.clone());
        let (terms, signal) = (self.terms.clone(), self.signal.clone());
        let contents = match &scope {
            Scope::Whole => None,
            Scope::Contents(contents) => Some(contents.len() as u64),
        };
        let checked = runner::check_replica(&context, claim, terms, scope, meter, signal).await?;
        drop(progress);
        if let Some(checked) = checked {
            // Of a part, what was checked of the replica is its contents.
            let seen = contents.map_or(replica.clone(), |files| HeldReplica { files, size_bytes: 0, ..replica });
            self.told(&seen, &checked);
        }
        Ok(true)
    }

    fn told(&mut self, replica: &HeldReplica, checked: &Checked) {
        let (result, repaired, left, because) = match checked {
            Checked::Proven { repaired, evidence: Evidence::A, .. } => ("proven", *repaired, &[][..], None),
            Checked::Proven { repaired, .. } => ("looked_at", *repaired, &[][..], None),
            Checked::Damaged { repaired, left } => ("damaged", *repaired, left.as_slice(), None),
            Checked::NotChecked(because) => ("not_checked", 0, &[][..], Some(because.as_str())),
        };
        match checked {
            Checked::Proven { evidence: Evidence::A, .. } => self.sums.proven += 1,
            Checked::Proven { .. } => self.sums.looked_at += 1,
            Checked::Damaged { .. } => self.sums.damaged += 1,
            Checked::NotChecked(_) => self.sums.not_checked += 1,
        }
        self.sums.repaired += repaired;
        if self.json {
            let (object, store) = (&replica.identifier, &replica.store);
            return output::json(&Line::Replica { object, store, result, repaired, left, because });
        }
        let place = format!("{} in the store {}", replica.identifier, replica.store);
        match checked {
            Checked::Proven { evidence, .. } if *evidence != Evidence::A => {
                let what = evidence.meaning();
                output::line(&format!("{place}: content is frozen and was not read: grade {evidence}, {what}"));
            }
            Checked::Proven { repaired: 0, .. } => {
                let files = output::count(replica.files, "file");
                let bytes = match replica.size_bytes {
                    0 => String::new(),
                    bytes => format!(", {}", output::bytes(bytes)),
                };
                output::line(&format!("{place}: proven, {files}{bytes}"));
            }
            Checked::Proven { repaired, .. } => {
                output::line(&format!("{place}: proven, after {} of damage", output::count(*repaired, "repair")));
            }
            Checked::Damaged { left, .. } => {
                output::line(&format!("{place}: DAMAGED"));
                left.iter().for_each(|one| output::line(&format!("  {one}")));
            }
            Checked::NotChecked(because) => output::line(&format!("{place}: not checked: {because}")),
        }
    }

    fn tell(&self) -> Exit {
        let sums = &self.sums;
        if self.json {
            output::json(&Line::Sums(sums));
        } else {
            if sums.looked_at > 0 {
                output::note(&format!("{} not read but looked at", output::count(sums.looked_at, "frozen replica")));
            }
            output::note(&format!(
                "{} proven, {} made, {} damaged, {} not checked",
                output::count(sums.proven, "replica"),
                output::count(sums.repaired, "repair"),
                sums.damaged,
                sums.not_checked
            ));
        }
        match (sums.damaged, sums.not_checked) {
            _ if self.signal.is_raised() => Exit::Later,
            (0, 0) => Exit::Done,
            (0, _) => Exit::Failed,
            _ => Exit::Refused,
        }
    }
}
