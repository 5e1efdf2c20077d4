//! The buckets of the configuration that deposits may lie in.

use backends::s3::Client;
use backends::storage::ObjectAddress;

/// The ways to the buckets of the configuration: first those in which deposits arrive.
#[derive(Debug, Clone, Default)]
pub struct DepositBuckets(pub Vec<Client>);

impl DepositBuckets {
    /// Returns the way to an object: that of the longest prefix that it lies below, else any to its bucket. `None` when the
    /// configuration names no such bucket.
    #[must_use]
    pub fn client(&self, address: &ObjectAddress) -> Option<&Client> {
        let of_bucket = || self.0.iter().filter(|client| client.address().bucket == address.bucket());
        let below = of_bucket().filter(|client| address.key().starts_with(&client.address().prefix));
        // Of two that are as long, the first: places of arrival come before stores.
        let longest = below.rev().max_by_key(|client| client.address().prefix.len());
        longest.or_else(|| of_bucket().next())
    }

    /// Says what to do about a bucket that is not known here.
    #[must_use]
    pub fn advice(address: &ObjectAddress) -> String {
        format!(
            "the configuration names no bucket {}: add it as a place of arrival ([[receiving]], with its endpoint and \
             credentials), so that every process finds the deposit",
            address.bucket()
        )
    }
}
