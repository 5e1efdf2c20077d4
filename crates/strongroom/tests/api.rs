//! The API, on the real program: it tells what the commands tell, to who proves who they are, and nothing else.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_types, reason = "a test that breaks should panic")]

use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

#[path = "support/api_server.rs"]
mod api_server;
#[path = "support/installation.rs"]
mod installation;
#[path = "support/two_people.rs"]
mod two_people;

use api_server::{Answered, ApiServer, ask};
use installation::{Installation, WORKSPACE, sample};
use two_people::{AT_ONCE, People};

const PHOTOGRAPHS: &str = "/api/v1/objects/local.archive/photographs";

/// An installation with objects of two institutions, one deletion, one incident and one job; and its API.
struct House {
    installation: Installation,
    people: People,
    api: ApiServer,
}

impl House {
    fn new() -> Self {
        let installation = Installation::new();
        installation.configure(AT_ONCE);
        installation.ingest_samples();
        let folder = installation.plain_folder("odd", &[("a b+c&d=e%\u{e9}?#.txt", b"1"), ("z.txt", b"2")]);
        let other = ["ingest", "--institution", "other.example.org", folder.to_str().unwrap()];
        installation.run(other).exits(0);
        let people = People::of(&installation);
        people.delete(&installation, &["local.archive/minutes"]);
        let picture =
            installation.object("first", "local.archive/photographs").join("v1/content/data/1923/harbour.png");
        fs::write(picture, "rotten").unwrap();
        installation.run(["fixity", "check", "--all"]).exits(0);
        installation.run(["audit", "--store", "first"]).exits(0);
        let api = ApiServer::start(installation.command([&ApiServer::RUN[..], &["api"]].concat()));
        Self { installation, people, api }
    }

    fn get(&self, login: &str, path: &str) -> Answered {
        self.api.get(path, login, self.people.token(login))
    }

    /// The rows of a page, and the path of the next.
    #[track_caller]
    fn page(&self, login: &str, path: &str) -> (Vec<Value>, Option<String>) {
        let answered = self.get(login, path);
        assert_eq!(answered.status, 200, "{path}: {}", answered.body);
        let page = answered.json();
        (page["rows"].as_array().unwrap().clone(), page["next"].as_str().map(str::to_owned))
    }

    #[track_caller]
    fn rows(&self, login: &str, path: &str) -> Vec<Value> {
        self.page(login, path).0
    }

    fn endpoints(&self) -> Vec<Value> {
        self.api.ask("GET", "/api/v1", None).unwrap().json()["endpoints"].as_array().unwrap().clone()
    }
}

#[test]
fn the_api_tells_what_the_commands_tell() {
    let house = House::new();
    for (path, command) in [
        ("/api/v1/items", "items list --json"),
        (
            "/api/v1/items?status=success&institution=local.archive",
            "items list --status success --institution local.archive --json",
        ),
        ("/api/v1/items?object=local.archive/photographs", "items list --object local.archive/photographs --json"),
        ("/api/v1/objects", "objects list --json"),
        ("/api/v1/objects?starts_with=photo&storage_option=Standard", "objects list --starts-with photo --json"),
        ("/api/v1/objects?state=deleted", "objects list --state deleted --json"),
        ("/api/v1/objects/local.archive/photographs/files", "files list local.archive/photographs --json"),
        (
            "/api/v1/objects/other.example.org/odd/files?starts_with=data/a%20b%2B",
            "files list other.example.org/odd --starts-with data/a --json",
        ),
        ("/api/v1/events?limit=1000", "events list --limit 1000 --json"),
        ("/api/v1/events?type=fixity+check&outcome=fail", "events list --type fixity\u{a0}check --outcome fail --json"),
        ("/api/v1/events?object=local.archive/minutes", "events list --object local.archive/minutes --json"),
        ("/api/v1/deletions", "delete list --json"),
        ("/api/v1/incidents?state=repaired&store=first", "incidents --state repaired --store first --json"),
        ("/api/v1/jobs?status=done", "jobs --status done --json"),
        ("/api/v1/alerts?all=true", "alerts --all --json"),
    ] {
        let words: Vec<_> = command.split(' ').map(|word| word.replace('\u{a0}', " ")).collect();
        let told = house.installation.run(words).exits(0).json();
        assert!(!told.is_empty(), "{command} shows that nothing is compared");
        assert_eq!(house.rows("root", path), told, "{path}");
    }
    for (path, command) in [
        ("/api/v1/items/1", "items show 1 --json"),
        (PHOTOGRAPHS, "objects show local.archive/photographs --json"),
        (
            "/api/v1/objects/other.example.org/odd/files/data/z.txt",
            "files show other.example.org/odd/data/z.txt --json",
        ),
        ("/api/v1/deletions/1", "delete show 1 --json"),
    ] {
        let told = house.installation.run(command.split(' ')).exits(0).json();
        let answered = house.get("root", path);
        assert_eq!((answered.status, answered.header("content-type")), (200, "application/json"));
        assert_eq!((answered.header("cache-control"), answered.json()), ("no-store", told[0].clone()), "{path}");
    }
    // A path with every letter that means something in an address.
    let listed = house.rows("olga", "/api/v1/objects/other.example.org/odd/files");
    let odd = listed[0]["path"].as_str().unwrap();
    let coded = odd.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").unwrap();
        text
    });
    let shown = house.get("olga", &format!("/api/v1/objects/other.example.org/odd/files/{coded}"));
    assert_eq!((shown.status, shown.json()["path"].as_str()), (200, Some(odd)));
    house.api.stop();
}

