//! A fleet on the real Docker Engine, started from the compose file of the repository: it is killed, scaled, cut off and
//! rolled to the next image while it works, and every deposit is stored once.
//!
//! Needs an engine and Compose. Without them the test says so and is passed over, unless `$STRONGROOM_TEST_DOCKER` is 1:
//! `./test` sets it where an engine answers, and whoever runs an engine for it sets it to be sure.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "support/api_server.rs"]
mod api_server;
#[path = "faults/bags.rs"]
#[allow(dead_code)]
mod bags;
#[path = "support/docker.rs"]
#[allow(dead_code)]
mod engine;
#[path = "faults/house.rs"]
#[allow(dead_code)]
mod house;

use api_server::get;
use bags::{Random, payload, write_tar};
use engine::{ROOT, build_image, compose_command, insist};
use house::test_database::TestDatabase;
use house::{House, files_below};
use model::ROLES;

const BAGS: usize = 20;
const KILLS: usize = 10;
const SECONDS_MAX: u64 = 400;

#[test]
fn foreign_docker_a_fleet_that_is_killed_scaled_cut_off_and_rolled_stores_each_deposit_once() {
    let Some(compose) = compose_command() else { return };
    let mut random = Random::announced("foreign_docker_a_fleet");
    let fleet = Fleet::make(compose);
    let mut objects = BTreeMap::new();
    fleet.up(&fleet.image, &[]);
    for number in 0..BAGS {
        let (payload, name) = (payload(random.next(), 30, 20_000), format!("bag-{number:02}"));
        write_tar(&fleet.house.receiving(), &name, &payload);
        objects.insert(name, vec![payload]);
        if number % 2 == 0 {
            fleet.kill_one(&mut random);
        }
    }
    fleet.up(&fleet.image, &["--scale", "ingest-gather=3", "--no-recreate"]);
    assert_eq!(fleet.containers("ingest-gather").len(), 3);
    let cut_off = fleet.containers("ingest-store").remove(0);
    fleet.docker_patiently(&["network", "disconnect", &fleet.name, &cut_off]);
    std::thread::sleep(Duration::from_secs(30));
    fleet.docker_patiently(&["network", "connect", &fleet.name, &cut_off]);
    let next = format!("{}-next", fleet.image);
    build_image(&next);
    let late = payload(random.next(), 30, 20_000);
    write_tar(&fleet.house.receiving(), "bag-late", &late);
    objects.insert("bag-late".to_owned(), vec![late]);
    fleet.up(&next, &["--scale", "ingest-gather=3"]);
    for _ in 0..KILLS {
        fleet.kill_one(&mut random);
    }
    fleet.wait_until_empty();
    fleet.wait_until_well();
    fleet.insist_on_what_the_api_tells(&next, objects.len());
    fleet.compose(&next, &["down"]);
    fleet.house.assert_holds(&objects);
    fleet.docker(&["image", "rm", &next]);
}

struct Fleet {
    compose: Vec<&'static str>,
    /// Of the network and of the project.
    name: String,
    image: String,
    house: House,
    /// The database as containers see it.
    url: String,
    more: PathBuf,
}

