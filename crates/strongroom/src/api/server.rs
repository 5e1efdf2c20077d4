//! The HTTP server of the API: every request is understood, counted and told in the log here, in one place.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener as _;
use backends::database::Database;
use model::User;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoints::{ENDPOINTS, Endpoint, Who};
use super::problem::{AWAY, METHOD, NOT_HERE, Problem};
use super::underway::Underway;
use super::{Requests, who};
use crate::connections::Door;

/// Requests in work at once; further ones wait in line.
const IN_WORK_MAX: usize = 64;
/// How long a request may wait and be worked on: what is asked takes milliseconds, and a server that is away is told soon.
pub const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The server at work.
#[derive(Debug)]
pub struct Served {
    serving: JoinHandle<()>,
    database: Database,
}

impl Served {
    /// Waits until what was asked before the stop is answered, and not for who asked only half.
    pub async fn ended(self) {
        let stopping = self.serving.abort_handle();
        match tokio::time::timeout(ANSWER_MAX, self.serving).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the API did not end well"),
            Err(_) => stopping.abort(),
        }
        self.database.close().await;
    }
}

struct Api {
    database: Database,
    requests: Arc<Requests>,
    in_work: Semaphore,
}

/// Serves the API until `stop` is over, and tells in the log where. `database` is for the API alone, and is closed at the end.
///
/// # Errors
/// The address is taken, or not ours.
pub async fn listen(
    address: SocketAddr,
    database: Database,
    requests: Arc<Requests>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<Served> {
    let door = Door::open(address).await.with_context(|| {
        format!(
            "cannot serve the API on {address}: another process may be there; name another address, or port 0 for any"
        )
    })?;
    let address = door.local_addr()?;
    let routes = routes(&Arc::new(Api { database: database.clone(), requests, in_work: Semaphore::new(IN_WORK_MAX) }));
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(door, routes).with_graceful_shutdown(stop).await {
            tracing::error!(%error, "nobody can ask the API any more");
        }
    });
    tracing::info!(%address, "the API is served");
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the API speaks HTTP without TLS: let it be reached through a proxy that speaks TLS");
    }
    Ok(Served { serving, database })
}

fn routes(api: &Arc<Api>) -> Router {
    let mut router = Router::new();
    for (place, endpoint) in ENDPOINTS.iter().enumerate() {
        let api = api.clone();
        let answer = move |parts, request| async move { api.answer(place, endpoint, parts, request).await };
        router = router.route(endpoint.path, get(answer));
    }
    let (here, looking) = (api.clone(), api.clone());
    router
        .fallback(move |request: Request| async move {
            here.refuse(&request, Problem::new(&NOT_HERE, format!("nothing is at {}", request.uri().path())))
        })
        .method_not_allowed_fallback(move |request: Request| async move {
            looking.refuse(&request, Problem::new(&METHOD, format!("{} is not understood here", request.method())))
        })
}

impl Api {
    /// Refuses what is at no endpoint.
    fn refuse(&self, request: &Request, problem: Problem) -> Response {
        let underway = Underway::begin(self.requests.clone(), None, request.method(), request.uri());
        let response = finished(Err(problem));
        underway.answered(response.status());
        response
    }

    async fn answer(
        &self,
        place: usize,
        endpoint: &'static Endpoint,
        parts: Result<RawPathParams, RawPathParamsRejection>,
        request: Request,
    ) -> Response {
        let (request, _) = request.into_parts();
        let mut underway = Underway::begin(self.requests.clone(), Some(place), &request.method, &request.uri);
        let parts = parts.map_err(|error| Problem::new(&NOT_HERE, error.to_string()));
        let answering = async {
            let Ok(_in_work) = self.in_work.acquire().await else {
                return Err(Problem::new(&AWAY, "the process is about to end"));
            };
            let user = match endpoint.who {
                Who::Anybody => None,
                Who::Users | Who::Admins => Some(who::asks(&request.headers, &self.database).await?),
            };
            underway.user = user.as_ref().map(|user| user.login.clone());
            self.understood(endpoint, user, parts?, &request).await
        };
        let answer = tokio::time::timeout(ANSWER_MAX, answering).await;
        let late = || Err(Problem::new(&AWAY, format!("it took longer than {} seconds", ANSWER_MAX.as_secs())));
        let response = finished(answer.unwrap_or_else(|_| late()));
        underway.answered(response.status());
        response
    }

    async fn understood(
        &self,
        endpoint: &'static Endpoint,
        user: Option<User>,
        parts: RawPathParams,
        request: &Parts,
    ) -> Answer {
        let parts: BTreeMap<_, _> = parts.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (path, query) = (request.uri.path(), request.uri.query().unwrap_or_default());
        let asked = Asked::new(endpoint, self.database.clone(), user, path, parts, query)?;
        if endpoint.who == Who::Admins {
            asked.admin()?;
        }
        (endpoint.answer)(asked).await
    }
}

/// What every answer has: nobody in between may keep it, and nobody may take it for something else.
fn finished(answer: Answer) -> Response {
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