#[test]
fn a_listing_is_walked_page_by_page_to_its_end() {
    let house = House::new();
    // A name may be deleted many times, and a page may end between two of them.
    for _ in 0..2 {
        house.installation.ingest(&sample("minutes.zip"));
        house.people.delete(&house.installation, &["local.archive/minutes"]);
    }
    assert_eq!(house.rows("root", "/api/v1/objects?state=deleted").len(), 3);
    for path in [
        "/api/v1/items",
        "/api/v1/objects",
        "/api/v1/objects?state=deleted",
        "/api/v1/objects/other.example.org/odd/files?starts_with=data/",
        "/api/v1/events?outcome=success",
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let all = house.rows("root", &format!("{path}{sign}limit=1000"));
        assert!(all.len() > 1, "{path}");
        let (mut walked, mut next) = (Vec::new(), Some(format!("{path}{sign}limit=1")));
        while let Some(path) = next {
            let page = house.page("root", &path);
            assert_eq!(page.0.len(), 1, "{path}");
            walked.extend(page.0);
            next = page.1;
        }
        assert_eq!(walked, all, "{path}");
    }
    // A walk that began in one version ends in it.
    let (first, next) = house.page("olga", "/api/v1/objects/other.example.org/odd/files?limit=1");
    let folder = house.installation.plain_folder("anew/odd", &[("other.txt", b"3")]);
    let deposit = ["ingest", "--institution", "other.example.org", folder.to_str().unwrap()];
    house.installation.run(deposit).exits(0);
    let (rest, _) = house.page("olga", &next.unwrap().replace("limit=1", "limit=1000"));
    let walked: Vec<_> = first.iter().chain(&rest).collect();
    let old = house.rows("olga", "/api/v1/objects/other.example.org/odd/files?version=1&limit=1000");
    assert_ne!(house.rows("olga", "/api/v1/objects/other.example.org/odd/files?limit=1000"), old);
    let path = |row: &Value| row["path"].as_str().unwrap().to_owned();
    let paths: Vec<_> = walked.into_iter().map(path).collect();
    assert_eq!(paths, old.iter().map(path).collect::<Vec<_>>());
    // The commands walk in the same way: what they say is to be added leads to the next page.
    let (mut walked, mut more) = (0, String::new());
    loop {
        let asked = format!("objects list --state deleted --limit 1 --json{more}");
        let said = house.installation.run(asked.split(' ')).exits(0);
        walked += said.json().len();
        let Some((_, cursor)) = said.err.split_once("for the next page add") else { break };
        more = cursor.trim_end().to_owned();
    }
    assert_eq!(walked, 3);
    house.api.stop();
}

