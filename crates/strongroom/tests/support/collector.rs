//! Collectors of traces: a real one that judges what it is sent, and some that are of no use.

#![allow(clippy::disallowed_types, reason = "a collector that misbehaves is written by hand")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::installation::WORKSPACE;

const SCRIPT: &str = include_str!("otlp_receiver.py");

/// A collector that holds what it is sent against OpenTelemetry's own messages.
pub struct Judge {
    process: Child,
    pub address: String,
    spans: Arc<Mutex<Vec<Value>>>,
    reading: Option<JoinHandle<()>>,
}

impl Judge {
    /// Starts one, which refuses the first requests for a while.
    pub fn start(refusals: u32) -> Self {
        let own = || Path::new(WORKSPACE).join("target/venv/bin/python");
        let python = std::env::var_os("STRONGROOM_TEST_PYTHON").map_or_else(own, PathBuf::from);
        let mut command = Command::new(python);
        command.args(["-c", SCRIPT, &refusals.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python is there: ./test installs it");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.next().expect("it runs: ./test installs tools/python-requirements.txt").unwrap();
        let spans = Arc::new(Mutex::new(Vec::new()));
        let told = spans.clone();
        let reading = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                told.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { process, address: serde_json::from_str(&address).unwrap(), spans, reading: Some(reading) }
    }

    /// Returns all that it was ever sent, by processes that have ended; nothing may be wrong with any.
    #[allow(dead_code, reason = "each test file uses a part of this")]
    pub fn all(mut self) -> Vec<Value> {
        self.process.kill().unwrap();
        self.reading.take().unwrap().join().unwrap();
        self.spans(0)
    }

    /// Returns what there is of all spans, once those of so many whole traces are there: processes at work may have more to tell.
    pub fn spans(&self, traces: usize) -> Vec<Value> {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let spans = self.spans.lock().unwrap().clone();
            let wrong: Vec<_> = spans.iter().filter(|span| span.get("wrong").is_some()).collect();
            assert!(wrong.is_empty(), "{wrong:?}");
            if spans.iter().filter(|span| span["parent"] == "").count() >= traces {
                return spans;
            }
            assert!(Instant::now() < until, "there is no whole trace: {spans:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// What a collector does that is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ill {
    /// Nobody is there.
    Away,
    /// It takes the connection, and says nothing.
    Silent,
    /// It wants to be asked later, each time.
    Busy,
    /// It answers what is no HTTP.
    Garbage,
    /// It answers with a page for people.
    Page,
}

/// Starts a collector that is of no use; returns its address, and how often it was asked.
pub fn ill(how: Ill) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    if how == Ill::Away {
        return (address, asked);
    }
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let answer: &[u8] = match how {
                Ill::Away | Ill::Silent => b"",
                Ill::Busy => b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n",
                Ill::Garbage => b"\x00\xffnothing that anybody knows\r\n\r\n",
                Ill::Page => b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<html>Hi</html>",
            };
            if !answer.is_empty() {
                let mut asking = [0; 1 << 16];
                drop(connection.read(&mut asking));
                drop(connection.write_all(answer));
            }
            if how == Ill::Silent {
                held.push(connection);
            }
        }
    });
    (address, asked)
}
