//! Roles in processes of their own: together they take in what one would, and one that was paused past its lease changes
//! nothing when it goes on.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;
#[path = "faults/server.rs"]
#[allow(dead_code)]
mod server;

use bags::{Random, payload, write_tar};
use house::{House, files_below};
use model::ROLES;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use server::Server;

const SECONDS_MAX: u64 = 200;
/// How long a claim holds here.
const LEASE_SECONDS: u64 = 3;
/// Where a process is told to stop.
const STOPS: [&str; 3] = ["gather", "store", "verify"];
/// Where a process is paused.
const PAUSES: [&str; 6] = ["gather", "store", "store", "verify", "verify", "clean_up"];

#[test]
fn two_processes_with_half_of_the_roles_each_share_the_work_on_one_installation() {
    let house = House::new();
    let (payload, names): (_, Vec<_>) = (payload(3, 12, 2_000), ROLES.iter().map(|row| row.name).collect());
    write_tar(&house.receiving(), "bag", &payload);
    let (even, odd): (Vec<_>, Vec<_>) = names.iter().copied().enumerate().partition(|(place, _)| place % 2 == 0);
    let mut processes: Vec<_> =
        [even, odd].iter().map(|half| Running::start(&house, half.iter().map(|(_, name)| *name))).collect();
    wait_until_empty(&house);
    assert!(processes[0].is_going_on() && processes[1].is_going_on());
    stop(processes);
    house.assert_holds(&BTreeMap::from([("bag".to_owned(), vec![payload])]));
}

#[test]
fn a_second_signal_ends_the_process_at_once_and_nothing_is_lost() {
    let house = House::new();
    let payload = payload(4, 400, 40_000);
    write_tar(&house.receiving(), "bag", &payload);
    let mut process = Running::start(&house, ROLES.iter().map(|row| row.name));
    process.wait_for(|line| line["message"] == "stage begins" && line["item.stage"] == "store");
    house::terminate(&process.child);
    house::terminate(&process.child);
    let begun = Instant::now();
    process.child.wait().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20));
    let process = Running::start(&house, ROLES.iter().map(|row| row.name));
    wait_until_empty(&house);
    stop(vec![process]);
    house.assert_holds(&BTreeMap::from([("bag".to_owned(), vec![payload])]));
}

#[test]
fn a_process_that_is_told_to_stop_in_a_step_gives_back_all_that_it_had_claimed() {
    let mut random = Random::announced("a_process_that_is_told_to_stop_in_a_step_gives_back_all_that_it_had_claimed");
    let house = House::new();
    let all = || ROLES.iter().map(|row| row.name);
    let (mut objects, mut number, mut stages) = (BTreeMap::new(), 0, STOPS.to_vec());
    while let Some(stage) = stages.pop() {
        number += 1;
        assert!(number < 10 * STOPS.len(), "each {stage} ends before it is stopped");
        let (name, payload) = (format!("bag-{number}"), payload(random.next(), 300, 30_000));
        let mut process = Running::start(&house, all());
        process.wait_for(|line| line["message"] == "roles are running");
        write_tar(&house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
        process.wait_for(|line| line["message"] == "stage begins" && line["item.stage"] == stage);
        std::thread::sleep(Duration::from_millis(random.below(15)));
        let told_at = Instant::now();
        stop(vec![process]);
        assert!(told_at.elapsed() < Duration::from_secs(30), "{stage}: it took {:?} to stop", told_at.elapsed());
        // Claims hold for half an hour here: nobody waits for the end of one.
        assert_eq!(claims(&house), [], "{stage}");
        let item = house.run(&["items", "list", "--json", "--limit", "1"]);
        // It may have got through before it was told to stop.
        if !house::text(&item).contains(&format!("\"stage\":\"{stage}\"")) {
            stages.push(stage);
        }
        let next = Running::start(&house, all());
        wait_until_empty(&house);
        stop(vec![next]);
        house.assert_holds(&objects);
    }
}

/// Returns who has claimed anything: items, jobs, replicas or roles.
fn claims(house: &House) -> Vec<model::Owner> {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let database = house.open().await;
        let owners = database.lease_owners().await.unwrap();
        database.close().await;
        owners
    })
}