#[test]
fn who_is_not_proven_is_told_nothing() {
    let house = House::new();
    let token = house.people.token("uma");
    assert_eq!(house.get("uma", "/api/v1/me").json()["login"], "uma");
    for authorization in [None, Some("Basic"), Some("Basic %%%"), Some("Bearer abc"), Some("Basic dW1hOg==")] {
        for row in house.endpoints().iter().filter(|row| row["for_whom"] != "anybody") {
            let path = row["path"].as_str().unwrap().replace(['{', '}', '*'], "");
            let answered = house.api.ask("GET", &path, authorization).unwrap();
            answered.is(401, "API-NOT-PROVEN");
            assert!(answered.header("www-authenticate").starts_with("Basic "), "{:?}", answered.headers);
            assert!(!answered.body.contains("photographs") && !answered.body.contains(token), "{}", answered.body);
        }
    }
    // A token is one user's, and ends with them.
    house.api.get("/api/v1/me", "ann", token).is(401, "API-NOT-PROVEN");
    house.api.get("/api/v1/me", "nobody", token).is(401, "API-NOT-PROVEN");
    house.people.call(&house.installation, "root", &["user", "deactivate", "uma"]).exits(0);
    house.get("uma", "/api/v1/me").is(401, "API-NOT-PROVEN");
    let log = house.api.stop().join("\n");
    assert!(log.contains("\"url.path\":\"/api/v1/me\"") && log.contains("\"user\":\"uma\""), "{log}");
    assert!(!log.contains(token), "a token is never in a log");
}

#[test]
fn without_users_it_says_how_the_first_is_made() {
    let installation = Installation::new();
    installation.ingest_samples();
    let api = ApiServer::start(installation.command([&ApiServer::RUN[..], &["api"]].concat()));
    let answered = api.ask("GET", "/api/v1/objects", None).unwrap();
    assert!(answered.is(401, "API-NOT-PROVEN").body.contains("strongroom user add"), "{}", answered.body);
    api.stop();
}

#[test]
fn nobody_sees_what_is_anothers() {
    let house = House::new();
    let of_others = |mut rows: Vec<Value>| {
        rows.retain(|row| row.to_string().contains("local.archive"));
        rows
    };
    // Olga is of other.example.org; her listings have what is hers, and nothing of the other.
    for path in [
        "/api/v1/items",
        "/api/v1/objects",
        "/api/v1/events?limit=1000",
        "/api/v1/deletions",
        "/api/v1/objects?state=deleted",
    ] {
        assert_eq!(of_others(house.rows("olga", path)), Vec::<Value>::new(), "{path}");
    }
    assert_eq!(house.rows("olga", "/api/v1/objects").len(), 1);
    assert_eq!(house.rows("olga", "/api/v1/items").len(), 1);
    assert!(!house.rows("olga", "/api/v1/events").is_empty());
    assert_eq!(house.rows("uma", "/api/v1/objects").len(), 2);
    assert_eq!(house.rows("root", "/api/v1/objects").len(), 3);
    // The items that carried out the deletion, and the events of the object, are of the institution too.
    assert_eq!(house.rows("olga", "/api/v1/items?object=local.archive/photographs"), Vec::<Value>::new());
    assert_eq!(house.rows("olga", "/api/v1/events?item=1"), Vec::<Value>::new());
    // What is another's is as if it were not there: nobody learns what others hold.
    for (path, made_up) in [
        (PHOTOGRAPHS, "/api/v1/objects/local.archive/nothing"),
        ("/api/v1/objects/local.archive/minutes", "/api/v1/objects/local.archive/nothing"),
        ("/api/v1/objects/local.archive/photographs/files", "/api/v1/objects/local.archive/nothing/files"),
        (
            "/api/v1/objects/local.archive/photographs/files/data/1923/harbour.png",
            "/api/v1/objects/local.archive/nothing/files/x",
        ),
        ("/api/v1/items/1", "/api/v1/items/4711"),
        ("/api/v1/deletions/1", "/api/v1/deletions/4711"),
        ("/api/v1/events?object=local.archive/photographs", "/api/v1/events?object=local.archive/nothing"),
        ("/api/v1/incidents?object=local.archive/photographs", "/api/v1/incidents?object=local.archive/nothing"),
    ] {
        let (hidden, absent) = (house.get("olga", path), house.get("olga", made_up));
        hidden.is(404, "API-NOT-HERE");
        absent.is(404, "API-NOT-HERE");
        let plain = |answered: &Answered| {
            let names = [("photographs", "nothing"), ("minutes", "nothing"), ("4711", "1")];
            names.iter().fold(answered.body.clone(), |text, (name, other)| text.replace(name, other))
        };
        assert_eq!(plain(&hidden), plain(&absent), "{path}: the answers differ, and so tell that it is there");
    }
    for path in ["/api/v1/items", "/api/v1/objects", "/api/v1/events", "/api/v1/deletions"] {
        house.get("olga", &format!("{path}?institution=local.archive")).is(403, "API-NOT-YOURS");
        house.get("root", &format!("{path}?institution=local.archive")).json()["rows"].as_array().unwrap();
    }
    for path in ["/api/v1/jobs", "/api/v1/alerts", "/api/v1/incidents"] {
        house.get("ann", path).is(403, "API-NOT-YOURS");
    }
    assert_eq!(house.rows("uma", "/api/v1/incidents?object=local.archive/photographs").len(), 1);
    let gone = house.get("uma", "/api/v1/objects/local.archive/minutes");
    assert!(gone.is(410, "API-GONE").body.contains("deletion"), "{}", gone.body);
    house.api.stop();
}

