//! A request under way: it is counted and told in the log when it ends, also when whoever asked has given up.

use std::sync::Arc;
use std::time::Instant;

use axum::http::{Method, StatusCode, Uri};
use model::Login;

use super::Requests;

/// A request under way. Dropping it is its end: where nobody waits for the answer any more, nothing else of it is left.
#[derive(Debug)]
pub struct Underway {
    requests: Arc<Requests>,
    place: Option<usize>,
    method: Method,
    path: String,
    begun: Instant,
    /// Who asks, as soon as that is proven.
    pub user: Option<Login>,
    status: Option<StatusCode>,
}

impl Underway {
    /// Begins one, to an endpoint by its place in the table, or to none of them.
    #[must_use]
    pub fn begin(requests: Arc<Requests>, place: Option<usize>, method: &Method, uri: &Uri) -> Self {
        let (method, path, begun) = (method.clone(), uri.path().to_owned(), Instant::now());
        Self { requests, place, method, path, begun, user: None, status: None }
    }

    /// Ends it with an answer.
    pub fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        self.requests.count(self.place, self.status, took);
        tracing::info!(
            http.request.method = self.method.as_str(),
            url.path = self.path,
            http.response.status_code = self.status.map(|status| status.as_u16()),
            user = self.user.as_ref().map(Login::as_str),
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "{}",
            if self.status.is_some() { "asked" } else { "given up" }
        );
    }
}
