//! The secret that proves who asks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;

use super::secret;

/// The file in which containers are given it.
const SECRET: &str = "strongroom-token";

/// Returns the secret that proves who asks: `$STRONGROOM_TOKEN`, else what is in the file `$STRONGROOM_TOKEN_FILE`, else
/// in `/run/secrets/strongroom-token`. `None` when nobody gave one. In place of a file, the name of a secret may stand that
/// Amazon keeps.
///
/// # Errors
/// The file that is named cannot be read.
pub fn token(now: fn() -> Timestamp) -> anyhow::Result<Option<String>> {
    let (token, file) = (std::env::var("STRONGROOM_TOKEN").ok(), std::env::var_os("STRONGROOM_TOKEN_FILE"));
    token_of(token, file, &secret::folder().join(SECRET), now)
}

fn token_of(
    token: Option<String>,
    file: Option<OsString>,
    usual: &Path,
    now: fn() -> Timestamp,
) -> anyhow::Result<Option<String>> {
    if token.is_some() {
        return Ok(token);
    }
    let path = match file {
        Some(file) => PathBuf::from(file),
        None if usual.is_file() => usual.to_owned(),
        None => return Ok(None),
    };
    let read = secret::read(&path, now).with_context(|| format!("cannot read the token in {}", path.display()))?;
    Ok(Some(read))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_token_comes_from_the_nearest_place_that_has_one() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (named, secret) = (folder.path().join("named"), folder.path().join("secret"));
        let ask = |token: Option<&str>, file: Option<&Path>| {
            token_of(token.map(str::to_owned), file.map(|file| file.as_os_str().to_owned()), &secret, || {
                Timestamp::UNIX_EPOCH
            })
        };
        assert_eq!(ask(None, None).expect("nothing is read"), None);
        assert!(ask(None, Some(&named)).is_err(), "the file that was named is not there");
        fs::write(&named, "in a file\n").expect("it can be written");
        fs::write(&secret, "a secret\n").expect("it can be written");
        assert_eq!(ask(Some("itself"), Some(&named)).expect("nothing is read").as_deref(), Some("itself"));
        assert_eq!(ask(None, Some(&named)).expect("it is there").as_deref(), Some("in a file"));
        assert_eq!(ask(None, None).expect("it is there").as_deref(), Some("a secret"));
    }
}