#[test]
fn of_very_many_findings_the_first_are_told_and_how_many_there_are() {
    let installation = Installation::new();
    installation.configure(AT_ONCE);
    let manifest = (0..1_200).fold(String::new(), |mut lines, number| {
        writeln!(lines, "{}  data/{number}.txt", "0".repeat(64)).unwrap();
        lines
    });
    let declaration = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    let bag = installation.plain_folder(
        "many",
        &[("bagit.txt", declaration), ("manifest-sha256.txt", manifest.as_bytes()), ("data/0.txt", b"0")],
    );
    installation.run(["ingest", bag.to_str().unwrap()]).exits(1);
    let all = installation.run(["items", "show", "1", "--json"]).exits(0).json()[0].clone();
    let count = all["findings"]["list"].as_array().unwrap().len();
    assert!(count >= 1_200, "{count}");
    let people = People::of(&installation);
    let api = ApiServer::start(installation.command([&ApiServer::RUN[..], &["api"]].concat()));
    let told = api.get("/api/v1/items/1", "root", people.token("root")).json();
    assert_eq!(told["findings"]["list"].as_array().unwrap()[..], all["findings"]["list"].as_array().unwrap()[..1_000]);
    assert_eq!(
        (&told["findings"]["errors"], told["not_told"].as_u64()),
        (&all["findings"]["errors"], Some(count as u64 - 1_000))
    );
    api.stop();
}

#[test]
fn what_cannot_be_understood_is_refused_with_what_can() {
    let house = House::new();
    // The table of parameters is what is taken: each of them, and no other.
    for row in house.endpoints() {
        let path = row["path"].as_str().unwrap();
        let path = path.replace("{institution}", "local.archive").replace("{name}", "photographs").replace("{id}", "1");
        let path = path.replace("{*path}", "bagit.txt");
        for parameter in row["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let value = match name {
                "institution" => "local.archive",
                "object" | "after" => "local.archive/photographs",
                "deleted_after" => "2026-01-01T00:00:00Z",
                "status" => {
                    if path.ends_with("jobs") {
                        "done"
                    } else {
                        "success"
                    }
                }
                "state" if path.ends_with("objects") => "active",
                "state" if path.ends_with("deletions") => "requested",
                "state" => "open",
                "outcome" => "fail",
                "all" => "true",
                _ => "1",
            };
            let answered = house.get("root", &format!("{path}?{name}={value}"));
            assert_eq!(answered.status, 200, "{path} {name}: {}", answered.body);
            house.get("root", &format!("{path}?{name}={value}&{name}={value}")).is(400, "API-PARAMETER");
        }
        let refused = house.get("root", &format!("{path}?colour=red"));
        for parameter in row["parameters"].as_array().unwrap() {
            assert!(refused.body.contains(parameter["name"].as_str().unwrap()), "{}", refused.body);
        }
        refused.is(400, "API-PARAMETER");
    }
    for query in
        ["limit=0", "limit=1001", "limit=-1", "limit=x", "status=lost", "before=x", "institution=no%20name", "object=x"]
    {
        let refused = house.get("root", &format!("/api/v1/items?{query}"));
        let name = query.split('=').next().unwrap();
        let detail = refused.is(400, "API-PARAMETER").json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(&format!("{name}: ")), "{detail}");
    }
    house.get("root", &format!("{PHOTOGRAPHS}/files?version=7")).is(400, "API-PARAMETER");
    house.get("root", "/api/v1/objects?starts_with=a%00").is(400, "API-PARAMETER");
    house.get("root", &format!("{PHOTOGRAPHS}/files?after=%00")).is(400, "API-PARAMETER");
    house.get("root", &format!("{PHOTOGRAPHS}/files/a%00b")).is(404, "API-NOT-HERE");
    for path in [
        "/",
        "/api",
        "/api/v2/items",
        "/api/v1/nothing",
        "/api/v1/items/x",
        "/api/v1/objects/a%00b/c",
        "/api/v1/items/%ff",
    ] {
        house.get("root", path).is(404, "API-NOT-HERE");
    }
    for method in ["POST", "DELETE", "PUT"] {
        house.api.ask(method, "/api/v1/items", None).unwrap().is(405, "API-METHOD");
    }
    assert_eq!(house.api.ask("HEAD", "/api/v1", None).unwrap().status, 200);
    house.api.stop();
}

