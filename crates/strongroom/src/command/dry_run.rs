//! `strongroom ingest --dry-run`: all that would be done and what would fail. Changes nothing, makes nothing.

use std::path::Path;

use backends::database::{Database, FileFilter};
use bagit::{BagOptions, Form, GatherOptions, Gathered, Package, PathClass, Profile, Report, Spool};
use digests::{Algorithm, Algorithms};
use findings::Findings;
use jiff::Timestamp;
use model::{Deposit, Object, ReDeposit, Status, Totals};
use serde::Serialize;

use super::exit::Exit;
use super::house::{Where, is_made};
use super::{output, receipt};
use crate::config::{Config, Place};

/// Files of the registry that are compared at once.
const PAGE_FILES: u32 = 50_000;

/// What would become of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Would {
    /// It would be stored as a version.
    Store,
    /// It would be recognised, and nothing done.
    Nothing,
    /// It would be refused.
    Refuse,
    /// It would be accepted, but a store could not take it now.
    Wait,
}

/// The answer to a dry run.
#[derive(Debug, Serialize)]
pub struct DryRun {
    dry_run: bool,
    object: model::ObjectIdentifier,
    would: Would,
    because: String,
    version: u32,
    profile: Option<String>,
    storage_option: String,
    /// All files of the version, those with new bytes among them, and held ones that the deposit lacks.
    all: Totals,
    new: Totals,
    left_out: Totals,
    stores: Vec<StoreAnswer>,
    findings: Findings,
}

/// What a store would say.
#[derive(Debug, Serialize)]
struct StoreAnswer {
    store: String,
    free_bytes: Option<u64>,
    fault: Option<String>,
}

/// Goes through an ingest without doing it.
///
/// # Errors
/// The deposit, the configuration or the registry cannot be read.
pub async fn dry_run(at: &Where, config: &Config, deposit: &Deposit, now: Timestamp) -> anyhow::Result<DryRun> {
    let place = at.place()?;
    let database = if is_made(&at.database()?) { Some(at.registry().await?) } else { None };
    let (report, gathered, profile) = examine(config, deposit, now)?;
    let held = match &database {
        Some(database) => database.object(&deposit.identifier).await?,
        None => None,
    };
    let totals = compare(database.as_ref(), held.as_ref(), &gathered, deposit.options.re_deposit).await?;
    let asked = deposit.options.storage_option.clone().or_else(|| storage_tag(&report));
    let option = held.as_ref().map(|object| object.storage_option.clone()).or(asked);
    let option =
        option.or_else(|| config.storage_options.first().map(|option| option.name.clone())).unwrap_or_default();
    let stores = ask_stores(config, &place, &option, totals.new.size_bytes);
    let known = match &database {
        Some(database) => database.known_deposit(deposit).await?,
        None => None,
    };
    let mut answer = DryRun {
        dry_run: true,
        object: deposit.identifier.clone(),
        would: Would::Store,
        because: "it is valid, and every store has room for it".to_owned(),
        version: held.as_ref().map_or(1, |object| object.head + 1),
        profile,
        storage_option: option,
        all: totals.all,
        new: totals.new,
        left_out: totals.left_out,
        stores,
        findings: report.findings,
    };
    answer.judge(config, known.map(|item| (item.id, item.status)), held.as_ref(), deposit.options.re_deposit);
    if let Some(database) = database {
        database.close().await;
    }
    Ok(answer)
}

impl DryRun {
    fn judge(
        &mut self,
        config: &Config,
        known: Option<(model::ItemId, Status)>,
        held: Option<&Object>,
        re_deposit: ReDeposit,
    ) {
        let is_shrunk = re_deposit == ReDeposit::Replace && self.left_out.files > 0;
        let has_option = config.storage_options.iter().any(|one| one.name.eq_ignore_ascii_case(&self.storage_option));
        let fault = self.stores.iter().find_map(|store| store.fault.as_ref().map(|fault| (&store.store, fault)));
        let (would, because) = if let Some((id, status)) = known.filter(|(_, status)| status.is_ended()) {
            (Would::Nothing, format!("this very deposit was seen before, as work item {id}: {status}"))
        } else if !self.findings.is_acceptable() {
            (Would::Refuse, format!("it has {}", output::count(self.findings.errors, "error")))
        } else if !has_option {
            (Would::Refuse, format!("there is no storage option {}", self.storage_option))
        } else if let Some(object) = held.filter(|_| self.new.files == 0 && !is_shrunk) {
            (Would::Nothing, format!("every file of it is held already, as version {}", object.head))
        } else if let Some((store, fault)) = fault {
            (Would::Wait, format!("the store {store} could not take it: {fault}"))
        } else {
            return;
        };
        (self.would, self.because) = (would, because);
    }

