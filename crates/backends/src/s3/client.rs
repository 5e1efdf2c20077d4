//! A request on its way: signed, sent, and sent again where that may help.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use rusty_s3::{Bucket, Method, UrlStyle};
use ureq::http::{self, HeaderMap};
use ureq::{Agent, SendBody};

use super::body::{Content, Sending};
use super::refusal::Tried;
use super::{
    AddressError, BucketAddress, CredentialSource, Credentials, Endpoint, Failure, Patience, S3Error, refusal, xml,
};
use crate::authorities::{agent_config, disbelief};

/// Bytes of an answer that is no object's content, at the most: a page of a listing has 1,000 keys.
const ANSWER_BYTES_MAX: u64 = 16 << 20;
/// Connections that are kept open for the next request.
const IDLE_CONNECTIONS_MAX: usize = 64;
/// How long a signature holds.
const SIGNED_SECONDS: u64 = 3600;

/// A client of one bucket. Clones share connections and credentials.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    agent: Agent,
    bucket: Bucket,
    address: BucketAddress,
    endpoint: String,
    pub(super) source: CredentialSource,
    now: fn() -> Timestamp,
    /// By how many seconds the server's clock is ahead of ours.
    pub(super) skew_seconds: AtomicI64,
    /// Whether the server was seen not to know sha256.
    is_without_sha256: AtomicBool,
    is_copying_without_sha256: AtomicBool,
    /// Whether the server was seen to say that it encodes the names in a listing, and not to do so.
    is_without_encoding: AtomicBool,
    patience: Patience,
}

/// A request of S3.
pub(super) struct Request<'a> {
    pub(super) operation: &'static str,
    pub(super) method: Method,
    /// The whole key; empty for the bucket itself.
    pub(super) key: &'a str,
    /// Sorted by name.
    pub(super) query: Vec<(&'static str, String)>,
    /// Small letters, sorted by name.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Content<'a>,
}

/// An answer whose body was read whole.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

pub(super) type Response = http::Response<ureq::Body>;