#[test]
fn what_was_asked_before_the_stop_is_answered_whole() {
    let house = House::new();
    let answered = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Whoever asks while it stops is answered, or finds nobody: never half an answer.
                while let Ok(one) = house.api.ask("GET", "/api/v1", None) {
                    assert!(one.json()["endpoints"].is_array());
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while answered.load(Ordering::Relaxed) < 40 {
            std::thread::yield_now();
        }
        house.api.begin_to_stop();
    });
    house.api.ends_well();
}

#[test]
fn who_asks_only_half_is_let_go_and_holds_nobody_up() {
    let installation = Installation::new();
    installation.ingest_samples();
    let api = ApiServer::start(installation.command([&ApiServer::RUN[..], &["api"]].concat()));
    let half = || {
        let mut stream = TcpStream::connect(&api.address).unwrap();
        stream.write_all(b"GET /api/v1 HTTP/1.1\r\nhost: a").unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    };
    // More than there is room for: whoever asks in whole waits until they are let go.
    let silent: Vec<_> = (0..300).map(|_| half()).collect();
    assert_eq!(api.ask("GET", "/api/v1", None).unwrap().status, 200);
    let mut silent = silent.into_iter();
    assert_eq!(silent.next().unwrap().read(&mut [0]).unwrap(), 0, "the connection was ended");
    drop(silent);
    let late = half();
    assert_eq!(api.ask("GET", "/api/v1", None).unwrap().status, 200);
    let begun = Instant::now();
    api.stop();
    assert!(begun.elapsed() < Duration::from_secs(30), "it waited for who said nothing");
    drop(late);
}

#[test]
fn who_asks_a_letter_a_second_is_let_go() {
    let installation = Installation::new();
    installation.ingest_samples();
    let api = ApiServer::start(installation.command([&ApiServer::RUN[..], &["api"]].concat()));
    let mut slow = TcpStream::connect(&api.address).unwrap();
    slow.write_all(b"GET /api/v1 HTTP/1.1\r\nx: ").unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let begun = Instant::now();
    let is_ended = |slow: &mut TcpStream| match slow.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    };
    while !is_ended(&mut slow) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it holds its place as long as it speaks");
        // Whether it was ended is told by the next read.
        slow.write_all(b"a").ok();
    }
    assert!(begun.elapsed() > Duration::from_secs(10), "it had no time to ask: {:?}", begun.elapsed());
    api.stop();
}

#[test]
fn a_second_signal_ends_it_at_once_whoever_is_waited_for() {
    let installation = Installation::new();
    installation.ingest_samples();
    let api = ApiServer::start(installation.command([&ApiServer::RUN[..], &["api"]].concat()));
    let mut half = TcpStream::connect(&api.address).unwrap();
    half.write_all(b"GET /api/v1 HTTP/1.1\r\nhost: a").unwrap();
    assert_eq!(api.ask("GET", "/api/v1", None).unwrap().status, 200);
    let begun = Instant::now();
    api.begin_to_stop();
    // The work has ended by then, and only who asked half is waited for.
    std::thread::sleep(Duration::from_secs(2));
    api.begin_to_stop();
    let log = api.ends_badly();
    assert!(begun.elapsed() < Duration::from_secs(6), "the second signal was not heard: {:?}", begun.elapsed());
    assert!(log.join("\n").contains("asked twice"), "{log:?}");
}

