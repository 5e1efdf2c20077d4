//! Checking a configuration as a whole: every fault at once, not only the first.

use std::collections::BTreeSet;

use backends::database::Server;
use backends::s3::BucketAddress;
use model::SampleAccount;

use super::Config;

/// Past this, a copy in another class is cheaper.
const DAYS_THAWED_MAX: u32 = 365;
/// Below this, a server that is slow for a moment would cost every process its work.
const LEASE_SECONDS_MIN: u64 = 3;

/// One thing that is wrong with a configuration, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

/// Returns all that is wrong with a configuration; nothing when it can be used.
#[must_use]
pub fn check(config: &Config) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |what: String, advice: &str| faults.push(Fault { what, advice: advice.to_owned() });
    if config.institutions.is_empty() {
        add("no institution is configured".to_owned(), "name at least one: institutions = [\"library.example.org\"]");
    }
    if config.storage_options.is_empty() {
        add("no storage option is configured".to_owned(), "name at least one, with its stores");
    }
    let mut known = BTreeSet::new();
    for store in &config.stores {
        if !known.insert(&store.id) {
            add(format!("two stores are called {}", store.id), "give each store a name of its own");
        }
        if let Err(fault) = store.place(std::path::Path::new("/"), || jiff::Timestamp::UNIX_EPOCH) {
            let what = format!("the store {} cannot be used: {fault}", store.id);
            add(what, "write a path, file:///… or s3://bucket/prefix (docs/operators/buckets.md)");
        }
        let of_bucket = [&store.endpoint, &store.region, &store.class, &store.credentials];
        let has_any = of_bucket.iter().any(|setting| setting.is_some()) || store.path_style.is_some();
        if has_any && !store.url.starts_with("s3://") {
            let what = format!("the store {} is a folder and has settings of a bucket", store.id);
            add(what, "take endpoint, region, path_style, class and credentials out, or write s3://bucket/prefix");
        }
    }
    receiving(config, &mut add);
    restore_places(config, &mut add);
    for option in &config.storage_options {
        if option.stores.is_empty() {
            add(format!("the storage option {} has no stores", option.name), "name at least one, better two");
        }
        for store in option.stores.iter().filter(|store| !known.contains(store)) {
            let what = format!("the storage option {} names the store {store}, which is not configured", option.name);
            add(what, "add the store, or take it out of the option");
        }
    }
    if !(1..=DAYS_THAWED_MAX).contains(&config.cold.days) {
        add(format!("cold.days is {}", config.cold.days), "thawed files cost twice: 1 to 365 days");
    }
    let periods = config.stores.iter().filter_map(|store| store.period_days).chain([config.fixity.period_days]);
    if periods.into_iter().any(|days| days == 0) {
        add("a period_days is 0".to_owned(), "give each replica at least 1 day to be proven in");
    }
    if let Some(url) = &config.database.url
        && let Err(fault) = Server::parse(url, None)
    {
        add(fault.to_string(), "or take database.url out: then a file in the data directory serves");
    }
    let is_odd = |amount: f64| !amount.is_finite() || amount < 0.0;
    for store in &config.stores {
        let amounts = store.price.iter().flat_map(|price| {
            [price.per_gib_month, price.per_1000_writes, price.per_1000_reads, price.per_1000_lists, price.per_gib_out]
        });
        if amounts.into_iter().any(is_odd) || store.bytes_per_second == Some(0) {
            let what = format!("a price or the rate of the store {} is no amount", store.id);
            add(what, "write 0 or more; bytes_per_second is more than 0, or left out");
        }
    }
    samples(config, &mut add);
    bounds(config, &mut add);
    faults
}

/// Looks at what may be thawed of each store to prove it.
fn samples(config: &Config, add: &mut impl FnMut(String, &str)) {
    for store in &config.stores {
        let id = &store.id;
        if store.sample_bytes_per_month.is_some_and(|bytes| bytes > 0) && !store.url.starts_with("s3://") {
            add(format!("sample_bytes_per_month of the store {id}, whose files are never frozen"), "take it out");
        }
        let Some(cost) = store.sample_cost_per_month else { continue };
        if !cost.is_finite() || cost < 0.0 {
            add(format!("sample_cost_per_month of the store {id} is no amount"), "write 0 or more");
        } else if cost > 0.0 && store.sample_budget().cost_of(id, SampleAccount { files: 1, size_bytes: 1 }) <= 0.0 {
            let what = format!("sample_cost_per_month of the store {id}, which has no price of a thaw or of reading");
            add(what, "set per_gib_thawed, per_1000_thaws or per_gib_out of its price, or sample_bytes_per_month");
        }
    }
}

/// Looks at the buckets in which deposits arrive.
fn receiving(config: &Config, add: &mut impl FnMut(String, &str)) {
    let mut known = Vec::new();
    for place in &config.receiving {
        let url = &place.url;
        if !config.institutions.contains(&place.institution) {
            let what = format!("deposits of {} arrive in {url}, and it is not configured", place.institution);
            add(what, "add the institution, or take the place out");
        }
        let client = match place.client(|| jiff::Timestamp::UNIX_EPOCH) {
            Ok(client) => client,
            Err(fault) => {
                let what = format!("the receiving place {url} cannot be used: {fault}");
                add(what, "write s3://bucket/prefix (docs/operators/buckets.md)");
                continue;
            }
        };
        let (address, endpoint) = (client.address().clone(), client.endpoint().to_owned());
        for (other, server) in &known {
            if address == *other {
                add(format!("deposits arrive twice in {address}"), "give each receiving place a prefix of its own");
            } else if address.bucket == other.bucket && endpoint != *server {
                let what = format!("two servers have a receiving bucket {}", address.bucket);
                add(what, "a deposit is known by its bucket and key: rename one of the buckets");
            }
        }
        for store in config.stores.iter().filter_map(|store| BucketAddress::parse(&store.url).ok()) {
            if overlap(&store, &address) {
                let what = format!("deposits arrive in {address}, where a store is too ({store})");
                add(what, "give each a prefix of its own: what arrives is removed once it is stored");
            }
        }
        known.push((address, endpoint));
    }
}