impl Fleet {
    fn make(compose: Vec<&'static str>) -> Self {
        let name = format!("strongroom-test-{}", std::process::id());
        let image = format!("{name}:one");
        build_image(&image);
        let docker = |arguments: &[&str]| insist(Command::new("docker").args(arguments).output().unwrap());
        docker(&["network", "create", &name]);
        let subnet = "{{(index .IPAM.Config 0).Gateway}} {{(index .IPAM.Config 0).Subnet}}";
        let place = docker(&["network", "inspect", "--format", subnet, &name]);
        let (gateway, network) = place.trim().split_once(' ').unwrap();
        let mut tool = Command::new(Path::new(ROOT).join("tools/test-postgres"));
        let server = insist(tool.args([&std::process::id().to_string(), gateway, network]).output().unwrap());
        let house = House::on(TestDatabase::make(server.trim(), "fleet"));
        let command = house.command(&[]);
        let named = command.get_envs().find(|(key, _)| *key == "STRONGROOM_DATABASE__URL");
        let url = named.and_then(|(_, value)| value?.to_str()).unwrap().replace("127.0.0.1", gateway);
        for folder in ["receiving/local.archive", "staging", "stores"] {
            fs::create_dir_all(house.data().join(folder)).unwrap();
        }
        let config = house.data().join("strongroom.toml");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, format!("{text}\n[queue]\nlease_seconds = 10\n")).unwrap();
        let secrets = house.folder.path().join("secrets");
        fs::create_dir_all(&secrets).unwrap();
        fs::write(secrets.join("strongroom-database-password"), "not asked for\n").unwrap();
        let more = house.folder.path().join("more.yaml");
        fs::write(&more, additions(&name, &fs::metadata(house.data()).unwrap())).unwrap();
        Self { compose, name, image, house, url, more }
    }

    fn docker(&self, arguments: &[&str]) -> String {
        insist(Command::new("docker").args(arguments).output().unwrap())
    }

    /// Asks again while the engine starts that container anew by itself, and does not know yet what it is connected to.
    fn docker_patiently(&self, arguments: &[&str]) {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let asked = Command::new("docker").args(arguments).output().unwrap();
            if asked.status.success() {
                return;
            }
            assert!(Instant::now() < until, "{arguments:?}: {}", String::from_utf8_lossy(&asked.stderr));
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn up(&self, image: &str, more: &[&str]) {
        let arguments = [&["up", "--detach"][..], more].concat();
        let asked = self.compose_command(image, &arguments).output().unwrap();
        let told = String::from_utf8_lossy(&asked.stderr).into_owned();
        match told.split_once("endpoint with name ").and_then(|(_, rest)| rest.split_once(" already exists")) {
            // A container that the engine started anew while it was connected again has left its place in the network.
            Some((container, _)) if !asked.status.success() => {
                self.docker(&["network", "disconnect", "--force", &self.name, container]);
                self.compose(image, &arguments);
            }
            _ => drop(insist(asked)),
        }
    }

    fn compose(&self, image: &str, arguments: &[&str]) -> String {
        insist(self.compose_command(image, arguments).output().unwrap())
    }

    fn compose_command(&self, image: &str, arguments: &[&str]) -> Command {
        let data = self.house.data();
        let mut command = Command::new(self.compose[0]);
        command.args(&self.compose[1..]).args(["--project-name", &self.name, "--file"]);
        command.arg(Path::new(ROOT).join("deploy/compose/production.yaml")).arg("--file").arg(&self.more);
        command
            .env("STRONGROOM_IMAGE", image)
            .env("STRONGROOM_POSTGRES_URL", &self.url)
            .env("STRONGROOM_MOUNT_STATE", &data);
        for folder in ["receiving", "staging", "stores"] {
            command.env(format!("STRONGROOM_MOUNT_{}", folder.to_uppercase()), data.join(folder));
        }
        // Whatever port is free.
        command.env("STRONGROOM_PUBLISH_API", "127.0.0.1:");
        command.env("STRONGROOM_CONFIG_FILE", data.join("strongroom.toml"));
        command.env("STRONGROOM_SECRETS", self.house.folder.path().join("secrets"));
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Returns the running containers of a role.
    fn containers(&self, role: &str) -> Vec<String> {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let service = format!("label=com.docker.compose.service={role}");
        let said = self.docker(&["ps", "--quiet", "--filter", &project, "--filter", &service]);
        said.lines().map(str::to_owned).collect()
    }

    /// Kills a container as a lost machine would, and starts it again as a supervisor would.
    fn kill_one(&self, random: &mut Random) {
        let role = ROLES[usize::try_from(random.below(ROLES.len() as u64)).unwrap()].name;
        if let Some(container) = self.containers(role).first() {
            println!("kill {role}");
            self.docker(&["kill", container]);
            self.docker(&["start", container]);
        }
    }

    fn wait_until_empty(&self) {
        let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
        while !files_below(&self.house.receiving()).is_empty()
            || !files_below(&self.house.data().join("staging")).is_empty()
        {
            let log = || self.compose(&self.image, &["logs", "--tail", "20"]);
            assert!(Instant::now() < until, "still there: {:?}\n{}", files_below(&self.house.receiving()), log());
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Asks the API as a user would, through the port that the file publishes.
    fn insist_on_what_the_api_tells(&self, image: &str, items: usize) {
        let address = self.compose(image, &["port", "api", "8080"]);
        let add = ["user", "add", "root", "--person", "root@example.org", "--role", "admin"];
        let token = insist(self.house.run(&add));
        let told = get(address.trim(), "/api/v1/items?status=success&limit=1000", "root", token.trim());
        assert_eq!(told.status, 200, "{}", told.body);
        assert_eq!(told.json()["rows"].as_array().unwrap().len(), items, "{}", told.body);
    }

    /// Each container asks itself whether it can work.
    fn wait_until_well(&self) {
        for row in ROLES {
            let container = self.containers(row.name).remove(0);
            insist(
                Command::new("docker").args(["exec", &container, "/strongroom", "run", "--health"]).output().unwrap(),
            );
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // What went wrong is in the message already; nothing may be left that runs.
            let project = format!("label=com.docker.compose.project={}", self.name);
            let left = Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &project]).output().unwrap();
            for container in String::from_utf8_lossy(&left.stdout).lines() {
                drop(Command::new("docker").args(["rm", "--force", container]).output());
            }
        }
        drop(Command::new("docker").args(["network", "rm", &self.name]).output());
        drop(Command::new("docker").args(["image", "rm", &self.image]).output());
    }
}

/// What a test adds to the file of the repository: its network, and its own user, so that it can remove what is made.
fn additions(network: &str, owner: &fs::Metadata) -> String {
    let mut text = format!("networks:\n  default:\n    external: true\n    name: {network}\nservices:\n");
    for name in ROLES.iter().map(|row| row.name).chain(["migrate"]) {
        writeln!(text, "  {name}:\n    user: \"{}:{}\"", owner.uid(), owner.gid()).unwrap();
    }
    text
}
