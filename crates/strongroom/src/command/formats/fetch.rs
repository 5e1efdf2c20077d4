//! A signature file from the network: within bounds of size, time and redirections, and encrypted on its way.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use backends::authorities::{agent_config, told};
use ureq::http::Uri;
use ureq::http::header::LOCATION;
use ureq::http::uri::Scheme;
use ureq::{Body, http};

use super::document::DOCUMENT_BYTES_MAX;

/// How long one request may take, from the name to the last byte.
const REQUEST_SECONDS_MAX: u64 = 120;
/// Addresses that are gone to one after the other.
const REDIRECTIONS_MAX: usize = 5;

/// Whether what comes may have been changed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// It may not: https, and http within this machine.
    Encrypted,
    /// It may: http from anywhere.
    Any,
}

/// Returns the last part of an address, and what is there.
///
/// # Errors
/// It cannot be fetched, or a bound or the transport forbids it.
pub fn fetch(address: &str, transport: Transport) -> anyhow::Result<(String, Vec<u8>)> {
    let mut uri: Uri = address.parse().with_context(|| format!("{address} is no address"))?;
    for _ in 0..=REDIRECTIONS_MAX {
        check(&uri, transport)?;
        let mut response = request(&uri).map_err(|error| anyhow::anyhow!("cannot fetch {uri}: {}", told(&error)))?;
        if response.status().is_redirection() {
            uri = redirection(&uri, &response)?;
            continue;
        }
        if !response.status().is_success() {
            bail!("cannot fetch {uri}: the server says {}", response.status());
        }
        let body = response.body_mut().with_config().limit(DOCUMENT_BYTES_MAX).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(_) => {
                anyhow::anyhow!(
                    "what is at {uri} is longer than {DOCUMENT_BYTES_MAX} bytes, which no signature file is"
                )
            }
            error => anyhow::Error::new(error).context(format!("{uri} broke off")),
        })?;
        let name = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        return Ok((name, body));
    }
    bail!("{address} leads on to more than {REDIRECTIONS_MAX} other addresses");
}

/// Each address is checked, so that a redirection leads to none that would not have been taken itself.
fn check(uri: &Uri, transport: Transport) -> anyhow::Result<()> {
    let is_http = uri.scheme() == Some(&Scheme::HTTP);
    if !is_http && uri.scheme() != Some(&Scheme::HTTPS) {
        bail!("{uri} begins with neither https:// nor http://");
    }
    if is_http && transport == Transport::Encrypted && !is_loopback(uri) {
        bail!(
            "{uri} is not encrypted, and the file could be changed on its way: use https, or say --insecure-http if the \
             way is your own"
        );
    }
    Ok(())
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn request(uri: &Uri) -> Result<http::Response<Body>, ureq::Error> {
    let mut config = agent_config()
        .timeout_global(Some(Duration::from_secs(REQUEST_SECONDS_MAX)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("strongroom/", env!("CARGO_PKG_VERSION")));
    if is_loopback(uri) {
        config = config.proxy(None);
    }
    config.build().new_agent().get(uri).call()
}

fn redirection(from: &Uri, response: &http::Response<Body>) -> anyhow::Result<Uri> {
    let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let target = target.with_context(|| format!("{from} leads on, but does not say where"))?;
    let refused = || format!("{from} leads on to {target}, which is no address");
    if !target.starts_with('/') || target.starts_with("//") {
        return target.parse().with_context(refused);
    }
    let mut parts = from.clone().into_parts();
    parts.path_and_query = Some(target.parse().with_context(refused)?);
    Uri::from_parts(parts).with_context(refused)
}