    /// Prints the answer for people.
    pub fn print(&self) {
        let what = match self.would {
            Would::Store => format!("would be stored as version {}", self.version),
            Would::Nothing => "would bring nothing new".to_owned(),
            Would::Refuse => "would be refused".to_owned(),
            Would::Wait => "would have to wait".to_owned(),
        };
        output::line(&format!("Dry run, nothing was changed: {} {what}: {}", self.object, self.because));
        let totals =
            |totals: Totals| format!("{}, {}", output::count(totals.files, "file"), output::bytes(totals.size_bytes));
        output::line(&format!("  files       {}; new: {}", totals(self.all), totals(self.new)));
        if self.left_out.files > 0 {
            output::line(&format!("  not in it   {} that are held", totals(self.left_out)));
        }
        output::line(&format!("  profile     {}", self.profile.as_deref().unwrap_or("BagIt alone")));
        output::line(&format!("  option      {}", self.storage_option));
        for store in &self.stores {
            let free = store
                .free_bytes
                .map_or_else(|| "not there yet".to_owned(), |free| format!("{} free", output::bytes(free)));
            let fault = store.fault.as_ref().map(|fault| format!(": {fault}")).unwrap_or_default();
            output::line(&format!("  store       {} {free}{fault}", store.store));
        }
        receipt::findings("  ", &self.findings.list);
    }

    /// Returns the exit that a real ingest would have now.
    pub fn exit(&self) -> Exit {
        match self.would {
            Would::Store | Would::Nothing => Exit::Done,
            Would::Refuse => Exit::Refused,
            Would::Wait => Exit::Later,
        }
    }
}

/// Reads the deposit and holds it against BagIt and the profile.
fn examine(config: &Config, deposit: &Deposit, now: Timestamp) -> anyhow::Result<(Report, Gathered, Option<String>)> {
    let package = Package::open(Path::new(&deposit.path))?;
    let spool = Spool::new();
    let options = GatherOptions { algorithms: Algorithms::from(Algorithm::Sha256), ..GatherOptions::default() };
    let mut gathered = bagit::gather(&package, &options, &spool)?;
    if package.form() == Form::PlainFolder {
        let date: String = now.to_string().chars().take("2026-01-01".len()).collect();
        add_tag_files(&mut gathered, &spool, &BagOptions::on_the_way(&deposit.options.tags, &date, now.as_second()))?;
    }
    let named = Profile::named_by_bag(&spool)?.map(str::to_owned);
    let name = deposit.options.profile.clone().or(named).or_else(|| config.ingest.profile.clone());
    let profile = name.as_deref().map(Profile::load).transpose()?;
    let report = bagit::validate(&bagit::Bag {
        members: &gathered.members,
        kept: &spool,
        serialization: gathered.serialization,
        top_folder: gathered.top_folder.as_deref(),
        package_name: Some(package.name()),
        profile: profile.as_ref(),
        found: gathered.findings.clone(),
    })?;
    Ok((report, gathered, name))
}

/// Adds the tag files that a plain folder would get.
fn add_tag_files(gathered: &mut Gathered, spool: &Spool, options: &BagOptions) -> anyhow::Result<()> {
    let files = bagit::TagFiles::generate(&gathered.members, options)?;
    let mut new = Vec::new();
    for file in files.iter() {
        files.write(file, &gathered.members, &mut spool.create(&file.path)?)?;
        new.push((file.path.clone(), file.size_bytes, file.digests.clone()));
    }
    for (path, size_bytes, digests) in new {
        let index = gathered.members.push(&path, size_bytes, 0, options.created_at);
        gathered.members.set_digests(index, &digests);
    }
    Ok(())
}

