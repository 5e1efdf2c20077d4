//! Whether a process can do its work: what it needs is really tried.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use backends::s3::Client;
use model::{Door, Right};
use serde::Serialize;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::pipelines::Context;
use crate::pipelines::receiving::{ReceivingDoor, ReceivingPlace};

/// How long a look may take, whatever is tried.
const LONGEST: Duration = Duration::from_secs(5);

/// What a process needs, and the look at it that goes on, if one does.
pub struct Health {
    needed: Arc<Needed>,
    /// What the newest look has found; nothing as long as it goes on.
    newest: Mutex<Option<watch::Receiver<Option<Look>>>>,
}

struct Needed {
    context: Arc<Context>,
    doors: Vec<(Door, Right)>,
    places: Vec<ReceivingPlace>,
    /// What had not answered when the last look was over, by its place among all that is tried. It is waited for and not
    /// tried once more: where a disk hangs, each trial holds a thread for as long as it does.
    hanging: Mutex<BTreeMap<usize, Trial>>,
}

/// Something that is being tried.
type Trial = JoinHandle<Result<(), String>>;

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
        let needed = Needed { context, doors, places, hanging: Mutex::default() };
        Self { needed: Arc::new(needed), newest: Mutex::default() }
    }

    /// Tries all that is needed at once. Whoever asks while a look goes on is told what that one finds.
    pub async fn look(&self) -> Look {
        let mut answer = self.newest_or_begun().await;
        match answer.wait_for(Option::is_some).await.map(|look| look.clone()) {
            Ok(Some(look)) => look,
            _ => Look { is_well: false, checks: vec![Tried::new("look", Err("it broke off".into()))] },
        }
    }

    async fn newest_or_begun(&self) -> watch::Receiver<Option<Look>> {
        let mut newest = self.newest.lock().await;
        if let Some(answer) = newest.as_ref().filter(|answer| answer.borrow().is_none() && answer.has_changed().is_ok())
        {
            return answer.clone();
        }
        let (teller, answer) = watch::channel(None);
        let needed = self.needed.clone();
        // A task of its own: whoever asked may give up before it is over, and what hangs must be remembered all the same.
        tokio::spawn(async move { teller.send_replace(Some(needed.look().await)) });
        *newest = Some(answer.clone());
        answer
    }

    /// Tries the database alone.
    pub async fn database(&self) -> Tried {
        Tried::new("database", ping(&self.needed.context).await)
    }
}

impl Needed {
    async fn look(&self) -> Look {
        let mut hanging = self.hanging.lock().await;
        let until = Instant::now() + LONGEST;
        let mut checks = Vec::new();
        for (place, (name, mut trial)) in self.trials(&mut hanging).into_iter().enumerate() {
            let answer = match timeout_at(until, &mut trial).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => {
                    hanging.insert(place, trial);
                    Err(late())
                }
            };
            checks.push(Tried::new(&name, answer));
        }
        Look { is_well: checks.iter().all(|check| check.is_well), checks }
    }

    /// Begins to try what is needed, except what still hangs.
    fn trials(&self, hanging: &mut BTreeMap<usize, Trial>) -> Vec<(String, Trial)> {
        let mut trials = Vec::new();
        let mut begin = |name: String, begun: &dyn Fn() -> Trial| {
            // An answer that came since then is as old as the question.
            let still = hanging.remove(&trials.len()).filter(|trial| !trial.is_finished());
            let trial = still.unwrap_or_else(begun);
            trials.push((name, trial));
        };
        for &(door, _) in &self.doors {
            match door {
                Door::Database => begin("database".to_owned(), &|| {
                    let context = self.context.clone();
                    tokio::spawn(async move { ping(&context).await })
                }),
                Door::Receiving => {
                    for place in &self.places {
                        begin(format!("receiving {}", place.institution), &|| {
                            let door = place.door.clone();
                            tokio::task::spawn_blocking(move || is_open(&door))
                        });
                    }
                }
                Door::Staging => begin("staging".to_owned(), &|| {
                    let path = self.context.staging.clone();
                    tokio::task::spawn_blocking(move || is_folder(&path))
                }),
                // A folder is made when something is given back; a bucket must be there.
                Door::Restored => {
                    for client in &self.context.restore_buckets.0 {
                        begin(format!("restore place {}", client.address()), &|| {
                            let client = client.clone();
                            tokio::task::spawn_blocking(move || can_list(&client))
                        });
                    }
                }
                Door::Stores => {
                    for (store, _) in &self.context.stores.0 {
                        begin(format!("store {store}"), &|| {
                            let (context, id) = (self.context.clone(), store.clone());
                            let open = move || context.stores.open(&id).map(drop).map_err(|error| error.to_string());
                            tokio::task::spawn_blocking(open)
                        });
                    }
                }
            }
        }
        trials
    }
}

impl Tried {
    fn new(name: &str, answer: Result<(), String>) -> Self {
        Self { name: name.to_owned(), is_well: answer.is_ok(), because: answer.err() }
    }
}

async fn ping(context: &Context) -> Result<(), String> {
    match tokio::time::timeout(LONGEST, context.database.ping()).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(late()),
    }
}

fn is_open(door: &ReceivingDoor) -> Result<(), String> {
    match door {
        ReceivingDoor::Folder(path) => is_folder(path),
        ReceivingDoor::Bucket(bucket) => bucket.reach().map_err(|error| error.to_string()),
    }
}

fn can_list(client: &Client) -> Result<(), String> {
    let first = client.list(&client.address().prefix, Some('/')).next().transpose();
    first.map(drop).map_err(|error| error.to_string())
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
