//! Asking a process that runs here whether it can work: an image without a shell has nothing else to ask it with.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use backends::authorities::agent_config;

use super::exit::Exit;
use super::house::Where;
use super::output;

/// How long the answer may take: some things are tried, each for some seconds.
const LONGEST: Duration = Duration::from_secs(15);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// Asks, prints what is not well, and exits with 1 when anything is not.
///
/// # Errors
/// Nobody listens there, or no address is configured.
pub fn ask(at: &Where) -> anyhow::Result<Exit> {
    let Some(address) = at.config()?.observe.listen else {
        bail!("nobody can be asked: set observe.listen, as in STRONGROOM_OBSERVE__LISTEN=127.0.0.1:9464");
    };
    let url = format!("http://{}/healthz", reachable(address));
    let agent = agent_config().timeout_global(Some(LONGEST)).http_status_as_error(false).build();
    let mut answer =
        ureq::Agent::new_with_config(agent).get(&url).call().with_context(|| format!("{url} gives no answer"))?;
    let text = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()?;
    if answer.status().is_success() {
        return Ok(Exit::Done);
    }
    output::line(&text);
    Ok(Exit::Refused)
}

/// Returns where a process is reached from here that listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    let here = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(here, address.port())
}
