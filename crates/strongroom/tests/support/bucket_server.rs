//! An S3 server and what a test does to its buckets behind the program's back, which is signed by nobody and let through.

#![allow(dead_code, reason = "each test file uses a part of this")]

#[path = "../../../backends/tests/support/s3_server.rs"]
mod s3_server;

use std::process::Command;

use rusty_s3::Method;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

/// A bucket of a server of this process, or of one that all share.
pub struct Bucket {
    pub name: String,
}

/// Bytes of a file of a test at the most.
const BYTES_MAX: u64 = 64 << 20;
/// How long a signature holds.
const SIGNED_SECONDS: u64 = 3600;
/// moto gives nothing to nobody, and takes any header for a signature.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none";

/// Sends a request that any server lets through, whatever a judge before it makes of the program's own.
fn send(method: Method, address: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Body> {
    let mut request = Request::builder().method(method.to_str());
    request = match s3_server::shared() {
        None => request.uri(address).header("authorization", SIGNED),
        Some(_) => request.uri(signed(method, address, headers)),
    };
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let agent = Agent::new_with_config(Agent::config_builder().http_status_as_error(false).build());
    let answer = match method {
        Method::Put | Method::Post => agent.run(request.body(body).expect("it is a request")),
        _ => agent.run(request.body(()).expect("it is a request")),
    };
    answer.expect("the server answers")
}

/// Writes a key as it stands in an address that is signed.
fn encoded(key: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    key.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn signed(method: Method, address: &str, headers: &[(&str, &str)]) -> String {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    // `%` is the only character that is encoded here.
    let query: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.replace("%25", "%")).collect();
    let query = query.iter().map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let (key_id, secret) = s3_server::key();
    rusty_s3::signing::sign(
        &jiff::Timestamp::now(),
        method,
        place.parse().expect("it is an address"),
        key_id,
        secret,
        None,
        "us-east-1",
        SIGNED_SECONDS,
        query,
        headers.iter().copied(),
    )
    .to_string()
}

/// The same, of what must be done.
#[track_caller]
fn done(method: Method, address: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Body> {
    let mut answer = send(method, address, headers, body);
    assert!(answer.status().is_success(), "{address}: {answer:?} {:?}", answer.body_mut().read_to_string());
    answer
}

impl Bucket {
    /// Makes a bucket. On a server that others use too, its name gets an ending.
    pub fn new(name: &str) -> Self {
        let bucket = Self { name: s3_server::name_of(name) };
        done(Method::Put, &bucket.at(""), &[], b"");
        bucket
    }

    /// Returns the server's address.
    pub fn endpoint() -> &'static str {
        s3_server::url()
    }

    /// Gives a command the server's key.
    pub fn give_key_to(command: &mut Command) {
        let (key_id, secret) = s3_server::key();
        command.env("AWS_ACCESS_KEY_ID", key_id).env("AWS_SECRET_ACCESS_KEY", secret).env_remove("AWS_SESSION_TOKEN");
    }

    fn at(&self, key: &str) -> String {
        format!("{}/{}/{}", Self::endpoint(), self.name, encoded(key))
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut answer = send(Method::Get, &self.at(key), &[], b"");
        let bytes = answer.body_mut().with_config().limit(BYTES_MAX).read_to_vec().expect("it can be read");
        answer.status().is_success().then_some(bytes)
    }

    pub fn put(&self, key: &str, bytes: &[u8]) {
        done(Method::Put, &self.at(key), &[], bytes);
    }

    /// Puts under a key that is written as it stands in an address.
    pub fn put_encoded(&self, key: &str, bytes: &[u8]) {
        done(Method::Put, &format!("{}/{}/{key}", Self::endpoint(), self.name), &[], bytes);
    }

    /// Returns the class of storage that a key is in.
    pub fn class(&self, key: &str) -> String {
        let answer = done(Method::Head, &self.at(key), &[], b"");
        let class = answer.headers().get("x-amz-storage-class").map(|class| class.to_str().expect("a word").to_owned());
        class.unwrap_or_else(|| "STANDARD".to_owned())
    }

    /// Has a thaw take so many seconds, for all that is asked for from now on.
    pub fn thaw_takes(seconds: u32) {
        done(Method::Get, &format!("{}/thaws-asked-for?take={seconds}", Self::endpoint()), &[], b"");
    }

    /// Asks for a key to be thawed, as somebody else may have.
    pub fn thaw(&self, key: &str) {
        let body = b"<RestoreRequest><Days>7</Days></RestoreRequest>";
        done(Method::Post, &format!("{}?restore", self.at(key)), &[], body);
    }

    /// Returns how often each key was asked to thaw.
    pub fn thaws() -> std::collections::BTreeMap<String, u64> {
        Self::of_thaws("thaws-asked-for")
    }

    /// Returns the tier, and for how many days, that each key was asked to thaw at last.
    pub fn terms_of_thaws() -> std::collections::BTreeMap<String, String> {
        Self::of_thaws("thaws-terms")
    }

    fn of_thaws<T: serde::de::DeserializeOwned>(what: &str) -> std::collections::BTreeMap<String, T> {
        let mut answer = done(Method::Get, &format!("{}/{what}", Self::endpoint()), &[], b"");
        let text = answer.body_mut().read_to_string().expect("it is text");
        let mut told: std::collections::BTreeMap<String, T> = serde_json::from_str(&text).expect("it is JSON");
        // The making of a store tries it with an object of its own.
        told.retain(|key, _| !key.contains("/.probe/"));
        told
    }

    /// Puts a key into a class of storage, as a life-cycle rule does.
    pub fn put_in_class(&self, key: &str, class: &str) {
        let source = format!("{}/{}", self.name, encoded(key));
        let headers = [("x-amz-copy-source", source.as_str()), ("x-amz-storage-class", class)];
        done(Method::Put, &self.at(key), &headers, b"");
    }

    pub fn delete(&self, key: &str) {
        done(Method::Delete, &self.at(key), &[], b"");
    }

    /// Returns all keys.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().map_or_else(String::new, |key| format!("&start-after={}", encoded(key)));
            let text = self.ask(&format!("?list-type=2{after}"));
            keys.extend(named(&text, "Key"));
            if !text.contains("<IsTruncated>true") {
                return keys;
            }
        }
    }

    /// Returns the keys of uploads in parts that nobody has ended.
    pub fn uploads(&self) -> Vec<String> {
        named(&self.ask("?uploads"), "Key").collect()
    }

    /// Returns the keys of all versions, and of marks that something was deleted; a test has no more than a page of them.
    pub fn versions(&self) -> Vec<String> {
        let text = self.ask("?versions");
        assert!(!text.contains("<IsTruncated>true"), "more than a page");
        named(&text, "Key").collect()
    }

    /// Has the server keep old versions from now on.
    pub fn keep_versions(&self) {
        let address = format!("{}/{}?versioning", Self::endpoint(), self.name);
        let text = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
        done(Method::Put, &address, &[], text.as_bytes());
    }

    fn ask(&self, query: &str) -> String {
        let address = format!("{}/{}{query}", Self::endpoint(), self.name);
        let mut answer = send(Method::Get, &address, &[], b"");
        answer.body_mut().read_to_string().expect("it is text")
    }

    /// Returns the one key that contains a text.
    #[track_caller]
    pub fn key(&self, text: &str) -> String {
        let mut keys: Vec<_> = self.keys().into_iter().filter(|key| key.contains(text)).collect();
        assert_eq!(keys.len(), 1, "{text}: {keys:?}");
        keys.remove(0)
    }
}

fn named<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let ends = (format!("<{name}>"), format!("</{name}>"));
    let parts: Vec<_> = text.split(&ends.0).skip(1).filter_map(|rest| rest.split(&ends.1).next()).collect();
    parts.into_iter().map(|part| part.replace("&amp;", "&"))
}
