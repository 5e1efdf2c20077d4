//! The buckets that objects are given back to: there, and something can be put there and taken away.

use backends::s3::{Client, Condition, Content, S3Error};

use super::check::Check;
use crate::config::RestorePlaceConfig;

/// The name of a probe, below the place.
const PROBE: &str = ".strongroom-doctor-probe";

/// Looks at a bucket that objects are given back to: puts a small object there, and removes it.
pub async fn bucket(place: &RestorePlaceConfig) -> Check {
    let name = format!("restore place {}", place.url);
    let client = match place.client(jiff::Timestamp::now) {
        Ok(client) => client,
        Err(error) => return Check::fault(name, error.to_string(), "mend the configuration"),
    };
    match tokio::task::spawn_blocking(move || tried(&client)).await {
        Ok(Ok(())) => Check::ok(name, "takes what is put there".to_owned()),
        Ok(Err(error)) => Check::fault(
            name,
            format!("{} cannot be used: {error}", place.url),
            "its credentials need the rights to list, get, put and delete below the prefix, and to list and abort uploads",
        ),
        Err(error) => Check::fault(name, format!("{} could not be looked at: {error}", place.url), "try again"),
    }
}

fn tried(client: &Client) -> Result<(), S3Error> {
    let key = format!("{}{PROBE}", client.address().prefix);
    client.put(&key, Content::Bytes(b"probe"), Condition::Always)?;
    client.head(&key)?;
    client.abort_uploads_to(&key)?;
    client.delete(&[key])
}
