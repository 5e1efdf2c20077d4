//! Signature Version 4, for requests whose body is small and at hand: those to S3 are signed elsewhere.

use digests::{Algorithm, Algorithms, Hasher};
use jiff::Timestamp;

use crate::s3::Credentials;

/// Bytes of a block of SHA-256.
const BLOCK_BYTES: usize = 64;
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A request that is to be signed. Path and query are encoded already, the query's parts in their order.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// Small letters, sorted by name; `host` and `x-amz-date` are among them.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
}

/// Returns the time as signatures write it.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Returns the value of the header `authorization`.
pub(super) fn authorization(
    request: &Unsigned<'_>,
    credentials: &Credentials,
    (region, service): (&str, &str),
    at: Timestamp,
) -> String {
    let date = date(at);
    let day = &date[..8];
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex(&sha256(canonical(request, &names).as_bytes())));
    let mut key = hmac(format!("AWS4{}", credentials.secret).as_bytes(), day.as_bytes());
    for part in [region, service, "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    let signature = hex(&hmac(&key, to_sign.as_bytes()));
    format!("{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", credentials.key_id)
}

fn canonical(request: &Unsigned<'_>, names: &str) -> String {
    let mut text = format!("{}\n{}\n{}\n", request.method, request.path, request.query);
    for (name, value) in request.headers {
        // Spaces around a value do not count, and several in it count as one.
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&format!("{name}:{value}\n"));
    }
    text.push_str(&format!("\n{names}\n{}", hex(&sha256(request.body))));
    text
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(Algorithms::from(Algorithm::Sha256));
    hasher.update(bytes);
    hasher.finish().get(Algorithm::Sha256).map(|digest| digest.as_bytes().to_vec()).unwrap_or_default()
}

/// RFC 2104 over SHA-256. Keys longer than a block are digested first.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = if key.len() > BLOCK_BYTES { sha256(key) } else { key.to_vec() };
    let padded = |with: u8| -> Vec<u8> {
        let byte = |place: usize| key.get(place).copied().unwrap_or(0) ^ with;
        (0..BLOCK_BYTES).map(byte).collect()
    };
    let inner = sha256(&[&padded(0x36)[..], message].concat());
    sha256(&[&padded(0x5c)[..], &inner].concat())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The credentials, time and scope of Amazon's published test suite for Signature Version 4.
    fn check(request: &Unsigned<'_>, expected: &str) {
        let credentials = Credentials {
            key_id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
            origin: "the test suite".to_owned(),
        };
        let at = "2015-08-30T12:36:00Z".parse().expect("it is a time");
        let signed = authorization(request, &credentials, ("us-east-1", "service"), at);
        let names: Vec<_> = request.headers.iter().map(|(name, _)| *name).collect();
        let scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
        let names = names.join(";");
        assert_eq!(signed, format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders={names}, Signature={expected}"));
    }

    const PLAIN: [(&str, &str); 2] = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];

    #[test]
    fn the_published_requests_are_signed_as_published() {
        let get = Unsigned { method: "GET", path: "/", query: "", headers: &PLAIN, body: b"" };
        check(&get, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        check(
            &Unsigned { query: "Param1=value1&Param2=value2", ..get },
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        );
        let post = Unsigned { method: "POST", path: "/", query: "", headers: &PLAIN, body: b"" };
        check(&post, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        let form = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
        ];
        let form = Unsigned { headers: &form, body: b"Param1=value1", ..post };
        check(&form, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
    }

    #[test]
    fn a_key_longer_than_a_block_is_digested_first() {
        // RFC 4231, test case 6.
        let tag = hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(&tag), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
