//! How long a key a server takes: some have less room for names than S3 promises.

use super::abilities::KEY_BYTES_MAX;
use crate::s3::{Client, Condition, Content, Failure, S3Error};

/// Bytes of one name between two slashes: servers that keep files take no long ones.
const NAME_BYTES: usize = 100;

/// Finds the bytes of the longest key that is written and removed without complaint, 1024 at the most.
///
/// # Errors
/// The server refuses a key otherwise than by saying that it is too long, or cannot be reached.
pub(super) fn longest_key(client: &Client, top: &str) -> Result<usize, S3Error> {
    if takes(client, top, KEY_BYTES_MAX)? {
        return Ok(KEY_BYTES_MAX);
    }
    let (mut taken, mut refused) = (top.len() + 1, KEY_BYTES_MAX);
    while refused.saturating_sub(taken) > 1 {
        let middle = taken.midpoint(refused);
        if takes(client, top, middle)? {
            taken = middle;
        } else {
            refused = middle;
        }
    }
    Ok(taken)
}

fn takes(client: &Client, top: &str, length_bytes: usize) -> Result<bool, S3Error> {
    let key = key(top, length_bytes);
    let put = client.put(&key, Content::Bytes(b"x"), Condition::Always);
    // Garage takes keys that are a few bytes longer than those that it removes without an error.
    match put.and_then(|_| client.delete(&[key])) {
        Ok(()) => Ok(true),
        Err(S3Error { failure: Failure::KeyTooLong(_), .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn key(top: &str, length_bytes: usize) -> String {
    let mut key = top.to_owned();
    while key.len() < length_bytes {
        let is_border = key.len().is_multiple_of(NAME_BYTES) && key.len() + 1 < length_bytes && !key.ends_with('/');
        key.push(if is_border { '/' } else { 'n' });
    }
    key
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_is_as_long_as_it_is_to_be_and_its_names_are_short() {
        for length in [6, 99, 100, 101, 102, 479, 1024] {
            let key = key("keep/", length);
            assert_eq!(key.len(), length);
            assert!(key.split('/').all(|name| (1..=100).contains(&name.len())), "{key}");
        }
    }
}
