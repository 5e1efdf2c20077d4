//! A proxy between the program and its server that does to both what networks do.

#![allow(
    dead_code,
    clippy::disallowed_types,
    reason = "a proxy is made of sockets; each test file uses a part of this"
)]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stale_lists::StaleLists;

#[path = "stale_lists.rs"]
mod stale_lists;

/// What is done to the connections, each to one of so many; 0 is never.
#[derive(Default)]
pub struct Faults {
    /// It is reset after some bytes of the answer.
    pub reset_one_in: AtomicU64,
    /// The answer ends early, as if it were whole.
    pub cut_one_in: AtomicU64,
    /// The server asks for patience.
    pub slow_down_one_in: AtomicU64,
    /// A byte far within the answer is another.
    pub flip_one_in: AtomicU64,
    /// A byte of what is put is another when it arrives.
    pub flip_sent_one_in: AtomicU64,
    /// The answer tells another checksum and another entity tag than the bytes have.
    pub lie_one_in: AtomicU64,
    /// Listings are late.
    pub lists: StaleLists,
    /// Nobody is there: each connection is closed as it comes.
    pub is_down: AtomicBool,
    /// The server knows no listing of uploads that were begun.
    pub lists_no_uploads: AtomicBool,
    /// Milliseconds before each answer.
    pub wait_ms: AtomicU64,
    /// How many connections came.
    pub connections: AtomicU64,
    /// How many of them were done something to.
    pub done: AtomicU64,
    /// What was asked for, in the order of the answers.
    pub log: Mutex<Vec<Passed>>,
    /// Done once, before the so-many-th request from now on whose first line has this text goes on.
    pub before: Mutex<Option<(String, u64, Act)>>,
}

/// What a test does in the middle of somebody's request.
pub type Act = Box<dyn FnOnce() + Send>;

/// A request that passed.
#[derive(Debug, Clone)]
pub struct Passed {
    /// The whole head.
    pub head: String,
    /// Bytes of its body.
    pub sent_bytes: u64,
    /// Bytes of the answer, with its head.
    pub answered_bytes: u64,
}

impl Passed {
    pub fn is(&self, method: &str, text: &str) -> bool {
        let line = self.head.lines().next().unwrap_or_default();
        line.starts_with(method) && line.contains(text)
    }
}

pub struct FaultProxy {
    pub url: String,
    pub faults: Arc<Faults>,
}

impl FaultProxy {
    /// Begins to serve in front of a server, until this process ends.
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has one"));
        let (faults, server) = (Arc::new(Faults::default()), server.trim_start_matches("http://").to_owned());
        let shared = faults.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (faults, server) = (shared.clone(), server.clone());
                // What breaks here is what the test is about.
                std::thread::spawn(move || drop(serve(&client, &server, &faults)));
            }
        });
        Self { url, faults }
    }
}

/// What is done to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pass,
    Reset,
    Cut,
    SlowDown,
    Flip,
    FlipSent,
    Lie,
}

impl Faults {
    /// Does what is to be done before this request.
    fn interfere(&self, line: &str) {
        let mut before = self.before.lock().expect("no test has panicked");
        if let Some((text, left, _)) = &mut *before
            && line.contains(text.as_str())
        {
            *left -= 1;
            if *left == 0
                && let Some((.., act)) = before.take()
            {
                act();
            }
        }
    }

    fn fate(&self) -> Fate {
        let number = self.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let is_due = |one_in: &AtomicU64| {
            let one_in = one_in.load(Ordering::SeqCst);
            one_in > 0 && number.is_multiple_of(one_in)
        };
        let fates = [
            (&self.reset_one_in, Fate::Reset),
            (&self.cut_one_in, Fate::Cut),
            (&self.slow_down_one_in, Fate::SlowDown),
            (&self.flip_one_in, Fate::Flip),
            (&self.flip_sent_one_in, Fate::FlipSent),
            (&self.lie_one_in, Fate::Lie),
        ];
        let fate = fates.iter().find(|(one_in, _)| is_due(one_in)).map_or(Fate::Pass, |(_, fate)| *fate);
        self.done.fetch_add(u64::from(fate != Fate::Pass), Ordering::SeqCst);
        fate
    }
}

