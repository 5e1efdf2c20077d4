//! The trial: four processes on one PostgreSQL server and two stores in buckets take in many bags, while processes are killed
//! and paused, the server is started anew, S3 is away for minutes, its network breaks, credentials expire, and one of the
//! buckets heeds no condition. Each bag is stored exactly once, and nothing else is left.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "faults/bags.rs"]
mod bags;
#[path = "support/bucket_server.rs"]
mod bucket_server;
#[path = "support/fault_proxy.rs"]
mod fault_proxy;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;
#[path = "support/platform.rs"]
#[allow(dead_code)]
mod platform;
#[path = "faults/server.rs"]
#[allow(dead_code)]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bags::{Payload, Random, payload, write_tar};
use bucket_server::Bucket;
use fault_proxy::FaultProxy;
use house::House;
use rustix::process::{Pid, Signal, kill_process};
use server::Server;

const PROCESSES: usize = 4;
/// How long a claim holds.
const LEASE_SECONDS: u64 = 5;
/// How long a session of the platform's credentials is taken, whatever the platform says.
const SESSION_SECONDS: f64 = 7.0;
/// Bytes that are sent in parts.
const LARGE_BYTES: usize = 17 << 20;
const ALL_SECONDS_MAX: u64 = 1500;

/// How much is tried.
struct Trial {
    name: &'static str,
    bags: usize,
    /// One bag in so many has a file that is sent in parts.
    large_one_in: usize,
    down: Duration,
    /// Blows before S3 goes away, and after it has come back.
    blows: usize,
}

mod foreign {
    use super::*;

    #[test]
    fn postgres_each_bag_is_stored_once_whatever_is_killed_cut_or_away() {
        run(&Trial { name: "short", bags: 24, large_one_in: 24, down: Duration::from_secs(10), blows: 8 });
    }

    /// Run by `./test --long`.
    #[test]
    fn postgres_each_bag_is_stored_once_whatever_is_killed_cut_or_away_for_long() {
        run(&Trial { name: "long", bags: 200, large_one_in: 50, down: Duration::from_secs(120), blows: 60 });
    }
}

fn run(trial: &Trial) {
    let mut random = Random::announced(&format!("trial, {}", trial.name));
    let server = Server::start();
    let buckets = [Bucket::new(&format!("near-{}", trial.name)), Bucket::new(&format!("heedless-{}", trial.name))];
    let proxies = [FaultProxy::before(Bucket::endpoint()), FaultProxy::before(Bucket::endpoint())];
    let platform = platform::platform("let-me-in", || platform::session_for(SESSION_SECONDS));
    let house = House::on(server.new_database("house"));
    configure(&house, &buckets, &proxies);
    let mut field = Field { house, platform, server, proxies, processes: Vec::new(), paused: None, deaths: 0 };
    // The stores are made while all is well.
    let first = field.up();
    field.processes.push(first);
    let is_made = |bucket: &Bucket| bucket.get("keep/strongroom-store.json").is_some();
    field.wait("the stores are made", 60, |_| buckets.iter().all(is_made));
    let objects = deposit(trial, &field.house, &mut random);
    while field.processes.len() < PROCESSES {
        let next = field.up();
        field.processes.push(next);
    }
    let began = Instant::now();
    field.break_network(true);
    field.strike(trial.blows, &mut random);
    field.server.start_anew();
    field.set_down(true);
    let until = Instant::now() + trial.down;
    while Instant::now() < until {
        field.strike(1, &mut random);
    }
    field.set_down(false);
    field.strike(trial.blows, &mut random);
    field.resume();
    field.wait("all is taken in", ALL_SECONDS_MAX, |house| house::files_below(&house.receiving()).is_empty());
    let done: Vec<_> = field.proxies.iter().map(|proxy| proxy.faults.done.load(Ordering::SeqCst)).collect();
    println!("trial: {} bags in {:?}, {} processes died, faults {done:?}", trial.bags, began.elapsed(), field.deaths);
    assert!(done.iter().all(|done| *done > 20), "the network was hardly broken: {done:?}");
    field.break_network(false);
    // What a late one wrote before it noticed goes with the next sweep.
    let left = || buckets.iter().flat_map(Bucket::keys).filter(|key| key.contains("keep/work/")).collect::<Vec<_>>();
    let until = Instant::now() + Duration::from_secs(60);
    while !left().is_empty() {
        assert!(Instant::now() < until, "left in the workspaces: {:?}\n{}", left(), field.told());
        std::thread::sleep(Duration::from_millis(500));
    }
    field.stop();
    assert_stored(&field, &buckets, &objects);
}

fn configure(house: &House, buckets: &[Bucket; 2], proxies: &[FaultProxy; 2]) {
    let store = |id: &str, place: usize| {
        let (bucket, endpoint) = (&buckets[place].name, &proxies[place].url);
        format!("[[stores]]\nid = \"{id}\"\nurl = \"s3://{bucket}/keep\"\nendpoint = \"{endpoint}\"\n")
    };
    let text = format!(
        "[ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 5\nsettle_seconds = 0\n\
         [queue]\nlease_seconds = {LEASE_SECONDS}\n{}{}\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"near\", \"heedless\"]\n",
        store("near", 0),
        store("heedless", 1)
    );
    fs::write(house.data().join("strongroom.toml"), text).unwrap();
}