#[test]
fn postgres_a_process_that_was_paused_past_its_lease_changes_nothing_when_it_goes_on() {
    let name = "postgres_a_process_that_was_paused_past_its_lease_changes_nothing_when_it_goes_on";
    let mut random = Random::announced(name);
    let server = Server::start();
    let house = House::on(server.new_database("paused"));
    let config = house.data().join("strongroom.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}\n[queue]\nlease_seconds = {LEASE_SECONDS}\n")).unwrap();
    let mut objects = BTreeMap::new();
    let all = || ROLES.iter().map(|row| row.name);
    for (number, stage) in PAUSES.into_iter().enumerate() {
        let payload = payload(random.next(), 300, 20_000);
        let mut paused = Running::start(&house, all());
        paused.wait_for(|line| line["message"] == "roles are running");
        let name = format!("bag-{number}");
        write_tar(&house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
        paused.wait_for(|line| line["message"] == "stage begins" && line["item.stage"] == stage);
        std::thread::sleep(Duration::from_millis(random.below(40)));
        paused.signal(Signal::STOP);
        // It may have got through before it was paused; then there is only nothing to do for the other.
        let other = Running::start(&house, all());
        wait_until_empty(&house);
        stop(vec![other]);
        let before = everything(&house);
        paused.signal(Signal::CONT);
        std::thread::sleep(Duration::from_secs(2 * LEASE_SECONDS));
        assert!(paused.is_going_on(), "{stage}");
        // What it wrote before it noticed lies in staging and in a draft of its own, which its sweeper removes.
        let left = || (drafts(&house), files_below(&house.data().join("staging")));
        let until = Instant::now() + Duration::from_secs(60);
        while left() != Default::default() {
            assert!(Instant::now() < until, "{stage}: {:?}", left());
            std::thread::sleep(Duration::from_millis(200));
        }
        stop(vec![paused]);
        assert!(everything(&house) == before, "{stage}: what is stored has changed");
        house.assert_holds(&objects);
    }
}

#[test]
fn postgres_every_role_in_a_process_of_its_own_stores_each_deposit_once() {
    let name = "postgres_every_role_in_a_process_of_its_own_stores_each_deposit_once";
    let mut random = Random::announced(name);
    let server = Server::start();
    let house = House::on(server.new_database("roles"));
    let mut objects = BTreeMap::new();
    for number in 0..12 {
        let (payload, name) = (payload(random.next(), 20, 4_000), format!("bag-{number:02}"));
        write_tar(&house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
    }
    let mut processes: Vec<_> = ROLES.iter().map(|row| Running::start(&house, [row.name])).collect();
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(300 + random.below(700)));
        let place = usize::try_from(random.below(ROLES.len() as u64)).unwrap();
        processes[place].signal(Signal::KILL);
        processes[place].child.wait().unwrap();
        processes[place] = Running::start(&house, [ROLES[place].name]);
    }
    wait_until_empty(&house);
    stop(processes);
    house.assert_holds(&objects);
}

/// Returns every file that is stored, with its bytes.
fn everything(house: &House) -> BTreeMap<String, Vec<u8>> {
    let stores = house.data().join("stores");
    let paths: BTreeSet<_> = files_below(&stores).into_iter().filter(|path| path.contains("/ocfl/")).collect();
    paths.into_iter().map(|path| (path.clone(), fs::read(stores.join(path)).unwrap())).collect()
}

fn drafts(house: &House) -> Vec<std::path::PathBuf> {
    let stores = ["first", "second"].map(|store| house.store(store).join("work"));
    let entries = stores.into_iter().flat_map(|work| fs::read_dir(work).unwrap());
    let is_draft = |entry: &fs::DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    entries.map(Result::unwrap).filter(is_draft).map(|entry| entry.path()).collect()
}

struct Running {
    child: Child,
    lines: Receiver<Value>,
}

impl Running {
    fn start<'a>(house: &House, roles: impl IntoIterator<Item = &'a str>) -> Self {
        let roles: Vec<_> = roles.into_iter().collect();
        let log = ["--log", "info", "--log-format", "json", "run", "--api", "127.0.0.1:0"];
        let mut command = house.command(&[&log[..], &roles].concat());
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let (told, lines) = channel();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let all = house.folder.path().join("log");
        let mut all = fs::OpenOptions::new().create(true).append(true).open(all).unwrap();
        std::thread::spawn(move || {
            for line in log.map_while(Result::ok) {
                use std::io::Write;
                writeln!(all, "{line}").unwrap();
                if let Ok(line) = serde_json::from_str(&line) {
                    // Nobody may wait for a line any more.
                    drop(told.send(line));
                }
            }
        });
        Self { child, lines }
    }

    fn wait_for(&mut self, is_wanted: impl Fn(&Value) -> bool) {
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            match self.lines.recv_timeout(Duration::from_secs(1)) {
                Ok(line) if is_wanted(&line) => return,
                _ => assert!(self.is_going_on(), "it has ended"),
            }
        }
        panic!("what was waited for did not come");
    }

    fn is_going_on(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

/// Asks processes to stop and insists that each does so cleanly.
fn stop(processes: Vec<Running>) {
    for process in &processes {
        house::terminate(&process.child);
    }
    for mut process in processes {
        let ended = process.child.wait().unwrap();
        assert!(ended.success(), "{ended}");
    }
}

fn wait_until_empty(house: &House) {
    let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
    while !files_below(&house.receiving()).is_empty() {
        let log = || fs::read_to_string(house.folder.path().join("log")).unwrap();
        assert!(Instant::now() < until, "still there: {:?}\n{}", files_below(&house.receiving()), log());
        std::thread::sleep(Duration::from_millis(100));
    }
    // The deposit goes a moment before its item is settled.
    std::thread::sleep(Duration::from_millis(700));
}
