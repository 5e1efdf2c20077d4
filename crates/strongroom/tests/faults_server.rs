//! Several processes on one PostgreSQL server: they are killed, the server is started anew under them, and every deposit is
//! taken in exactly once.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;
#[path = "faults/server.rs"]
mod server;

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
    let house = House::on(server.new_database("house"));
    let payload = payload(7, 40, 5_000);
    let bag = write_tar(house.folder.path(), "bag", &payload);
    // The server goes away as the step that wrote the replicas begins, and comes back three seconds later.
    let log = ["--log", "info", "--log-format", "json"];
    let mut command = house.command(&[&log[..], &["ingest", "--json", bag.to_str().unwrap()]].concat());
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let mut is_told = false;
    for line in lines.map_while(Result::ok) {
        is_told |= line.contains("the database is away");
        if line.contains("stage begins") && line.contains("\"verify\"") {
            server.stop();
            let server = server.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(3));
                server.start_again();
            });
        }
    }
    let said = child.wait_with_output().unwrap();
    // What the step itself asked of the server is tried again later: then the same command goes on.
    let is_for_later = said.status.code() == Some(75);
    assert!(said.status.success() || is_for_later, "{}", house::text(&said));
    assert!(is_told || is_for_later, "nobody noticed that the server was away");
    if is_for_later {
        house.ingest(&bag);
    }
    house.assert_holds(&BTreeMap::from([("bag".to_owned(), vec![payload])]));
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
