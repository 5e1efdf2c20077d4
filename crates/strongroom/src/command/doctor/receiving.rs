//! The buckets in which deposits arrive: there, readable, and deposits may be removed from them.

use backends::storage::BucketReceiving;

use super::check::Check;
use crate::config::ReceivingConfig;

/// Looks at a bucket in which an institution's deposits arrive. Nothing is written there.
pub async fn bucket(place: &ReceivingConfig) -> Check {
    let name = format!("receiving {}", place.institution);
    let client = match place.client(jiff::Timestamp::now) {
        Ok(client) => client,
        Err(error) => return Check::fault(name, error.to_string(), "mend the configuration"),
    };
    let tried = tokio::task::spawn_blocking(move || BucketReceiving::new(client).check()).await;
    match tried {
        Ok(Ok(())) => Check::ok(name, place.url.clone()),
        Ok(Err(error)) => Check::fault(
            name,
            format!("{} cannot be used: {error}", place.url),
            "its credentials need the rights to list, get and delete below the prefix; deposits are removed once stored",
        ),
        Err(error) => Check::fault(name, format!("{} could not be looked at: {error}", place.url), "try again"),
    }
}
