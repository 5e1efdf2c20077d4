//! `strongroom store add`: a new store is made and filled, or one that was lost is made anew.

use anyhow::{Context as _, bail};
use backends::storage::StorePlace;
use clap::Args;
use jiff::Timestamp;
use model::{Event, EventId, StoreId, StoreState};

use super::super::exit::Exit;
use super::super::house::{self, House, Where};
use super::super::output;
use super::{Long, backfill};
use crate::pipelines::Clock;
use crate::pipelines::stores::chronicle::{self, Before};

/// Make a store of the configuration and fill it, or make one anew that was lost.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom store add far --dry-run
  strongroom store add far
  strongroom store add second --lost --confirm second

A new store stands in the configuration first: under [[stores]], and in the storage options that are
to keep objects there. With --lost a store that was made before counts as lost with all that it held:
its folder must be empty, and its name is typed twice, since an empty folder is also what a disk that
is not mounted looks like. If the disk is only away, bring it back instead.")]
pub struct Add {
    /// The store
    #[arg(value_name = "STORE")]
    store: StoreId,
    /// It was made before and is lost for good: make it anew in its empty folder
    #[arg(long, requires = "confirm")]
    lost: bool,
    /// The store's name once more, with --lost
    #[arg(long, value_name = "STORE", requires = "lost")]
    confirm: Option<StoreId>,
    #[command(flatten)]
    long: Long,
}

impl Add {
    /// Makes the store and fills it.
    pub async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let (place, config) = (at.place()?, at.config()?);
        let Some(configured) = config.stores.iter().find(|store| store.id == self.store) else {
            bail!(
                "the store {store} is not in the configuration: add it under [[stores]] with id = \"{store}\" and its url, \
                 and to the storage options that are to keep objects there",
                store = self.store
            );
        };
        let at_place = configured.place(place.path(), jiff::Timestamp::now)?;
        if self.long.dry_run {
            let database = at.registry().await?;
            let exit = backfill::rehearse(&config, &database, &self.store, self.long.json).await;
            database.close().await;
            return exit;
        }
        if self.lost {
            self.make_anew(at, &at_place).await?;
        }
        // Makes it, if it was never made.
        let house = House::open(at).await?;
        backfill::fill(&house, self.store, self.long).await
    }

    /// Counts all that the store held as lost, and makes it anew. Killed in between, the same command goes on.
    async fn make_anew(&self, at: &Where, place: &StorePlace) -> anyhow::Result<()> {
        let store = &self.store;
        if self.confirm.as_ref() != Some(store) {
            bail!("--confirm must name the store {store} once more: all that it held will count as lost");
        }
        let database = at.registry().await?;
        match database.store_state(store).await? {
            None => bail!("the store {store} was never made: `strongroom store add {store}` without --lost makes it"),
            Some(StoreState::Active) => {}
            Some(state) => bail!("the store {store} is {state}: nothing is to be made anew"),
        }
        if let Ok(there) = place.open() {
            bail!(
                "there is a store at {place}, by its marker {}: nothing is lost. If it is damaged, `strongroom fixity check --store \
                 {store}` repairs it; if its folder is to be emptied, that is yours to do",
                there.id()
            );
        }
        // A bucket is looked at when the store is made in it: before that, nothing of it is written.
        if let Some(folder) = place.folder() {
            assert_empty(folder)?;
        }
        let held = database.amount_held(store).await?;
        let event = lost(store, &self.long.by, held.objects);
        database.declare_lost(store, &[event], Timestamp::now()).await?;
        house::make_store(store, place)?;
        let places = house::store_places(&at.config()?, &at.place()?);
        let now = Timestamp::now();
        chronicle::write(&database, &places, store, Before::IsVoid, now, now).await?;
        output::note(&format!(
            "the store {store} was made anew; {} that it held count as lost and are copied again now",
            output::count(held.objects, "object")
        ));
        database.close().await;
        Ok(())
    }
}

fn assert_empty(folder: &std::path::Path) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(folder).with_context(|| {
        format!("there is no folder {}: mount the new disk there, or make the folder", folder.display())
    })?;
    for entry in entries {
        let name = entry?.file_name();
        // A making that was killed has left these; they are taken up again.
        if !["lost+found", "ocfl", "work"].iter().any(|own| name == *own) {
            bail!("{} is not empty: {} is there", folder.display(), name.to_string_lossy());
        }
    }
    Ok(())
}

fn lost(store: &StoreId, by: &str, objects: u64) -> Event {
    let clock = Clock::system();
    Event {
        id: EventId(clock.object_id().0),
        event_type: premis::EventType::Recovery.label().to_owned(),
        at: clock.now(),
        outcome: premis::Outcome::Success.label().to_owned(),
        detail: format!("{by} said that the store {store} is lost with all that it held, and had it made anew"),
        note: format!("{objects} objects were counted on there"),
        agent: house::agent(),
        item: None,
        object: None,
        version: None,
        path: None,
        store: Some(store.clone()),
    }
}