#[test]
fn the_role_needs_an_address_and_says_how_it_is_watched() {
    let installation = Installation::new();
    installation.ingest_samples();
    installation.run(["run", "api"]).exits(2).contains("--api 127.0.0.1:8080");
    let mut other = installation.command(["run", "sweeper", "--api", "127.0.0.1:0"]);
    let mut other = other.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(other.stderr.take().unwrap()).read_line(&mut said).unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(said.contains("the role api, which serves it, is not among these"), "{said}");
    let mut command =
        installation.command([&ApiServer::RUN[..], &["--listen", "127.0.0.1:0", "api", "sweeper"]].concat());
    command.env("STRONGROOM_API__LISTEN", "127.0.0.1:1");
    let api = ApiServer::start(command);
    assert_eq!(api.ask("GET", "/api/v1", None).unwrap().status, 200);
    api.ask("GET", "/api/v1/items", None).unwrap().is(401, "API-NOT-PROVEN");
    api.ask("GET", "/nothing", None).unwrap().is(404, "API-NOT-HERE");
    api.ask("PUT", "/api/v1", None).unwrap().is(405, "API-METHOD");
    let watched = |path| ask(api.watched_at.as_ref().unwrap(), "GET", path, None).unwrap();
    assert_eq!(watched("/healthz").status, 200);
    let metrics = watched("/metrics").body;
    for line in [
        "strongroom_role{role=\"api\"} 1",
        "strongroom_api_requests_total{role=\"api\",path=\"/api/v1\",outcome=\"answered\"} 1",
        "strongroom_api_requests_total{role=\"api\",path=\"/api/v1/items\",outcome=\"refused\"} 1",
        "strongroom_api_requests_total{role=\"api\",path=\"elsewhere\",outcome=\"refused\"} 2",
        "strongroom_api_seconds_count{role=\"api\",path=\"/api/v1/items\"} 1",
    ] {
        assert!(metrics.lines().any(|seen| seen == line), "no {line} in\n{metrics}");
    }
    assert_eq!(watched("/api/v1").status, 404);
    api.stop();
    // `up` serves it where an address is given, and nothing else.
    let up = ["--log", "info", "--log-format", "json", "up", "--api", "127.0.0.1:0"];
    let api = ApiServer::start(installation.command(up));
    assert_eq!(api.ask("GET", "/api/v1", None).unwrap().status, 200);
    api.stop();
}

#[test]
fn the_page_of_the_api_says_what_its_index_says() {
    let house = House::new();
    let index = house.api.ask("GET", "/api/v1", None).unwrap().json();
    house.api.stop();
    let expected = page(&index);
    let path = Path::new(WORKSPACE).join("docs/reference/api.md");
    if std::env::var("STRONGROOM_BLESS").is_ok_and(|value| value == "1") {
        fs::write(&path, &expected).unwrap();
    }
    let seen = fs::read_to_string(&path).unwrap_or_default();
    let mend = "STRONGROOM_BLESS=1 cargo test -p strongroom --test api the_page";
    assert_eq!(seen, expected, "docs/reference/api.md is stale. Write it anew and commit it: {mend}");
}

const OPENING: &str = "\
# The API

`GET /api/v1` tells this page as JSON. How the API is served and asked is told in [operators/api.md](../operators/api.md).
Generated from `crates/strongroom/src/api/endpoints.rs` and `problem.rs` beside it. To write it anew:
`STRONGROOM_BLESS=1 cargo test -p strongroom --test api the_page`.

A listing answers `{\"rows\": […], \"next\": \"/api/v1/…\"}`: `next` is the path of the next page, `null` on the last. A row is
what the command of the same name prints with `--json`.
";

fn page(index: &Value) -> String {
    let mut page = OPENING.to_owned();
    let text = |value: &Value| value.as_str().unwrap().replace('|', "\\|").replace('<', "&lt;");
    for row in index["endpoints"].as_array().unwrap() {
        write!(page, "\n## `GET {}`\n\n", row["path"].as_str().unwrap()).unwrap();
        writeln!(page, "Answers {}. For {}.", text(&row["summary"]), text(&row["for_whom"])).unwrap();
        let parameters = row["parameters"].as_array().unwrap();
        if !parameters.is_empty() {
            page.push_str("\n| parameter | what it does |\n| --- | --- |\n");
        }
        for parameter in parameters {
            writeln!(page, "| `{}` | {} |", text(&parameter["name"]), text(&parameter["meaning"])).unwrap();
        }
    }
    page.push_str("\n## Problems\n\nIn the form of RFC 9457, with `code` and `what_to_do` beside it.\n\n");
    page.push_str("| code | status | what is wrong | what to do |\n| --- | --- | --- | --- |\n");
    for row in index["problems"].as_array().unwrap() {
        let [code, title, advice] = ["code", "title", "what_to_do"].map(|name| text(&row[name]));
        writeln!(page, "| {code} | {} | {title} | {advice} |", row["status"]).unwrap();
    }
    page
}
