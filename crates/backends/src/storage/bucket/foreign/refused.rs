//! Credentials that expire in the middle of work, and clocks that are wrong.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};

use super::{credentials, place_of, root_files, s3_server};
use crate::s3::{CredentialSource, Credentials, FileCredentials};
use crate::storage::{StorageError, StorePlace};

fn two_hours_ago() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(2)
}

fn in_an_hour() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(1)
}

fn expired() -> Credentials {
    Credentials { token: Some("until-1".to_owned()), ..credentials() }
}

#[test]
fn a_wrong_clock_keeps_nobody_from_the_bucket() {
    for (name, now) in [("behind", two_hours_ago as fn() -> Timestamp), ("ahead", in_an_hour)] {
        let place = place_of(s3_server::url(), name, "keep/", CredentialSource::Given(credentials()), now);
        place.client().make_bucket().unwrap();
        StorePlace::Bucket(place.clone()).create("store-1", &root_files()).unwrap();
        // The answer to HEAD has no words.
        let place = place_of(s3_server::url(), name, "keep/", CredentialSource::Given(credentials()), now);
        assert!(place.client().head("nothing").unwrap().is_none());
        // Many at once: whoever is refused after another has learned the time must not be refused for good.
        let place = place_of(s3_server::url(), name, "keep/", CredentialSource::Given(credentials()), now);
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| StorePlace::Bucket(place.clone()).open().map(drop))).collect();
            for thread in threads {
                thread.join().unwrap().unwrap();
            }
        });
    }
}

#[test]
fn credentials_that_have_expired_are_read_again_and_else_told() {
    let place = place_of(s3_server::url(), "expiring", "keep/", CredentialSource::Given(credentials()), Timestamp::now);
    place.client().make_bucket().unwrap();
    static READ: AtomicUsize = AtomicUsize::new(0);
    // The file is replaced only after it was read once more.
    let find = || Ok(if READ.fetch_add(1, Ordering::SeqCst) == 0 { expired() } else { credentials() });
    let files = FileCredentials::new(expired(), Box::new(find));
    let place = place_of(s3_server::url(), "expiring", "keep/", CredentialSource::Files(files), Timestamp::now);
    let error = place.client().keeps_versions().unwrap_err();
    assert!(error.to_string().contains("the credentials of key tester from the test have expired"), "{error}");
    let told = StorageError::from(error);
    assert!(matches!(told, StorageError::Unreachable { .. }), "{told}");
    assert!(!place.client().keeps_versions().unwrap());
    assert_eq!(READ.load(Ordering::SeqCst), 2);
}
