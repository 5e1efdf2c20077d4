//! README's section "Grow", typed as it stands there: a laptop's archive goes on as a fleet on the real Docker Engine, with
//! PostgreSQL and an S3 server, and everything is found there and proven.
//!
//! Needs an engine as `docker.rs` does.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test that breaks should panic")]

#[path = "support/docker.rs"]
mod engine;
#[path = "support/installation.rs"]
mod installation;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use engine::{ROOT, build_image, compose_command, insist};
use installation::{Installation, Said, files_below, sample};

const SECONDS_MAX: u64 = 240;
/// moto, which believes no signature that is not right.
const SERVER: &str = include_str!("../../backends/tests/support/judge.py");

#[test]
fn foreign_docker_grows_a_laptop_into_a_fleet_by_the_two_commands_of_the_readme() {
    let Some(compose) = compose_command() else { return };
    let site = Site::make(compose);
    site.installation.ingest_samples();
    let objects = site.run(&["objects", "list", "--json"]).exits(0).out;
    site.make_keys();
    let commands = commands_of_the_readme();
    assert_eq!(commands.iter().filter(|line| !line.starts_with("export ")).count(), 2, "{commands:?}");
    let said = insist(site.shell(&commands.join("\n")).output().unwrap());
    // Numbers and places are others; what is said is what the section shows.
    for line in outputs_of_the_readme() {
        assert!(said.lines().any(|seen| site.is_as_shown(seen, &line)), "nobody said {line:?}:\n{said}");
    }

    // It works: what arrives is stored, in the bucket too.
    let arrived = site.installation.data().join("receiving/local.archive");
    fs::write(arrived.join(".late.zip"), fs::read(sample("minutes.zip")).unwrap()).unwrap();
    fs::rename(arrived.join(".late.zip"), arrived.join("late.zip")).unwrap();
    let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
    while !files_below(&arrived).is_empty() {
        assert!(Instant::now() < until, "still there:\n{}", site.compose(&["logs", "--tail", "20"]));
        std::thread::sleep(Duration::from_millis(500));
    }
    site.compose(&["down"]);
    let later = site.run(&["objects", "list", "--json"]).exits(0).out;
    assert!(objects.lines().all(|line| later.lines().any(|seen| seen == line)), "{objects}\n{later}");
    // Four objects, each in the two folders of the laptop and in the bucket.
    site.run(&["fixity", "check", "--all"]).exits(0).contains("12 replicas proven, 0 repairs made");
    site.run(&["audit"]).exits(0);
}

/// Returns what is typed in the section.
fn commands_of_the_readme() -> Vec<String> {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let section = readme.split("\n## Grow\n").nth(1).expect("the section is there").split("\n## ").next().unwrap();
    let mut commands: Vec<String> = Vec::new();
    for line in section.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        } else if let Some(begun) = commands.last_mut().filter(|begun| begun.ends_with('\\')) {
            begun.push('\n');
            begun.push_str(line);
        }
    }
    commands
}