fn storage_tag(report: &Report) -> Option<String> {
    let places = [
        ("aptrust-info.txt", "Storage-Option"),
        ("bag-info.txt", "APTrust-Storage-Option"),
        ("bag-info.txt", "Storage-Option"),
    ];
    let values = places.iter().filter_map(|(file, name)| report.tag(file, name));
    values.map(str::trim).find(|value| !value.is_empty()).map(str::to_owned)
}

struct Compared {
    all: Totals,
    new: Totals,
    left_out: Totals,
}

/// Compares the deposit's files with those that are held.
async fn compare(
    database: Option<&Database>,
    held: Option<&Object>,
    gathered: &Gathered,
    re_deposit: ReDeposit,
) -> anyhow::Result<Compared> {
    let members = &gathered.members;
    let is_kept = |class: PathClass<'_>| matches!(class, PathClass::Payload | PathClass::Tag);
    let kept = members.iter().filter(|(_, member)| is_kept(member.class));
    let all = sum(kept.map(|(_, member)| member.size_bytes));
    let mut compared = Compared { all, new: all, left_out: Totals::default() };
    let Some((database, object)) = database.zip(held) else { return Ok(compared) };
    let mut filter = FileFilter { most: PAGE_FILES, ..FileFilter::default() };
    loop {
        let page = database.files(object.id, &filter).await?;
        let Some(last) = page.last() else { break };
        filter.after = Some(last.path.clone());
        for file in &page {
            let sha256 = file.digests.iter().find(|(name, _)| name == Algorithm::Sha256.name()).map(|(_, hex)| hex);
            match members.find(&file.path) {
                None => add(&mut compared.left_out, file.size_bytes),
                Some(index) if members.digest(index, Algorithm::Sha256).map(|one| one.to_hex()).as_ref() == sha256 => {
                    compared.new.files -= 1;
                    compared.new.size_bytes -= file.size_bytes;
                }
                Some(_) => {}
            }
        }
    }
    if re_deposit == ReDeposit::Merge {
        compared.all.files += compared.left_out.files;
        compared.all.size_bytes += compared.left_out.size_bytes;
    }
    Ok(compared)
}

fn sum(sizes: impl Iterator<Item = u64>) -> Totals {
    let mut totals = Totals::default();
    sizes.for_each(|size_bytes| add(&mut totals, size_bytes));
    totals
}

fn add(totals: &mut Totals, size_bytes: u64) {
    totals.files += 1;
    totals.size_bytes += size_bytes;
}

/// Asks each store of an option whether it is there and has room. One that was never made is made by the first ingest.
fn ask_stores(config: &Config, place: &Place, option: &str, needed_bytes: u64) -> Vec<StoreAnswer> {
    let option = config.storage_options.iter().find(|one| one.name.eq_ignore_ascii_case(option));
    let ids = option.map(|option| option.stores.as_slice()).unwrap_or_default();
    let stores = ids.iter().filter_map(|id| config.stores.iter().find(|store| store.id == *id));
    stores
        .map(|store| {
            let at = store.place(place.path(), jiff::Timestamp::now).ok();
            // A bucket in which no store was made yet is told as one that has gone; it is made by the first ingest.
            let at = at.filter(|at| at.folder().is_none_or(std::path::Path::exists));
            let asked = at.map(|at| at.open().and_then(|store| store.free_bytes()));
            let (free_bytes, fault) = match asked {
                None | Some(Ok(None)) => (None, None),
                Some(Ok(Some(free))) if free < needed_bytes => {
                    (Some(free), Some(format!("it needs {needed_bytes} bytes")))
                }
                Some(Ok(Some(free))) => (Some(free), None),
                Some(Err(error)) => (None, Some(error.to_string())),
            };
            StoreAnswer { store: store.id.to_string(), free_bytes, fault }
        })
        .collect()
}
