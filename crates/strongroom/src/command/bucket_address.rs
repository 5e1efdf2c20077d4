//! What people type for a place: the address of something in a bucket, told from a path of this machine.

use anyhow::bail;

const SCHEME: &str = "s3://";

/// Returns the text when it is an address in a bucket; `None` when it is a path.
///
/// # Errors
/// It is nearly an address: written with a capital, or a slash is missing. Taken for a path, it would at best be told to be
/// missing, and at worst be made.
pub fn in_bucket(text: &str) -> anyhow::Result<Option<&str>> {
    if text.starts_with(SCHEME) {
        return Ok(Some(text));
    }
    let scheme = SCHEME.trim_end_matches('/');
    match text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)) {
        None => Ok(None),
        Some(start) => {
            let rest = text[start.len()..].trim_start_matches('/');
            bail!("to name what is in a bucket, write {SCHEME}{rest}; to name a file that is called so, ./{text}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_bucket;

    #[test]
    fn what_is_nearly_an_address_is_refused_with_the_right_one() {
        let check = |text: &str, expected: Result<Option<&str>, &str>| match (in_bucket(text), expected) {
            (Ok(seen), Ok(expected)) => assert_eq!(seen, expected, "{text}"),
            (Err(error), Err(advice)) => assert!(error.to_string().contains(advice), "{text}: {error}"),
            (seen, expected) => panic!("{text}: {seen:?}, not {expected:?}"),
        };
        check("s3://keep/a.tar", Ok(Some("s3://keep/a.tar")));
        check("a.tar", Ok(None));
        check("./s3:/keep/a.tar", Ok(None));
        check("s3", Ok(None));
        check("é3:/x", Ok(None));
        check("s3:/keep/a.tar", Err("write s3://keep/a.tar"));
        check("S3://keep/a.tar", Err("write s3://keep/a.tar"));
        check("s3:keep", Err("write s3://keep"));
    }
}