/// Returns what the section shows as said by the commands.
fn outputs_of_the_readme() -> Vec<String> {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let section = readme.split("\n## Grow\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let block = section.split("```").nth(1).unwrap().lines().skip(1);
    let is_typed = |line: &str| line.starts_with("$ ") || line.starts_with("    --");
    let lines: Vec<String> = block.filter(|line| !is_typed(line)).map(str::to_owned).collect();
    assert!(lines.len() > 10, "the section shows what the move says: {lines:?}");
    lines
}

/// A laptop, and what its owner was given: a database and a bucket, on servers that containers reach as well.
struct Site {
    compose: Vec<&'static str>,
    name: String,
    installation: Installation,
    database: String,
    bucket_server: Child,
    endpoint: String,
}

impl Site {
    fn make(compose: Vec<&'static str>) -> Self {
        let name = format!("strongroom-grow-{}", std::process::id());
        build_image(&format!("{name}:one"));
        let docker = |arguments: &[&str]| insist(Command::new("docker").args(arguments).output().unwrap());
        docker(&["network", "create", &name]);
        let form = "{{(index .IPAM.Config 0).Gateway}}";
        let gateway = docker(&["network", "inspect", "--format", form, &name]).trim().to_owned();
        let mut tool = Command::new(Path::new(ROOT).join("tools/test-postgres"));
        let server = insist(tool.args([&std::process::id().to_string(), &gateway, "0.0.0.0/0"]).output().unwrap());
        let server = server.trim().replace("127.0.0.1", &gateway);
        insist(
            Command::new("psql")
                .arg(format!("{server}/postgres"))
                .args(["-qc", "CREATE DATABASE grow"])
                .output()
                .unwrap(),
        );
        let python = std::env::var_os("STRONGROOM_TEST_PYTHON");
        let mut python = Command::new(python.unwrap_or_else(|| format!("{ROOT}/target/venv/bin/python").into()));
        python.args(["-c", SERVER, &gateway]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut bucket_server = python.spawn().unwrap();
        let mut endpoint = String::new();
        BufReader::new(bucket_server.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
        let endpoint = endpoint.trim().to_owned();
        assert!(ureq::put(format!("{endpoint}/keep")).send_empty().unwrap().status().is_success());
        let (installation, database) = (Installation::new(), format!("{server}/grow"));
        Self { compose, name, installation, database, bucket_server, endpoint }
    }

    /// Writes the key of the bucket where the section says it is.
    fn make_keys(&self) {
        let secrets = self.installation.folder.path().join("secrets");
        fs::create_dir(&secrets).unwrap();
        fs::write(secrets.join("strongroom-s3-far-access-key-id"), "tester\n").unwrap();
        fs::write(secrets.join("strongroom-s3-far-secret-access-key"), "hush\n").unwrap();
    }

    /// Tells whether a line is the one that the README shows, but for its numbers and for where things are.
    fn is_as_shown(&self, said: &str, shown: &str) -> bool {
        let words = |line: &str| line.replace(|letter: char| letter.is_ascii_digit() || letter == '.', "");
        let (_, place) = self.database.split_once('@').unwrap();
        let said = said.replace(place, "db.example.org:5432/strongroom");
        let said =
            said.replace(&self.installation.data().display().to_string(), "/home/ada/strongroom/strongroom-data");
        words(&said) == words(shown)
    }

    /// A shell in which `strongroom`, `docker compose`, the database and the bucket's server are those of the test.
    fn shell(&self, script: &str) -> Command {
        let script = script
            .replace("postgres://strongroom@db.example.org/strongroom", &self.database)
            .replace("https://s3.example.org", &self.endpoint)
            .replace("docker compose", &self.compose.join(" "));
        let mut shell = Command::new("sh");
        let program = Path::new(env!("CARGO_BIN_EXE_strongroom")).parent().unwrap().display().to_string();
        shell.args(["-ec", &script]).current_dir(self.installation.folder.path()).stdin(Stdio::null());
        shell.env("PATH", format!("{program}:{}", std::env::var("PATH").unwrap()));
        shell.env("STRONGROOM_DATA", self.installation.data()).env("STRONGROOM_IMAGE", format!("{}:one", self.name));
        shell.env("STRONGROOM_PUBLISH_API", "127.0.0.1:");
        shell.env("COMPOSE_PROJECT_NAME", &self.name).env_remove("STRONGROOM_DATABASE__URL");
        shell
    }

    fn compose(&self, arguments: &[&str]) -> String {
        let render = "export STRONGROOM_SECRETS=$PWD/secrets; \
            strongroom deploy render compose --mode production --installation | docker compose --file - ";
        let mut said = self.shell(&format!("{render}{} 2>&1", arguments.join(" ")));
        insist(said.output().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.installation.command(arguments);
        command.env_remove("STRONGROOM_DATABASE__URL");
        command.env("STRONGROOM_SECRETS", self.installation.folder.path().join("secrets"));
        command.output().unwrap().into()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let left = Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &project]).output().unwrap();
        for container in String::from_utf8_lossy(&left.stdout).lines() {
            drop(Command::new("docker").args(["rm", "--force", container]).output());
        }
        for network in [self.name.clone(), format!("{}_default", self.name)] {
            drop(Command::new("docker").args(["network", "rm", &network]).output());
        }
        drop(Command::new("docker").args(["image", "rm", &format!("{}:one", self.name)]).output());
        drop(self.bucket_server.kill());
        drop(self.bucket_server.wait());
    }
}
