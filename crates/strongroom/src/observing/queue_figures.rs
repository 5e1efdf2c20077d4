//! The figures that all processes share, read from the database at most once in some seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backends::database::{DatabaseError, StageQueue};
use jiff::Timestamp;
use model::{Stage, StoreId};
use tokio::sync::Mutex;

use crate::pipelines::Context;

/// For how long figures are told again. Whoever asks more often learns nothing new, and costs the database nothing.
const FRESH: Duration = Duration::from_secs(10);

/// What the database says of the whole installation.
#[derive(Debug, Clone)]
pub struct Shared {
    /// When it was read.
    pub at: Timestamp,
    /// Each stage of the process's roles.
    pub queue: Vec<StageQueue>,
    /// Incidents that are open.
    pub incidents: u64,
    /// Each store, and when its replica was proven that has gone unproven longest.
    pub proofs: Vec<(StoreId, Option<Timestamp>)>,
}

/// Reads shared figures, and remembers them for a while.
pub struct QueueFigures {
    context: Arc<Context>,
    stages: Vec<Stage>,
    last: Mutex<Option<(Instant, Arc<Shared>)>>,
}

impl QueueFigures {
    /// Says which stages are told of.
    pub fn new(context: Arc<Context>, stages: Vec<Stage>) -> Self {
        Self { context, stages, last: Mutex::new(None) }
    }

    /// Returns figures that are some seconds old at most.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn read(&self) -> Result<Arc<Shared>, DatabaseError> {
        let mut last = self.last.lock().await;
        if let Some((read_at, shared)) = &*last
            && read_at.elapsed() < FRESH
        {
            return Ok(shared.clone());
        }
        let (database, at) = (&self.context.database, self.context.clock.now());
        let mut proofs = Vec::new();
        for (store, _) in &self.context.stores.0 {
            proofs.push((store.clone(), database.oldest_proof(store).await?));
        }
        let queue = database.queue_figures(&self.stages, at).await?;
        let shared = Arc::new(Shared { at, queue, incidents: database.open_incidents().await?, proofs });
        *last = Some((Instant::now(), shared.clone()));
        Ok(shared)
    }
}