fn deposit(trial: &Trial, house: &House, random: &mut Random) -> BTreeMap<String, Vec<Payload>> {
    let mut objects = BTreeMap::new();
    for number in 0..trial.bags {
        let mut payload = payload(random.next(), 3, 6_000);
        if number % trial.large_one_in == 0 {
            payload.push(("large.bin".to_owned(), random.next().to_le_bytes().repeat(LARGE_BYTES / 8)));
        }
        let name = format!("bag-{number:03}");
        write_tar(&house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
    }
    objects
}

/// All that is struck at.
struct Field {
    house: House,
    platform: String,
    server: Server,
    proxies: [FaultProxy; 2],
    processes: Vec<Child>,
    /// Which process is paused, and until when.
    paused: Option<(usize, Instant)>,
    deaths: usize,
}

impl Field {
    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.house.command(arguments);
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").env_remove("AWS_SESSION_TOKEN");
        command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &self.platform);
        command.env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let-me-in");
        command
    }

    fn up(&self) -> Child {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.command(&["--log", "warn", "up"]);
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    fn log(&self) -> std::path::PathBuf {
        self.house.folder.path().join("log")
    }

    /// Strikes at random so many times; begins what has ended anew, as a supervisor does.
    fn strike(&mut self, blows: usize, random: &mut Random) {
        for _ in 0..blows {
            std::thread::sleep(Duration::from_millis(300 + random.below(900)));
            if self.paused.is_some_and(|(_, until)| Instant::now() > until) {
                self.resume();
            }
            let place = usize::try_from(random.below(PROCESSES as u64)).unwrap();
            match random.below(8) {
                0 => self.server.cut_all_connections(),
                1 if self.paused.is_none() => {
                    self.signal(place, Signal::STOP);
                    self.paused = Some((place, Instant::now() + Duration::from_secs(LEASE_SECONDS + 2)));
                }
                2..=4 if self.paused.is_none_or(|(paused, _)| paused != place) => {
                    self.processes[place].kill().unwrap();
                }
                _ => {}
            }
            self.begin_anew();
        }
    }

    fn begin_anew(&mut self) {
        for place in 0..self.processes.len() {
            if self.processes[place].try_wait().unwrap().is_some() {
                self.deaths += 1;
                self.processes[place] = self.up();
            }
        }
    }

    fn resume(&mut self) {
        if let Some((place, _)) = self.paused.take() {
            self.signal(place, Signal::CONT);
        }
    }

    fn signal(&self, place: usize, signal: Signal) {
        kill_process(Pid::from_child(&self.processes[place]), signal).unwrap();
    }

    fn break_network(&self, is_broken: bool) {
        for faults in self.proxies.iter().map(|proxy| &proxy.faults) {
            for (one_in, value) in
                [(&faults.reset_one_in, 97), (&faults.cut_one_in, 131), (&faults.slow_down_one_in, 53)]
            {
                one_in.store(if is_broken { value } else { 0 }, Ordering::SeqCst);
            }
        }
    }

    fn set_down(&self, is_down: bool) {
        for proxy in &self.proxies {
            proxy.faults.is_down.store(is_down, Ordering::SeqCst);
        }
    }

    fn wait(&mut self, what: &str, seconds_max: u64, is_so: impl Fn(&House) -> bool) {
        let until = Instant::now() + Duration::from_secs(seconds_max);
        while !is_so(&self.house) {
            let waiting = || house::files_below(&self.house.receiving());
            assert!(Instant::now() < until, "{what}: not yet, {:?}\n{}", waiting(), self.told());
            std::thread::sleep(Duration::from_millis(200));
            self.begin_anew();
        }
    }

    /// The end of the log, and what the items wait for.
    fn told(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap();
        let lines: Vec<_> = log.lines().collect();
        let items = house::text(&self.command(&["items", "list", "--json"]).output().unwrap());
        format!("{}\n{items}", lines[lines.len().saturating_sub(60)..].join("\n"))
    }

    fn stop(&mut self) {
        for process in &self.processes {
            house::terminate(process);
        }
        for process in &mut self.processes {
            assert!(process.wait().unwrap().success());
        }
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // Those that have ended are well; a trial that failed leaves nobody at work.
            drop(process.kill());
            drop(process.wait());
        }
    }
}

/// Reads both buckets as a stranger would, and asks the program.
fn assert_stored(field: &Field, buckets: &[Bucket; 2], objects: &BTreeMap<String, Vec<Payload>>) {
    let mirror = tempfile::tempdir().unwrap();
    for bucket in buckets {
        assert_eq!(bucket.uploads(), Vec::<String>::new(), "{}", bucket.name);
        for key in bucket.keys() {
            let path = mirror.path().join(&bucket.name).join(key.strip_prefix("keep/").unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bucket.get(&key).unwrap()).unwrap();
        }
    }
    field.house.assert_holds_in(mirror.path(), objects);
    assert!(house::files_below(&field.house.data().join("staging")).is_empty());
    let asked = field.command(&["incidents", "--json"]).output().unwrap();
    assert!(asked.status.success() && asked.stdout.is_empty(), "{}", house::text(&asked));
    let audited = field.command(&["audit"]).output().unwrap();
    assert!(audited.status.success(), "{}", house::text(&audited));
}
