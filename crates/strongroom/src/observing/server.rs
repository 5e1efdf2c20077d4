//! The HTTP server of one process: `/healthz`, `/readyz`, `/metrics`, and nothing that changes anything.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener as _;
use model::Role;
use serde::Serialize;

use super::health::Health;
use super::metrics;
use super::queue_figures::QueueFigures;
use crate::api::Requests;
use crate::connections::Door;
use crate::pipelines::Context;
use crate::runner::{Figures, Settings, Stop};
use crate::traces::Traces;

/// What is looked at.
pub struct Observed {
    roles: Vec<Role>,
    figures: Arc<Figures>,
    requests: Arc<Requests>,
    traces: Traces,
    shared: QueueFigures,
    health: Health,
    stop: Stop,
}

impl Observed {
    /// Says what is looked at: the roles of a process, what they have done, and what they need.
    #[must_use]
    pub fn new(
        roles: Vec<Role>,
        context: Arc<Context>,
        settings: &Settings,
        requests: Arc<Requests>,
        health: Health,
        stop: Stop,
    ) -> Self {
        // Without a program that takes them, alerts wait for nobody: they are only listed.
        let delivers = !settings.alerts.command.is_empty();
        let queues = roles.iter().copied().filter(|role| *role != Role::Alert || delivers).collect();
        let shared = QueueFigures::new(context, queues);
        let (figures, traces) = (settings.figures.clone(), settings.traces.clone());
        Self { roles, figures, requests, traces, shared, health, stop }
    }
}

/// Listens until the process ends; returns where.
///
/// # Errors
/// The address is taken, or not ours.
pub async fn listen(address: SocketAddr, observed: Observed) -> anyhow::Result<SocketAddr> {
    let door = Door::open(address).await.with_context(|| {
        format!("cannot listen on {address}: another process may be there; name another address, or port 0 for any")
    })?;
    let bound = door.local_addr()?;
    let routes = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(tell_metrics))
        .with_state(Arc::new(observed));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(door, routes).await {
            tracing::error!(%error, "nobody can look at this process any more");
        }
    });
    tracing::info!(address = %bound, "healthz, readyz and metrics are served");
    Ok(bound)
}

async fn healthz(State(observed): State<Arc<Observed>>) -> Response {
    let look = observed.health.look().await;
    json(look.is_well, &look)
}

/// Ready to take work: the database answers, and nobody has asked this process to stop.
async fn readyz(State(observed): State<Arc<Observed>>) -> Response {
    let database = observed.health.database().await;
    let is_stopping = observed.stop.is_raised();
    json(database.is_well && !is_stopping, &Ready { is_stopping, checks: vec![database] })
}

#[derive(Serialize)]
struct Ready {
    is_stopping: bool,
    checks: Vec<super::health::Tried>,
}

async fn tell_metrics(State(observed): State<Arc<Observed>>) -> Response {
    let shared = match observed.shared.read().await {
        Ok(shared) => Some(shared),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "figures of the queue could not be read");
            None
        }
    };
    let Observed { roles, figures, requests, traces, .. } = &*observed;
    let text = metrics::text(roles, figures, requests, traces.counts(), shared.as_deref());
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}

fn json(is_well: bool, answer: &impl Serialize) -> Response {
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(answer) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
