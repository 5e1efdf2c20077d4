//! The role api, running, and requests to it.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub struct ApiServer {
    child: Child,
    pub address: String,
    /// Where the process lets itself be looked at, if it does.
    pub watched_at: Option<String>,
    log: JoinHandle<Vec<String>>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Answered {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Insists on a problem of this status and code.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.json()["code"].as_str()), (status, Some(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        self
    }
}

impl ApiServer {
    /// Starts `run api`, or whatever command serves it: one that tells its log in JSON.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let (mut seen, mut watched_at) = (Vec::new(), None);
        let served = lines.by_ref().find_map(|line| {
            let told: Value = serde_json::from_str(&line).unwrap_or_default();
            seen.push(line);
            let address = told["address"].as_str().map(str::to_owned);
            if told["message"] == "healthz, readyz and metrics are served" {
                watched_at = address.clone();
            }
            address.filter(|_| told["message"] == "the API is served")
        });
        let address = served.unwrap_or_else(|| panic!("it does not start: {seen:?}"));
        Self { child, address, watched_at, log: std::thread::spawn(move || lines.collect()) }
    }

    /// The arguments that start it.
    pub const RUN: [&str; 7] = ["--log", "info", "--log-format", "json", "run", "--api", "127.0.0.1:0"];

    /// Asks for a path with a login and its token.
    pub fn get(&self, path: &str, login: &str, token: &str) -> Answered {
        get(&self.address, path, login, token)
    }

    /// Asks by some method, with whatever authorization.
    ///
    /// # Errors
    /// Nobody answered.
    pub fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Result<Answered, ureq::Error> {
        ask(&self.address, method, path, authorization)
    }

    /// Asks it to stop, without waiting for it.
    pub fn begin_to_stop(&self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    }

    /// Asks it to stop, insists that it does so cleanly, and returns its log.
    pub fn stop(self) -> Vec<String> {
        self.begin_to_stop();
        self.ends_well()
    }

    /// Insists that it ends cleanly, as it was asked to, and returns its log.
    pub fn ends_well(mut self) -> Vec<String> {
        let ended = self.child.wait().unwrap();
        let log = self.log.join().unwrap();
        assert!(ended.success(), "{log:?}");
        log
    }

    /// Waits until it has ended, insists that it says by its exit code that something was left, and returns its log.
    pub fn ends_badly(mut self) -> Vec<String> {
        let ended = self.child.wait().unwrap();
        let log = self.log.join().unwrap();
        assert_eq!(ended.code(), Some(2), "{log:?}");
        log
    }
}

/// Asks a server for a path with a login and its token.
pub fn get(address: &str, path: &str, login: &str, token: &str) -> Answered {
    let coded = STANDARD.encode(format!("{login}:{token}"));
    ask(address, "GET", path, Some(&format!("Basic {coded}"))).unwrap()
}

/// Asks a server by some method, with whatever authorization.
///
/// # Errors
/// Nobody answered.
pub fn ask(address: &str, method: &str, path: &str, authorization: Option<&str>) -> Result<Answered, ureq::Error> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build();
    let agent = ureq::Agent::new_with_config(agent);
    let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{address}{path}"));
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let (parts, mut body) = agent.run(request.body(()).unwrap())?.into_parts();
    let body = body.read_to_string().expect("what is answered comes whole");
    Ok(Answered { status: parts.status.as_u16(), headers: parts.headers, body })
}