/// One request a connection: the server is told to close after it, so that its answer ends with the connection.
fn serve(client: &TcpStream, server: &str, faults: &Faults) -> io::Result<()> {
    if faults.is_down.load(Ordering::SeqCst) {
        faults.done.fetch_add(1, Ordering::SeqCst);
        return client.shutdown(Shutdown::Both);
    }
    let mut client = client.try_clone()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let length = header(&text, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    std::thread::sleep(Duration::from_millis(faults.wait_ms.load(Ordering::SeqCst)));
    let fate = faults.fate();
    if fate == Fate::SlowDown {
        let error = "<Error><Code>SlowDown</Code><Message>please</Message></Error>";
        let answer =
            format!("HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{error}", error.len());
        return client.write_all(answer.as_bytes());
    }
    let line = text.lines().next().unwrap_or_default();
    if faults.lists_no_uploads.load(Ordering::SeqCst) && line.starts_with("GET") && line.contains("uploads=") {
        let error = "<Error><Code>NotImplemented</Code><Message>not here</Message></Error>";
        let answer = format!(
            "HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{error}",
            error.len()
        );
        return client.write_all(answer.as_bytes());
    }
    if fate == Fate::FlipSent && line.starts_with("PUT") && length > 0 {
        body[length / 2] ^= 1;
    }
    faults.interfere(text.lines().next().unwrap_or_default());
    let mut upstream = TcpStream::connect(server)?;
    let head = text.trim_end_matches("\r\n").to_owned() + "\r\nConnection: close\r\n\r\n";
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    faults.lists.note(line);
    let mut answer = faults.lists.answer(line, answer);
    let passed = Passed { head: text.clone(), sent_bytes: body.len() as u64, answered_bytes: answer.len() as u64 };
    faults.log.lock().expect("no test has panicked").push(passed);
    let start = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let middle = start + (answer.len() - start) / 2;
    match fate {
        Fate::Flip if middle < answer.len() && text.starts_with("GET") && !text.contains("list-type") => {
            answer[middle] ^= 1;
            client.write_all(&answer)?;
        }
        Fate::Lie => client.write_all(&with_a_lie(&answer[..start], &answer[start..]))?,
        Fate::Reset | Fate::Cut => {
            client.write_all(&answer[..middle])?;
        }
        _ => client.write_all(&answer)?,
    }
    // Closed with what the client has sent unread, if it sends more, the kernel resets the connection.
    client.shutdown(if fate == Fate::Reset { Shutdown::Write } else { Shutdown::Both })
}

/// Changes a letter in the checksums and the entity tag of an answer's head, and in those that its body tells.
fn with_a_lie(head: &[u8], body: &[u8]) -> Vec<u8> {
    let changed = |value: &str| {
        let quotes = ["&quot;", "&#34;", "\""].into_iter().find(|quotes| value.starts_with(quotes)).unwrap_or_default();
        let at = quotes.len();
        let other = if value[at..].starts_with('0') { '1' } else { '0' };
        value.chars().enumerate().map(|(place, letter)| if place == at { other } else { letter }).collect::<String>()
    };
    let mut lied = String::new();
    for line in String::from_utf8_lossy(head).split_inclusive("\r\n") {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match line.split_once(": ") {
            Some((_, value)) if name == "etag" || name.starts_with("x-amz-checksum-") => {
                lied += &format!("{name}: {}", changed(value));
            }
            _ => lied += line,
        }
    }
    let mut lied = lied.into_bytes();
    let tag = b"<ETag>";
    match body.windows(tag.len()).position(|seen| seen == tag) {
        Some(at) if body.starts_with(b"<") => {
            let text = String::from_utf8_lossy(&body[at + tag.len()..]);
            lied.extend_from_slice(&body[..at + tag.len()]);
            lied.extend_from_slice(changed(&text).as_bytes());
        }
        _ => lied.extend_from_slice(body),
    }
    lied
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    Some(line.split_once(':')?.1.trim())
}
