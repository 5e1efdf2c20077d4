//! Several processes on one PostgreSQL server: they are killed, the server is started anew under them, and every deposit is
//! taken in exactly once.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_types,
    reason = "a test that breaks should panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[path = "support/api_server.rs"]
mod api_server;
#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;
#[path = "faults/server.rs"]
mod server;

use api_server::{Answered, ApiServer};
use bags::{Random, payload, write_tar};
use house::House;
use server::Server;

const BAGS: usize = 24;
const PROCESSES: usize = 4;
/// What happens to the processes and the server, until all is taken in.
const BLOWS: usize = 14;
const SECONDS_MAX: u64 = 240;

#[test]
fn postgres_many_processes_take_every_deposit_in_once_whatever_is_killed() {
    let mut random = Random::announced("postgres_many_processes_take_every_deposit_in_once_whatever_is_killed");
    let server = Server::start();
    let house = House::on(server.new_database("house"));
    let mut objects = BTreeMap::new();
    for number in 0..BAGS {
        let payload = payload(random.next(), 60, 6_000);
        let name = format!("bag-{number:02}");
        write_tar(&house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
    }
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| up(&house)).collect();
    for blow in 0..BLOWS {
        std::thread::sleep(Duration::from_millis(200 + random.below(700)));
        match random.below(4) {
            0 if blow > 0 => server.start_anew(),
            1 => server.cut_all_connections(),
            _ => {
                let place = usize::try_from(random.below(PROCESSES as u64)).unwrap();
                processes[place].kill().unwrap();
                processes[place].wait().unwrap();
                processes[place] = up(&house);
            }
        }
    }
    wait_until_empty(&house);
    for process in &processes {
        house::terminate(process);
    }
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    house.assert_holds(&objects);
}

#[test]
fn postgres_a_program_waits_for_its_server_and_does_nothing_twice() {
    let server = Server::start();
    let database = server.new_database("house");
    // Whoever records the object waits here.
    let mut holder = database.hold("object_versions");
    let house = House::on(database);
    let payload = payload(7, 40, 5_000);
    let bag = write_tar(house.folder.path(), "bag", &payload);
    // The server goes away as the object is being recorded, and comes back three seconds later.
    let log = ["--log", "info", "--log-format", "json"];
    let mut command = house.command(&[&log[..], &["ingest", "--json", bag.to_str().unwrap()]].concat());
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let (mut is_told, mut log) = (false, Vec::new());
    for line in lines.map_while(Result::ok) {
        is_told |= line.contains("the database is away");
        if line.contains("stage begins") && line.contains("\"record\"") {
            // A server that goes between two questions is bridged by the pool of connections, without a word to anybody.
            server.wait_until_somebody_waits();
            server.stop();
            let server = server.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(3));
                server.start_again();
            });
        }
        log.push(line);
    }
    holder.wait().unwrap();
    let said = child.wait_with_output().unwrap();
    // What the step itself asked of the server is tried again later: then the same command goes on.
    let is_for_later = said.status.code() == Some(75);
    assert!(said.status.success() || is_for_later, "{}", house::text(&said));
    assert!(is_told || is_for_later, "nobody noticed that the server was away:\n{}", log.join("\n"));
    if is_for_later {
        house.ingest(&bag);
    }
    house.assert_holds(&BTreeMap::from([("bag".to_owned(), vec![payload])]));
}

/// A server, an installation on it that holds one bag, the token of an admin, and the API that is served.
fn served() -> (Server, House, String, ApiServer) {
    let server = Server::start();
    let house = House::on(server.new_database("house"));
    house.ingest(&write_tar(house.folder.path(), "bag", &payload(7, 4, 500)));
    let added = house.run(&["user", "add", "root", "--person", "root@example.org", "--role", "admin"]);
    let token = String::from_utf8(added.stdout).unwrap();
    let api = ApiServer::start(house.command(&[&ApiServer::RUN[..], &["--listen", "127.0.0.1:0", "api"]].concat()));
    (server, house, token, api)
}

