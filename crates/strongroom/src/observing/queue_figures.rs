//! The figures that all processes share, read from the database at most once in some seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use backends::database::{DatabaseError, RoleQueue};
use jiff::Timestamp;
use model::{Role, StoreId};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::pipelines::Context;

/// For how long figures are told again. Whoever asks more often learns nothing new, and costs the database nothing.
const FRESH: Duration = Duration::from_secs(10);
/// How long reading them may take: who collects figures waits some ten seconds, and is to be told that the database hangs.
const LONGEST: Duration = Duration::from_secs(5);

/// What the database says of the whole installation.
#[derive(Debug, Clone)]
pub struct Shared {
    /// When it was read.
    pub at: Timestamp,
    /// Each of the process's roles that has a queue.
    pub queue: Vec<RoleQueue>,
    /// Incidents that are open.
    pub incidents: u64,
    /// Each store, and when its replica was proven that has gone unproven longest.
    pub proofs: Vec<(StoreId, Option<Timestamp>)>,
}

/// Figures, and when it was begun to read them.
type Read = (Instant, Arc<Shared>);

/// Reads shared figures, and remembers them for a while.
pub struct QueueFigures {
    context: Arc<Context>,
    roles: Vec<Role>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Option<Read>,
    /// What goes on. It is waited for and not begun once more: where the database hangs, each reading holds a connection.
    reading: Option<JoinHandle<Result<Read, DatabaseError>>>,
}

impl QueueFigures {
    /// Says which roles are told of.
    pub fn new(context: Arc<Context>, roles: Vec<Role>) -> Self {
        Self { context, roles, state: Mutex::default() }
    }

    /// Returns figures that are some seconds old at most.
    ///
    /// # Errors
    /// The database cannot be read, or takes too long.
    pub async fn read(&self) -> anyhow::Result<Arc<Shared>> {
        let read = tokio::time::timeout(LONGEST, self.read_patiently()).await;
        read.with_context(|| format!("no answer within {} seconds", LONGEST.as_secs()))?
    }

    async fn read_patiently(&self) -> anyhow::Result<Arc<Shared>> {
        let mut state = self.state.lock().await;
        if let Some((begun, shared)) = &state.last
            && begun.elapsed() < FRESH
        {
            return Ok(shared.clone());
        }
        // An answer that came when nobody waited is as old as the question.
        let reading = state.reading.take().filter(|reading| !reading.is_finished());
        let reading = state.reading.insert(reading.unwrap_or_else(|| self.begin()));
        let read = reading.await;
        state.reading = None;
        let (begun, shared) = read??;
        state.last = Some((begun, shared.clone()));
        Ok(shared)
    }

    fn begin(&self) -> JoinHandle<Result<Read, DatabaseError>> {
        let (context, roles, begun) = (self.context.clone(), self.roles.clone(), Instant::now());
        tokio::spawn(async move { Ok((begun, Arc::new(shared(&context, &roles).await?))) })
    }
}

async fn shared(context: &Context, roles: &[Role]) -> Result<Shared, DatabaseError> {
    let (database, at) = (&context.database, context.clock.now());
    let mut proofs = Vec::new();
    for (store, _) in &context.stores.0 {
        proofs.push((store.clone(), database.oldest_proof(store).await?));
    }
    let queue = database.queue_figures(roles, at).await?;
    Ok(Shared { at, queue, incidents: database.open_incidents().await?, proofs })
}
