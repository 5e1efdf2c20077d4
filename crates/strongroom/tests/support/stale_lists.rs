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
    /// How many answers were not those of the server.
    pub told: AtomicU64,
    seen: Mutex<HashMap<String, Answers>>,
}

impl StaleLists {
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
        let (place, query) = line.split_once('?').unwrap_or((line, ""));
        let asked = query.split([' ', '&']).filter(|pair| !pair.starts_with("X-Amz-")).collect::<Vec<_>>().join("&");
        let mut seen = self.seen.lock().expect("no test has panicked");
        let answers = seen.entry(format!("{place}?{asked}")).or_default();
        answers.push((Instant::now(), now.clone()));
        let earlier = answers.iter().rev().find(|(at, _)| at.elapsed() >= late);
        let told = earlier.map_or_else(|| without_the_new(&now, late), |(_, answer)| answer.clone());
        self.told.fetch_add(u64::from(told != now), Ordering::SeqCst);
        told
    }
}

/// Takes out of a listing what was written within a time.
fn without_the_new(answer: &[u8], late: Duration) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return answer.to_vec() };
    let since = Timestamp::now() - SignedDuration::try_from(late).expect("it is short");
    let mut parts = body.split("<Contents>");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entry, rest) = part.split_once("</Contents>").expect("each entry ends");
        let written =
            entry.split_once("<LastModified>").and_then(|(_, rest)| rest.split_once('<')).expect("it has one").0;
        if written.parse::<Timestamp>().expect("it is a time") < since {
            kept += &format!("<Contents>{entry}</Contents>");
        }
        kept += rest;
    }
    let lines = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("content-length:") && !line.starts_with("transfer-encoding:")
    });
    let head = lines.collect::<Vec<_>>().join("\r\n");
    format!("{head}\r\nContent-Length: {}\r\n\r\n{kept}", kept.len()).into_bytes()
}