#[test]
fn postgres_the_api_says_that_the_registry_is_away_and_answers_when_it_is_back() {
    let (server, _house, token, api) = served();
    let objects = || api.get("/api/v1/objects", "root", token.trim());
    let before = objects();
    assert_eq!((before.status, before.json()["rows"].as_array().unwrap().len()), (200, 1), "{}", before.body);
    server.stop();
    let away = objects();
    assert_eq!(away.is(503, "API-AWAY").header("retry-after"), "5");
    assert!(!away.body.contains("postgres"), "what the database said is for the log: {}", away.body);
    let well = || api_server::ask(api.watched_at.as_ref().unwrap(), "GET", "/healthz", None).unwrap().status;
    assert_eq!(well(), 503);
    server.start_again();
    let until = Instant::now() + Duration::from_secs(30);
    let after: Answered = loop {
        let after = objects();
        if after.status == 200 || Instant::now() > until {
            break after;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!((after.status, after.body), (200, before.body));
    assert_eq!(well(), 200);
    api.stop();
}

#[test]
fn postgres_what_takes_too_long_is_ended_in_the_server_too() {
    let (server, house, token, api) = served();
    let watched = |path| api_server::ask(api.watched_at.as_ref().unwrap(), "GET", path, None).unwrap();
    let mut holder = house.hide("incidents");
    std::thread::scope(|scope| {
        // More than there are connections for.
        for _ in 0..12 {
            scope.spawn(|| {
                api.get("/api/v1/incidents", "root", token.trim()).is(503, "API-AWAY");
            });
        }
        server.wait_until_somebody_waits();
        assert_eq!(watched("/healthz").status, 200, "the work of the process has connections of its own");
    });
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(server.waiting(), 0, "nobody waits for the answer, and the server works on it");
    assert_eq!(api.get("/api/v1/objects", "root", token.trim()).status, 200);
    // The figures tell within seconds that the database hangs, and however often they are asked for they wait once.
    for _ in 0..2 {
        let begun = Instant::now();
        let metrics = watched("/metrics").body;
        assert!(metrics.lines().any(|line| line == "strongroom_database_up 0"), "{metrics}");
        assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    }
    assert_eq!(server.waiting(), 1);
    // Who does not wait is counted and told too.
    let coded = STANDARD.encode(format!("root:{}", token.trim()));
    let mut hasty = TcpStream::connect(&api.address).unwrap();
    write!(hasty, "GET /api/v1/incidents HTTP/1.1\r\nhost: a\r\nauthorization: Basic {coded}\r\n\r\n").unwrap();
    while server.waiting() < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(hasty);
    let metrics = watched("/metrics").body;
    let given_up = "strongroom_api_requests_total{role=\"api\",path=\"/api/v1/incidents\",outcome=\"given_up\"} 1";
    assert!(metrics.lines().any(|line| line == given_up), "{metrics}");
    // The server goes on with what a psql that was killed has asked of it.
    server.cut_all_connections();
    holder.kill().unwrap();
    holder.wait().unwrap();
    let log = api.stop();
    let told = log.iter().find(|line| line.contains("\"given up\"")).expect("it is in the log");
    assert!(told.contains("\"user\":\"root\"") && told.contains("/api/v1/incidents"), "{told}");
}

#[test]
fn postgres_what_the_database_will_say_again_is_not_called_passing() {
    let server = Server::start();
    let house = House::on(server.new_database("house"));
    house.ingest(&write_tar(house.folder.path(), "bag", &payload(7, 4, 500)));
    let added = house.run(&["user", "add", "root", "--person", "root@example.org", "--role", "admin"]);
    let token = String::from_utf8(added.stdout).unwrap();
    let api = ApiServer::start(house.command(&[&ApiServer::RUN[..], &["api"]].concat()));
    house.change("ALTER TABLE jobs RENAME TO work_of_yesterday");
    api.get("/api/v1/jobs", "root", token.trim()).is(500, "API-BROKEN");
    let log = api.stop().join("\n");
    assert!(log.contains("\\\"jobs\\\" does not exist"), "the cause is not in the log:\n{log}");
}

fn up(house: &House) -> Child {
    // One whose server is away at the start ends at once, as under any supervisor: it is started again.
    let log = fs::OpenOptions::new().create(true).append(true).open(house.folder.path().join("log")).unwrap();
    let mut command: Command = house.command(&["--log", "warn", "up"]);
    for _ in 0..100 {
        let mut child = command.stderr(log.try_clone().unwrap()).stdout(log.try_clone().unwrap()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(100));
        if child.try_wait().unwrap().is_none() {
            return child;
        }
    }
    panic!("`up` does not start:\n{}", fs::read_to_string(house.folder.path().join("log")).unwrap());
}

fn wait_until_empty(house: &House) {
    let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
    while !house::files_below(&house.receiving()).is_empty() {
        let log = || fs::read_to_string(house.folder.path().join("log")).unwrap();
        assert!(Instant::now() < until, "still there: {:?}\n{}", house::files_below(&house.receiving()), log());
        std::thread::sleep(Duration::from_millis(100));
    }
}