/// Looks at the buckets that objects are given back to.
fn restore_places(config: &Config, add: &mut impl FnMut(String, &str)) {
    let stores = config.stores.iter().map(|store| ("a store is", &store.url));
    let arrivals = config.receiving.iter().map(|place| ("deposits arrive", &place.url));
    let taken: Vec<_> =
        stores.chain(arrivals).filter_map(|(what, url)| Some((what, BucketAddress::parse(url).ok()?))).collect();
    let mut owners = BTreeSet::new();
    for place in &config.restore_places {
        let url = &place.url;
        if let Some(institution) = &place.institution {
            if !config.institutions.contains(institution) {
                let what = format!("objects of {institution} are given back to {url}, and it is not configured");
                add(what, "add the institution, or take the place out");
            }
            if !owners.insert(institution) {
                let what = format!("objects of {institution} are given back to several buckets");
                add(what, "name the institution at one place; --to chooses another");
            }
        }
        let address = match place.client(|| jiff::Timestamp::UNIX_EPOCH) {
            Ok(client) => client.address().clone(),
            Err(fault) => {
                let what = format!("the restore place {url} cannot be used: {fault}");
                add(what, "write s3://bucket/prefix (docs/operators/buckets.md)");
                continue;
            }
        };
        for (what, other) in taken.iter().filter(|(_, other)| overlap(other, &address)) {
            let what = format!("objects are given back to {address}, where {what} too ({other})");
            add(what, "give each a prefix of its own");
        }
    }
}

fn overlap(one: &BucketAddress, other: &BucketAddress) -> bool {
    let is_within = one.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&one.prefix);
    one.bucket == other.bucket && is_within
}

/// Looks at what is a number or a list of its own.
fn bounds(config: &Config, add: &mut impl FnMut(String, &str)) {
    if config.alerts.timeout_seconds == 0 || config.drills.timeout_seconds == 0 {
        add("a timeout_seconds is 0".to_owned(), "give the program at least 1 second");
    }
    if config.drills.validators.iter().any(Vec::is_empty) {
        add("drills.validators names no program".to_owned(), "write [\"bagit.py\", \"--validate\"], or leave it out");
    }
    for institution in config.drills.restore_days_of.keys().filter(|name| !config.institutions.contains(name)) {
        let what = format!("drills.restore_days_of names {institution}, which is not configured");
        add(what, "add the institution, or take it out");
    }
    if config.queue.lease_seconds.is_some_and(|seconds| seconds < LEASE_SECONDS_MIN) {
        let what = format!("queue.lease_seconds is below {LEASE_SECONDS_MIN}");
        add(what, "leave time for several signs of life, or take it out");
    }
    if config.ingest.items_at_once == 0 {
        add("ingest.items_at_once is 0".to_owned(), "allow at least 1 item at once");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_configuration_has_no_fault() {
        assert_eq!(check(&Config::default()), []);
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let mut config = Config::default();
        config.institutions.clear();
        config.stores[1].id = config.stores[0].id.clone();
        config.stores[0].url = "sftp://bucket".to_owned();
        config.ingest.items_at_once = 0;
        let whats: Vec<_> = check(&config).into_iter().map(|fault| fault.what).collect();
        assert_eq!(whats.len(), 5, "{whats:?}");
    }

    #[test]
    fn a_bucket_is_taken_and_what_is_not_served_is_told() {
        let check_store = |change: &dyn Fn(&mut crate::config::StoreConfig), expected: Option<&str>| {
            let mut config = Config::default();
            config.stores[0].url = "s3://keep/archive".to_owned();
            change(&mut config.stores[0]);
            let whats: Vec<_> = check(&config).into_iter().map(|fault| fault.what).collect();
            let has = |expected: &str| whats.len() == 1 && whats[0].contains(expected);
            assert!(expected.map_or(whats.is_empty(), has), "{expected:?}: {whats:?}");
        };
        check_store(&|_| {}, None);
        check_store(&|store| store.endpoint = Some("http://127.0.0.1:9000".to_owned()), None);
        check_store(&|store| store.class = Some("STANDARD".to_owned()), None);
        check_store(&|store| store.class = Some("GLACIER".to_owned()), None);
        check_store(&|store| store.class = Some("ICE".to_owned()), Some("ICE is no storage class"));
        check_store(&|store| store.endpoint = Some("nowhere".to_owned()), Some("no address of a server"));
        check_store(&|store| store.credentials = Some("../etc".to_owned()), Some("no name of credentials"));
        check_store(&|store| store.url = "s3://Keep".to_owned(), Some("no name of a bucket"));
        let folder = |store: &mut crate::config::StoreConfig| {
            store.url = "stores/first".to_owned();
            store.region = Some("x".to_owned());
        };
        check_store(&folder, Some("has settings of a bucket"));
    }
}
