//! Listings that are older than what was written, as those of a server are whose machines learn it one after another.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// What was answered to a question, and when.
type Answers = Vec<(Instant, Vec<u8>)>;

/// How old listings are, and what they were.
#[derive(Default)]
pub struct StaleLists {
    /// Milliseconds by which each listing is late: without what was written since, with what was deleted. Whole seconds,
    /// since a server may tell no parts of one.
    pub late_ms: AtomicU64,
    /// Only keys whose bytes give an even sum are late, as where a listing is put together from several machines.
    pub is_partial: std::sync::atomic::AtomicBool,
    /// How many answers were not those of the server.
    pub told: AtomicU64,
    seen: Mutex<HashMap<String, Answers>>,
    /// When each key was first written, as `/bucket/key`.
    written: Mutex<HashMap<String, Instant>>,
}

impl StaleLists {
    /// Notes what a request writes.
    pub fn note(&self, line: &str) {
        let target = line.split(' ').nth(1).unwrap_or_default();
        if line.starts_with("PUT") || line.starts_with("POST") {
            let place = decoded(target.split('?').next().unwrap_or_default());
            self.written.lock().expect("no test has panicked").entry(place).or_insert_with(Instant::now);
        }
    }

    /// Returns what is answered to the first line of a request in place of what the server answers now.
    pub fn answer(&self, line: &str, now: Vec<u8>) -> Vec<u8> {
        let late = Duration::from_millis(self.late_ms.load(Ordering::SeqCst));
        if late.is_zero()
            || !line.starts_with("GET")
            || !line.contains("list-type=2")
            || !now.starts_with(b"HTTP/1.1 200")
        {
            return now;
        }
        // Without the signature, which is another each time.
        let target = line.split(' ').nth(1).unwrap_or_default();
        let (place, query) = target.split_once('?').unwrap_or((target, ""));
        let asked = query.split('&').filter(|pair| !pair.starts_with("X-Amz-")).collect::<Vec<_>>().join("&");
        let mut seen = self.seen.lock().expect("no test has panicked");
        let answers = seen.entry(format!("{place}?{asked}")).or_default();
        answers.push((Instant::now(), now.clone()));
        let earlier = answers.iter().rev().find(|(at, _)| at.elapsed() >= late);
        let bucket = decoded(place.trim_end_matches('/'));
        let told = earlier.map_or_else(|| self.without_the_new(&now, &bucket, late), |(_, answer)| answer.clone());
        self.told.fetch_add(u64::from(told != now), Ordering::SeqCst);
        told
    }

    /// Takes out of a listing what was written within a time.
    fn without_the_new(&self, answer: &[u8], bucket: &str, late: Duration) -> Vec<u8> {
        let text = String::from_utf8_lossy(answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return answer.to_vec() };
        let since = Timestamp::now() - SignedDuration::try_from(late).expect("it is short");
        let is_late = |entry: &str| {
            let modified = inner(entry, "LastModified").parse::<Timestamp>().expect("it is a time");
            let sum: u64 = inner(entry, "Key").bytes().map(u64::from).sum();
            modified >= since && (!self.is_partial.load(Ordering::SeqCst) || sum.is_multiple_of(2))
        };
        let body = without(body, "Contents", is_late);
        let body = without(&body, "CommonPrefixes", |entry| self.is_new(bucket, inner(entry, "Prefix"), late));
        let lines = head.lines().filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("content-length:") && !line.starts_with("transfer-encoding:")
        });
        let head = lines.collect::<Vec<_>>().join("\r\n");
        format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    /// Says whether all that is known to lie below a prefix was written within a time.
    fn is_new(&self, bucket: &str, prefix: &str, late: Duration) -> bool {
        let top = format!("{bucket}/{}", decoded(&prefix.replace("&amp;", "&")));
        let written = self.written.lock().expect("no test has panicked");
        let mut below = written.iter().filter(|(key, _)| key.starts_with(&top)).peekable();
        below.peek().is_some() && below.all(|(_, at)| at.elapsed() < late)
    }
}

/// Returns the text of an element.
fn inner<'a>(entry: &'a str, name: &str) -> &'a str {
    let (_, rest) = entry.split_once(&format!("<{name}>")).expect("each has one");
    rest.split_once("</").expect("it ends").0
}

/// Takes elements out of a text.
fn without(text: &str, name: &str, is_out: impl Fn(&str) -> bool) -> String {
    let opening = format!("<{name}>");
    let mut parts = text.split(&opening);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entry, rest) = part.split_once(&format!("</{name}>")).expect("each ends");
        if !is_out(entry) {
            kept += &format!("<{name}>{entry}</{name}>");
        }
        kept += rest;
    }
    kept
}

/// Reads a key that stands in an address or in a listing that encodes names.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
