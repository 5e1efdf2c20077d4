//! Whether a process can do its work: what it needs is really tried.

use std::sync::Arc;
use std::time::Duration;

use model::{Door, Right};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::pipelines::Context;
use crate::pipelines::receiving::{ReceivingDoor, ReceivingPlace};

/// How long each thing that is tried may take.
const LONGEST: Duration = Duration::from_secs(5);

/// What a process needs.
pub struct Health {
    context: Arc<Context>,
    doors: Vec<(Door, Right)>,
    places: Vec<ReceivingPlace>,
    /// One look at a time: where a disk hangs, looks must not pile up.
    looking: Mutex<()>,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Whether all is well.
    pub is_well: bool,
    /// Each thing that was tried.
    pub checks: Vec<Tried>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// What it is: a stable name.
    pub name: String,
    /// Whether it can be used.
    pub is_well: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl Health {
    /// Says what a process needs: the doors of its roles, and no others.
    #[must_use]
    pub fn new(context: Arc<Context>, doors: Vec<(Door, Right)>, places: Vec<ReceivingPlace>) -> Self {
        Self { context, doors, places, looking: Mutex::new(()) }
    }

    /// Tries all that is needed, each at most for some seconds.
    pub async fn look(&self) -> Look {
        let Ok(_only) = self.looking.try_lock() else {
            let busy = Tried::new("look", Err("another look has not ended yet: something that is tried hangs".into()));
            return Look { is_well: false, checks: vec![busy] };
        };
        let mut checks = Vec::new();
        for &(door, _) in &self.doors {
            match door {
                Door::Database => checks.push(self.database().await),
                Door::Receiving => {
                    for place in &self.places {
                        let door = place.door.clone();
                        checks.push(tried(&format!("receiving {}", place.institution), move || is_open(&door)).await);
                    }
                }
                Door::Staging => {
                    let path = self.context.staging.clone();
                    checks.push(tried("staging", move || is_folder(&path)).await);
                }
                // Each institution's folder is made there when something is given back.
                Door::Restored => {}
                Door::Stores => {
                    for (store, _) in &self.context.stores.0 {
                        let (context, id) = (self.context.clone(), store.clone());
                        let open = move || context.stores.open(&id).map(drop).map_err(|error| error.to_string());
                        checks.push(tried(&format!("store {store}"), open).await);
                    }
                }
            }
        }
        Look { is_well: checks.iter().all(|check| check.is_well), checks }
    }

    /// Tries the database alone.
    pub async fn database(&self) -> Tried {
        let answer = match tokio::time::timeout(LONGEST, self.context.database.ping()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(late()),
        };
        Tried::new("database", answer)
    }
}

impl Tried {
    fn new(name: &str, answer: Result<(), String>) -> Self {
        Self { name: name.to_owned(), is_well: answer.is_ok(), because: answer.err() }
    }
}

async fn tried(name: &str, look: impl FnOnce() -> Result<(), String> + Send + 'static) -> Tried {
    let looking = tokio::task::spawn_blocking(look);
    let answer = match tokio::time::timeout(LONGEST, looking).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(late()),
    };
    Tried::new(name, answer)
}

fn is_open(door: &ReceivingDoor) -> Result<(), String> {
    match door {
        ReceivingDoor::Folder(path) => is_folder(path),
        ReceivingDoor::Bucket(bucket) => bucket.reach().map_err(|error| error.to_string()),
    }
}

fn is_folder(path: &std::path::Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(format!("{} is no folder", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn late() -> String {
    format!("no answer within {} seconds", LONGEST.as_secs())
}
