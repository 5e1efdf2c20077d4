//! An S3 server and what a test does to its buckets behind the program's back, which is signed by nobody and let through.

#![allow(dead_code, reason = "each test file uses a part of this")]

#[path = "../../../backends/tests/support/moto.rs"]
mod moto;

use ureq::http::Response;
use ureq::{Agent, Body};

/// A bucket of a server of this process.
pub struct Bucket {
    pub name: String,
}

/// Bytes of a file of a test at the most.
const BYTES_MAX: u64 = 64 << 20;
/// moto gives nothing to nobody, and takes any header for a signature.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=tester/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none";

fn agent() -> Agent {
    Agent::new_with_config(Agent::config_builder().http_status_as_error(false).build())
}

impl Bucket {
    /// Makes a bucket.
    pub fn new(name: &str) -> Self {
        let bucket = Self { name: name.to_owned() };
        let answer = agent().put(bucket.at("")).send_empty().expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
        bucket
    }

    /// Returns the server's address.
    pub fn endpoint() -> &'static str {
        &moto::moto().url
    }

    /// A key in an address: `%` is the only character of ours that must not stand for itself there.
    fn at(&self, key: &str) -> String {
        format!("{}/{}/{}", Self::endpoint(), self.name, key.replace('%', "%25"))
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut answer: Response<Body> =
            agent().get(self.at(key)).header("authorization", SIGNED).call().expect("moto answers");
        let bytes = answer.body_mut().with_config().limit(BYTES_MAX).read_to_vec().expect("it can be read");
        answer.status().is_success().then_some(bytes)
    }

    pub fn put(&self, key: &str, bytes: &[u8]) {
        let answer = agent().put(self.at(key)).header("authorization", SIGNED).send(bytes).expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Puts under a key that is written as it stands in an address.
    pub fn put_encoded(&self, key: &str, bytes: &[u8]) {
        let address = format!("{}/{}/{key}", Self::endpoint(), self.name);
        let answer = agent().put(address).header("authorization", SIGNED).send(bytes).expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Returns the class of storage that a key is in.
    pub fn class(&self, key: &str) -> String {
        let answer = agent().head(self.at(key)).header("authorization", SIGNED).call().expect("moto answers");
        assert!(answer.status().is_success(), "{key}: {answer:?}");
        let class = answer.headers().get("x-amz-storage-class").map(|class| class.to_str().expect("a word").to_owned());
        class.unwrap_or_else(|| "STANDARD".to_owned())
    }

    /// Has a thaw take so many seconds, for all that is asked for from now on.
    pub fn thaw_takes(seconds: u32) {
        let answer = agent().get(format!("{}/thaws-asked-for?take={seconds}", Self::endpoint())).call();
        assert!(answer.expect("it answers").status().is_success());
    }

    /// Asks for a key to be thawed, as somebody else may have.
    pub fn thaw(&self, key: &str) {
        let post = agent().post(format!("{}?restore", self.at(key))).header("authorization", SIGNED);
        let answer = post.send("<RestoreRequest><Days>7</Days></RestoreRequest>").expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Returns how often each key was asked to thaw.
    pub fn thaws() -> std::collections::BTreeMap<String, u64> {
        let mut answer = agent().get(format!("{}/thaws-asked-for", Self::endpoint())).call().expect("it answers");
        let text = answer.body_mut().read_to_string().expect("it is text");
        let mut thaws: std::collections::BTreeMap<String, u64> = serde_json::from_str(&text).expect("it is JSON");
        // The making of a store tries it with an object of its own.
        thaws.retain(|key, _| !key.contains("/.probe/"));
        thaws
    }

    /// Puts a key into a class of storage, as a life-cycle rule does.
    pub fn put_in_class(&self, key: &str, class: &str) {
        let put = agent().put(self.at(key)).header("authorization", SIGNED).header("x-amz-storage-class", class);
        let source = format!("{}/{}", self.name, key.replace('%', "%25"));
        let answer = put.header("x-amz-copy-source", source).send_empty().expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    pub fn delete(&self, key: &str) {
        let answer = agent().delete(self.at(key)).header("authorization", SIGNED).call().expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Returns all keys.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let after = keys.last().map_or_else(String::new, |key| format!("&start-after={}", key.replace('%', "%25")));
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
        let answer = agent().put(address).header("authorization", SIGNED).send(text).expect("moto answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    fn ask(&self, query: &str) -> String {
        let address = format!("{}/{}{query}", Self::endpoint(), self.name);
        let mut answer = agent().get(address).header("authorization", SIGNED).call().expect("moto answers");
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