impl Client {
    /// Makes a client. Sends nothing yet.
    ///
    /// # Errors
    /// The server's address is none.
    pub fn new(
        address: BucketAddress,
        endpoint: &Endpoint,
        source: CredentialSource,
        now: fn() -> Timestamp,
        patience: Patience,
    ) -> Result<Self, AddressError> {
        let url = endpoint.address();
        let wrong = || AddressError::Endpoint(url.clone());
        let style = if endpoint.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let parsed = url.parse().map_err(|_| wrong())?;
        let bucket =
            Bucket::new(parsed, style, address.bucket.clone(), endpoint.region.clone()).map_err(|_| wrong())?;
        let config = agent_config()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(IDLE_CONNECTIONS_MAX)
            .max_idle_connections_per_host(IDLE_CONNECTIONS_MAX)
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.first_byte))
            .timeout_per_read(Some(patience.stall))
            .timeout_per_write(Some(patience.stall))
            .build();
        let inner = Inner {
            agent: Agent::new_with_config(config),
            bucket,
            address,
            endpoint: url,
            source,
            now,
            skew_seconds: AtomicI64::new(0),
            is_without_sha256: AtomicBool::new(false),
            is_copying_without_sha256: AtomicBool::new(false),
            is_without_encoding: AtomicBool::new(false),
            patience,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns where the bucket is.
    #[must_use]
    pub fn address(&self) -> &BucketAddress {
        &self.inner.address
    }

    /// Returns the server's address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    /// Says whether what is sent is proven to the server by its sha256; else by its md5.
    #[must_use]
    pub fn sends_sha256(&self) -> bool {
        !self.inner.is_without_sha256.load(Ordering::Relaxed)
    }

    /// Sends md5 from now on, for a server that was seen not to know sha256; or sha256 again.
    pub fn send_sha256(&self, does: bool) {
        self.inner.is_without_sha256.store(!does, Ordering::Relaxed);
    }

    /// Says whether a copy onto itself asks the server to compute the sha256 of all its bytes.
    #[must_use]
    pub fn copies_with_sha256(&self) -> bool {
        !self.inner.is_copying_without_sha256.load(Ordering::Relaxed)
    }

    /// Asks for no sha256 of copies from now on, for a server that was seen to compute none; or for one again.
    pub fn copy_with_sha256(&self, does: bool) {
        self.inner.is_copying_without_sha256.store(!does, Ordering::Relaxed);
    }

    /// Says whether names in a listing are asked for encoded, so that every character may be in them.
    #[must_use]
    pub fn asks_for_encoding(&self) -> bool {
        !self.inner.is_without_encoding.load(Ordering::Relaxed)
    }

    /// Asks for names as they are from now on, for a server that encodes none; or for encoded ones again.
    pub fn ask_for_encoding(&self, does: bool) {
        self.inner.is_without_encoding.store(!does, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.now)()
    }

    pub(super) fn patience(&self) -> &Patience {
        &self.inner.patience
    }

    pub(super) fn error(&self, operation: &'static str, key: &str, failure: Failure) -> S3Error {
        let slash = if key.is_empty() { "" } else { "/" };
        S3Error { operation, place: format!("s3://{}{slash}{key}", self.inner.address.bucket), failure }
    }

    /// Sends a request until it is answered, and reads the answer whole.
    pub(super) fn ask(&self, request: &Request<'_>) -> Result<Answer, S3Error> {
        self.until_answered(request, |mut response| {
            let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
            let body = body.map_err(|error| Tried::Again(format!("the answer broke off: {error}")))?;
            // S3 may begin with 200 and say only later that it failed (CompleteMultipartUpload, CopyObject).
            if let Some((code, message)) = xml::error(&body) {
                return Err(refusal::judge(200, code, message));
            }
            Ok(Answer { headers: response.headers().clone(), body })
        })
    }

    /// Sends a request once.
    pub(super) fn ask_once(&self, request: &Request<'_>) -> Result<Answer, S3Error> {
        let fail = |failure| self.error(request.operation, request.key, failure);
        match self.once(request) {
            Ok(response) => Ok(Answer { headers: response.headers().clone(), body: Vec::new() }),
            Err(Tried::Failed(failure)) => Err(fail(failure)),
            Err(Tried::Again(because)) => Err(fail(Failure::Unreachable { tries: 1, because })),
        }
    }

    /// Sends a request until it is answered, and leaves the body to be read.
    pub(super) fn begin<T>(
        &self,
        request: &Request<'_>,
        take: impl Fn(Response) -> Result<T, String>,
    ) -> Result<T, S3Error> {
        self.until_answered(request, |response| take(response).map_err(Tried::Again))
    }

    fn until_answered<T>(
        &self,
        request: &Request<'_>,
        take: impl Fn(Response) -> Result<T, Tried>,
    ) -> Result<T, S3Error> {
        let fail = |failure| self.error(request.operation, request.key, failure);
        let mut tries = 0;
        loop {
            tries += 1;
            let because = match self.once(request).and_then(&take) {
                Ok(taken) => return Ok(taken),
                Err(Tried::Failed(failure)) => return Err(fail(failure)),
                Err(Tried::Again(because)) => because,
            };
            if tries >= self.inner.patience.tries_max {
                return Err(fail(Failure::Unreachable { tries, because }));
            }
            tracing::debug!(
                operation = request.operation,
                key = request.key,
                tries,
                because,
                "a request is sent again"
            );
            self.inner.patience.wait(tries);
        }
    }

    fn once(&self, request: &Request<'_>) -> Result<Response, Tried> {
        let now = self.now();
        let credentials = self.inner.source.get(now).map_err(Tried::Failed)?;
        let signed_at = now + SignedDuration::from_secs(self.inner.skew_seconds.load(Ordering::Relaxed));
        let mut sending = request.body.open();
        let sent = self.send(request, &credentials, signed_at, &mut sending);
        if let Some(fault) = sending.fault {
            return Err(Tried::Failed(fault));
        }
        let mut response = sent.map_err(|error| match disbelief(&error) {
            Some(because) => Tried::Failed(Failure::NotBelieved { server: self.endpoint().to_owned(), because }),
            None => Tried::Again(error.to_string()),
        })?;
        let status = response.status().as_u16();
        if (200..300).contains(&status) {
            return Ok(response);
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().unwrap_or_default();
        let (code, message) = xml::error(&body).unwrap_or_default();
        if code.is_empty() && matches!(request.method, Method::Head) && matches!(status, 400 | 401 | 403) {
            self.ask_why(request.key)?;
        }
        Err(self.refusal(request, &response, (status, code, message), &credentials, signed_at))
    }

    /// Asks again for a byte of what HEAD was refused for: its answer has no body that would say why, and credentials that
    /// have expired look like a request that makes no sense. All is well when this one is answered.
    fn ask_why(&self, key: &str) -> Result<(), Tried> {
        let headers = vec![("range", "bytes=0-0".to_owned())];
        let (operation, query) = ("GetObject", Vec::new());
        let request = Request { operation, method: Method::Get, key, query, headers, body: Content::NONE };
        match self.once(&request) {
            // An object without a byte.
            Err(Tried::Failed(Failure::Answer { status: 416, .. })) => Ok(()),
            answer => answer.map(drop),
        }
    }

    fn send(
        &self,
        request: &Request<'_>,
        credentials: &Credentials,
        signed_at: Timestamp,
        sending: &mut Sending<'_>,
    ) -> Result<Response, ureq::Error> {
        let url = rusty_s3::signing::sign(
            &signed_at,
            request.method,
            if request.key.is_empty() {
                self.inner.bucket.base_url().clone()
            } else {
                self.inner.bucket.object_url(request.key)
            },
            &credentials.key_id,
            &credentials.secret,
            credentials.token.as_deref(),
            self.inner.bucket.region(),
            SIGNED_SECONDS,
            request.query.iter().map(|(name, value)| (*name, value.as_str())),
            request.headers.iter().map(|(name, value)| (*name, value.as_str())),
        );
        let method = match request.method {
            Method::Head => http::Method::HEAD,
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Delete => http::Method::DELETE,
        };
        let mut builder = http::Request::builder().method(method).uri(url.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        // The address has the signature in it: no message may show it, and errors of ureq do not.
        if matches!(request.method, Method::Put | Method::Post) {
            let length = request.body.length_bytes();
            self.inner.agent.run(builder.header("content-length", length).body(SendBody::from_reader(sending))?)
        } else {
            self.inner.agent.run(builder.body(SendBody::none())?)
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Client({} at {})", self.inner.address, self.inner.endpoint)
    }
}
