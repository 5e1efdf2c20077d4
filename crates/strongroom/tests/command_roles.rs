//! `run`, what a process tells of itself, `config` and `deploy`, on the real program.

#![allow(missing_docs, clippy::unwrap_used, clippy::disallowed_types, reason = "a test that breaks should panic")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use model::{Door, ROLES, Role};
use serde_json::Value;

#[path = "support/installation.rs"]
mod installation;

use installation::{Installation, sample};

/// `run` with an address of its own choice.
struct Process {
    child: Child,
    address: String,
    lines: Box<dyn Iterator<Item = Value>>,
}

impl Process {
    fn start(installation: &Installation, roles: &[&str]) -> Self {
        let log = ["--log", "info", "--log-format", "json", "run", "--listen", "127.0.0.1:0"];
        let mut command = installation.command([&log[..], roles].concat());
        command.env("AWS_ACCESS_KEY_ID", "tester").env("AWS_SECRET_ACCESS_KEY", "hush");
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok).filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        let served = lines.find(|line| line["message"] == "healthz, readyz and metrics are served").unwrap();
        let address = served["address"].as_str().unwrap().to_owned();
        Self { child, address, lines: Box::new(lines) }
    }

    /// Asks for a page; returns the status and the body.
    fn get(&self, path: &str) -> (u16, String) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(agent);
        let mut answer = agent.get(format!("http://{}{path}", self.address)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    fn stop(mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let rest: Vec<_> = self.lines.collect();
        assert!(self.child.wait().unwrap().success(), "{rest:?}");
    }
}

#[test]
fn every_role_is_listed_with_its_doors() {
    let installation = Installation::new();
    let listed = installation.run(["run", "--list", "--json"]).exits(0).json();
    let names: Vec<_> = listed.iter().map(|row| row["role"].as_str().unwrap()).collect();
    assert_eq!(names, ROLES.iter().map(|row| row.name).collect::<Vec<_>>());
    installation.run(["run", "--list"]).exits(0).contains("staging:write");
    installation.run(["run", "somebody"]).exits(2);
    installation.run(["run"]).exits(2).contains("strongroom run --list");
    assert!(!installation.data().exists(), "a look made something");
}

#[test]
fn a_role_makes_nothing_behind_doors_that_it_does_not_open() {
    let installation = Installation::new();
    installation.ingest_samples();
    for folder in ["receiving", "staging"] {
        fs::remove_dir_all(installation.data().join(folder)).unwrap();
    }
    let process = Process::start(&installation, &["alert", "ingest-record"]);
    assert_eq!(process.get("/healthz").0, 200, "{}", process.get("/healthz").1);
    process.stop();
    assert!(!installation.data().join("receiving").exists() && !installation.data().join("staging").exists());
}

#[test]
fn health_tries_what_the_roles_need_and_names_what_is_away() {
    let installation = Installation::new();
    installation.ingest_samples();
    let process = Process::start(&installation, &["fixity-check"]);
    assert_eq!((process.get("/healthz").0, process.get("/readyz").0), (200, 200));
    let away = installation.data().join("away");
    fs::rename(installation.store("second"), &away).unwrap();
    let (status, body) = process.get("/healthz");
    let look: Value = serde_json::from_str(&body).unwrap();
    let failing: Vec<_> = look["checks"].as_array().unwrap().iter().filter(|check| check["is_well"] == false).collect();
    assert_eq!((status, failing.len()), (503, 1), "{body}");
    assert_eq!(failing[0]["name"], "store second");
    assert!(failing[0]["because"].as_str().unwrap().contains("gone"), "{body}");
    assert_eq!(process.get("/readyz").0, 200, "the database is there");
    let probe = |address: &str| {
        let mut command = installation.command(["run", "--health"]);
        command.env("STRONGROOM_OBSERVE__LISTEN", address).output().unwrap()
    };
    assert_eq!(probe(&process.address).status.code(), Some(1));
    fs::rename(&away, installation.store("second")).unwrap();
    assert_eq!(probe(&process.address).status.code(), Some(0));
    let address = process.address.clone();
    process.stop();
    assert_eq!(probe(&address).status.code(), Some(2), "nobody listens any more");
}

#[test]
fn metrics_tell_what_was_done_and_each_line_of_the_log_whose_it_is() {
    let installation = Installation::new();
    installation.configure("[ingest]\nsettle_seconds = 0\n");
    let all: Vec<_> = ROLES.iter().map(|row| row.name).collect();
    let mut process = Process::start(&installation, &all);
    let folder = installation.data().join("receiving/local.archive");
    fs::write(folder.join(".photographs.tar"), fs::read(sample("photographs.tar")).unwrap()).unwrap();
    fs::rename(folder.join(".photographs.tar"), folder.join("photographs.tar")).unwrap();
    let mut traces = BTreeSet::new();
    for line in process.lines.by_ref() {
        if line["message"] == "stage begins" {
            for field in ["item.stage", "role", "process", "institution", "object", "trace.id"] {
                assert!(line[field].is_string(), "no {field} in {line}");
            }
            assert_eq!(line["trace.id"].as_str().unwrap().len(), 32);
            traces.insert((line["trace.id"].clone().to_string(), line["work.id"].clone().to_string()));
        }
        if line["message"] == "item is let go" {
            break;
        }
    }
    assert_eq!(traces.len(), 1, "{traces:?}");
    let (status, text) = process.get("/metrics");
    assert_eq!(status, 200);
    for line in [
        "strongroom_steps_done_total{role=\"ingest-gather\",stage=\"gather\"} 1",
        "strongroom_steps_failed_total{role=\"ingest-store\",stage=\"store\"} 0",
        "strongroom_step_seconds_count{role=\"ingest-verify\",stage=\"verify\"} 1",
        "strongroom_queue_depth{role=\"ingest-receive\",stage=\"receive\"} 0",
        "strongroom_queue_depth{role=\"fixity-check\"} 0",
        "strongroom_queue_in_flight{role=\"job-runner\"} 0",
        "strongroom_steps_failed_total{role=\"bucket-reader\"} 0",
        "strongroom_incidents_open 0",
        "strongroom_database_up 1",
    ] {
        assert!(text.lines().any(|seen| seen == line), "no {line} in\n{text}");
    }
    assert!(text.contains("strongroom_oldest_proof_age_seconds{store=\"first\"}"), "{text}");
    assert!(!text.contains("strongroom_steps_done_total{role=\"bucket-reader\"} 0"), "it has looked:\n{text}");
    process.stop();
}

#[test]
fn all_that_is_wanting_in_a_configuration_is_told_at_once() {
    let installation = Installation::new();
    installation.run(["config", "check"]).exits(0).contains("can serve");
    installation.configure(
        "institutions = [\"<your domain>\"]\n[ingest]\nprofile = \"CHANGEME\"\n[database]\n\
         url = \"postgres://ada:hush@db/strongroom\"\npassword_file = \"/nowhere/password\"\n[alerts]\ncommand = [\"\"]\n",
    );
    let said =
        installation.command(["config", "check", "--json"]).env_remove("STRONGROOM_DATABASE__URL").output().unwrap();
    let said = installation::Said::from(said).exits(1);
    let whats: Vec<_> = said.json().iter().map(|fault| fault["what"].as_str().unwrap().to_owned()).collect();
    for wanted in ["institutions[0] is a placeholder", "ingest.profile is a placeholder", "alerts.command[0] is empty"]
    {
        assert!(whats.iter().any(|what| what.starts_with(wanted)), "no {wanted} in {whats:?}");
    }
    installation.configure(
        "[ingest]\nsettle_seconds = \"soon\"\nitems_at_once = -1\n[fixity]\nrepair = 7\nperiod = 3\n\
         [[stores]]\nid = \"a\"\nurl = \"a\"\n[[stores]]\nid = 5\nurl = \"b\"\n\
         [[stores]]\nid = \"late\"\nurl = \"c\"\npath_style = \"perhaps\"\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"a\", \"late\", \"nowhere\"]\n\
         [database]\npassword_file = \"/nowhere/password\"\n[alerts]\ncommand = [\"CHANGEME\"]\n",
    );
    let said = installation.run(["config", "check"]).exits(1);
    for wanted in
        ["ingest.settle_seconds (", "ingest.items_at_once (", "fixity.repair (", "fixity.period (", "stores[1] ("]
    {
        said.contains(wanted);
    }
    assert!(!said.out.contains("stores[0]"), "{}", said.out);
    // What else is wanting is told beside them; not that a store is missing whose own row cannot be understood.
    said.contains("stores[2] (")
        .contains("store nowhere, which")
        .contains("/nowhere/password")
        .contains("a placeholder");
    assert!(!said.out.contains("store late"), "{}", said.out);
    installation
        .configure("[database]\nurl = \"postgres://ada:hush@db/strongroom\"\npassword_file = \"/nowhere/password\"\n");
    let said = installation.command(["config", "check"]).env_remove("STRONGROOM_DATABASE__URL").output().unwrap();
    let said = installation::Said::from(said).exits(1);
    said.contains("/nowhere/password").contains("bears a password");
    assert!(!said.out.contains("hush") && !said.err.contains("hush"));
}

#[test]
fn the_configuration_in_force_is_shown_with_where_it_came_from_and_no_secret() {
    let installation = Installation::new();
    installation.configure("[ingest]\nsettle_seconds = 7\n[database]\nurl = \"postgres://ada:hush@db/strongroom\"\n");
    let mut command = installation.command(["config", "show", "--json"]);
    command.env_remove("STRONGROOM_DATABASE__URL").env("STRONGROOM_FIXITY__PERIOD_DAYS", "30");
    let shown = installation::Said::from(command.output().unwrap()).exits(0);
    assert!(!shown.out.contains("hush"), "{}", shown.out);
    let rows = shown.json();
    let told = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {}", shown.out));
        (row["value"].as_str().unwrap().to_owned(), row["source"].as_str().unwrap().to_owned())
    };
    let file = installation.data().join("strongroom.toml").display().to_string();
    assert_eq!(told("ingest.settle_seconds"), ("7".to_owned(), file));
    assert_eq!(told("fixity.period_days"), ("30".to_owned(), "$STRONGROOM_FIXITY__PERIOD_DAYS".to_owned()));
    assert_eq!(told("ingest.items_at_once"), ("4".to_owned(), "default".to_owned()));
    assert_eq!(told("database.url").0, "\"postgres://ada:********@db/strongroom\"");
    installation.configure("[database]\nurl = \"postgres://ada@db/strongroom?password=hush\"\n");
    for (arguments, exit) in [(["config", "show"], 0), (["config", "check"], 1)] {
        let mut command = installation.command(arguments);
        let said =
            installation::Said::from(command.env_remove("STRONGROOM_DATABASE__URL").output().unwrap()).exits(exit);
        assert!(!said.out.contains("hush") && !said.err.contains("hush"), "{}{}", said.out, said.err);
        said.contains(if exit == 0 { "?password=********" } else { "bears a password" });
    }
}

#[test]
fn a_compose_file_names_for_each_role_its_own_doors_and_the_scale_that_was_asked_for() {
    let installation = Installation::new();
    let render = |more: &[&str]| installation.run([&["deploy", "render", "compose"], more].concat());
    let file = render(&["--mode", "production", "--scale", "ingest-gather=7"]).exits(0).out;
    let service = |name: &str| {
        let begin = file.find(&format!("\n  {name}:\n")).unwrap_or_else(|| panic!("no {name} in\n{file}"));
        file[begin..].split("\n  # ").next().unwrap().to_owned()
    };
    assert!(service("ingest-gather").contains("replicas: 7"), "{file}");
    for row in ROLES {
        let service = service(row.name);
        for (door, folder) in [(Door::Receiving, "/data/receiving"), (Door::Stores, "/data/stores")] {
            let is_named = row.doors.iter().any(|(named, _)| *named == door);
            assert_eq!(service.contains(folder), is_named, "{}: {service}", row.name);
        }
        assert!(service.contains("service_completed_successfully"), "{service}");
    }
    assert!(!file.contains("strongroom-s3-"), "{file}");
    render(&["--scale", "ingest-gather=many"]).exits(2);
    render(&["--scale", "nobody=2"]).exits(2);
}

#[test]
fn a_compose_file_gives_the_keys_of_buckets_to_those_that_open_stores_and_to_nobody_else() {
    let installation = Installation::new();
    let bucket =
        |id: &str, credentials: &str| format!("[[stores]]\nid = \"{id}\"\nurl = \"s3://keep/{id}\"\n{credentials}");
    let named = "credentials = \"vault\"\n";
    installation.configure(&format!(
        "[database]\nurl = \"postgres://ada:hush@db/strongroom\"\npassword_file = \"secret\"\n\
         [[stores]]\nid = \"disk\"\nurl = \"/mnt/disk\"\n{}{}{}\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"disk\", \"b\", \"c\", \"d\"]\n",
        bucket("b", named),
        bucket("c", named),
        bucket("d", "")
    ));
    let render = |more: &[&str]| {
        let mut command = installation.command([&["deploy", "render", "compose"], more].concat());
        installation::Said::from(command.env_remove("STRONGROOM_DATABASE__URL").output().unwrap())
    };
    let config = installation.data().join("strongroom.toml");
    let by_config = render(&["--mode", "production", "--config", config.to_str().unwrap()]).exits(0).out;
    let by_installation = render(&["--mode", "production", "--installation"]).exits(0).out;
    for file in [&by_config, &by_installation] {
        for row in ROLES {
            let begin = file.find(&format!("\n  {}:\n", row.name)).unwrap();
            let service = file[begin..].split("\n  # ").next().unwrap().split("\nsecrets:").next().unwrap();
            let opens_stores = row.doors.iter().any(|(door, _)| *door == Door::Stores);
            for key in ["strongroom-s3-vault-access-key-id", "strongroom-s3-vault-secret-access-key"] {
                assert_eq!(service.matches(key).count(), usize::from(opens_stores), "{}: {service}", row.name);
            }
        }
        let named = file.rsplit("\nsecrets:\n").next().unwrap();
        assert_eq!(named.lines().filter(|line| line.starts_with("  strongroom-")).count(), 3, "{named}");
    }
    let data = installation.data().display().to_string();
    for wanted in [
        format!("\"${{STRONGROOM_MOUNT_STATE:-{data}}}:/data\""),
        format!("\"${{STRONGROOM_CONFIG_FILE:-{data}/strongroom.toml}}:/etc/strongroom.toml:ro\""),
        "${STRONGROOM_POSTGRES_URL:-postgres://ada@db/strongroom}".to_owned(),
        "\"/mnt/disk:/mnt/disk\"".to_owned(),
        "\"/mnt/disk:/mnt/disk:ro\"".to_owned(),
        format!("    file: {data}/secret"),
    ] {
        assert!(by_installation.contains(&wanted), "no {wanted} in\n{by_installation}");
    }
    assert!(!by_installation.contains("hush"));
    let config = fs::read_to_string(&config).unwrap();
    installation.configure(&config.replace("ada:hush@db/strongroom", "ada@db/strongroom?password=hush"));
    let by_parameter = render(&["--mode", "production", "--installation"]).exits(0).out;
    assert!(
        by_parameter.contains("-postgres://ada@db/strongroom}") && !by_parameter.contains("hush"),
        "{by_parameter}"
    );
    render(&["--installation"]).exits(2).contains("--mode production");
    installation.configure("");
    render(&["--mode", "production", "--installation"]).exits(2).contains("move-to");
}

#[test]
fn a_compose_file_gives_the_keys_of_each_kind_of_bucket_to_those_that_open_it_and_each_once() {
    let installation = Installation::new();
    let place = |of: &str, credentials: &str| {
        format!("url = \"s3://{of}/{credentials}\"\ncredentials = \"{credentials}\"\ninstitution = \"local.archive\"\n")
    };
    let restore = |credentials: &str| {
        format!("[[restore_places]]\nurl = \"s3://results/{credentials}\"\ncredentials = \"{credentials}\"\n")
    };
    // What is called `shared` serves a store, a receiving place and a restore place.
    installation.configure(&format!(
        "[[stores]]\nid = \"a\"\nurl = \"s3://keep/a\"\ncredentials = \"vault\"\n\
         [[stores]]\nid = \"b\"\nurl = \"s3://keep/b\"\ncredentials = \"shared\"\n\
         [[storage_options]]\nname = \"Standard\"\nstores = [\"a\", \"b\"]\n\
         [[receiving]]\n{}[[receiving]]\n{}{}{}",
        place("arrive", "arrivals"),
        place("arrive", "shared"),
        restore("readers"),
        restore("shared"),
    ));
    let config = installation.data().join("strongroom.toml");
    let render = ["deploy", "render", "compose", "--mode", "production", "--config", config.to_str().unwrap()];
    let file = installation.run(render).exits(0).out;
    let (services, named) = file.split_once("\nsecrets:\n").unwrap();
    for row in ROLES {
        let begin = services.find(&format!("\n  {}:\n", row.name)).unwrap();
        let service = services[begin..].split("\n  # ").next().unwrap();
        let given = service.split_once("secrets: [").unwrap().1.split(']').next().unwrap();
        let opens = |wanted| row.doors.iter().any(|(door, _)| *door == wanted);
        let (stores, arrivals) = (opens(Door::Stores), opens(Door::Receiving));
        let readers = opens(Door::Restored) || row.role == Role::Sweeper;
        let pairs = [
            ("vault", stores),
            ("shared", stores || arrivals || readers),
            ("arrivals", arrivals),
            ("readers", readers),
        ];
        let mut expected = BTreeSet::from(["strongroom-database-password".to_owned()]);
        for (name, _) in pairs.iter().filter(|(_, is_given)| *is_given) {
            expected.extend(["access-key-id", "secret-access-key"].map(|part| format!("strongroom-s3-{name}-{part}")));
        }
        let given: Vec<_> = given.split(", ").map(str::to_owned).collect();
        assert_eq!(given.len(), expected.len(), "{}: {given:?}", row.name);
        assert_eq!(BTreeSet::from_iter(given), expected, "{}", row.name);
    }
    let named: Vec<_> = named.lines().filter(|line| line.starts_with("  strongroom-")).collect();
    assert_eq!(named.len(), 9, "{named:?}");
    assert_eq!(BTreeSet::from_iter(&named).len(), 9, "{named:?}");
}

#[test]
fn credentials_that_are_wanting_are_told_and_a_bucket_out_of_reach_is_not_called_new() {
    let installation = Installation::new();
    installation.configure(
        "stores = [{ id = \"a\", url = \"stores/a\" }, \
         { id = \"b\", url = \"s3://some-bucket/keep\", endpoint = \"http://127.0.0.1:1\", credentials = \"vault\" }]\n\
         storage_options = [{ name = \"Standard\", stores = [\"a\", \"b\"] }]\n",
    );
    let with_key = |arguments: &[&str], key: &str| {
        let mut command = installation.command(arguments);
        command.env("STRONGROOM_S3_VAULT_ACCESS_KEY_ID", key).env("STRONGROOM_S3_VAULT_SECRET_ACCESS_KEY", "hush");
        installation::Said::from(command.output().unwrap())
    };
    let said = installation.run(["config", "check"]).exits(1);
    said.contains("the store b has no credentials").contains("strongroom-s3-vault-access-key-id");
    with_key(&["config", "check"], "CHANGEME").exits(1).contains("are a placeholder");
    with_key(&["config", "check"], "tester").exits(0);
    let bag = sample("photographs.tar");
    with_key(&["ingest", bag.to_str().unwrap()], "tester").exits(2).contains("cannot reach s3://some-bucket");
    with_key(&["doctor"], "tester").exits(1).contains("cannot reach s3://some-bucket/keep");
}

#[test]
fn keys_of_receiving_and_restore_places_are_judged_as_those_of_stores() {
    let installation = Installation::new();
    installation.configure(
        "[[receiving]]\ninstitution = \"local.archive\"\nurl = \"s3://arrive/new\"\ncredentials = \"arrivals\"\n\
         [[restore_places]]\nurl = \"s3://results/given\"\ncredentials = \"readers\"\n",
    );
    let secrets = installation.folder.path().join("secrets");
    fs::create_dir_all(&secrets).unwrap();
    let check = |exit: i32, expected: &[&str]| {
        let mut command = installation.command(["config", "check"]);
        let said = installation::Said::from(command.env("STRONGROOM_SECRETS", &secrets).output().unwrap()).exits(exit);
        for text in expected {
            said.contains(text);
        }
    };
    let write = |part: &str, text: &str| {
        for name in ["arrivals", "readers"] {
            fs::write(secrets.join(format!("strongroom-s3-{name}-{part}")), text).unwrap();
        }
    };
    let places = ["the receiving place s3://arrive/new", "the restore place s3://results/given"];
    check(1, &places.map(|place| format!("{place} has no credentials")).each_ref().map(String::as_str));
    let placeholders = places.map(|place| format!("the credentials of {place} are a placeholder"));
    let placeholders = placeholders.each_ref().map(String::as_str);
    write("access-key-id", "tester\n");
    for text in ["CHANGEME\n", "\n"] {
        write("secret-access-key", text);
        check(1, &placeholders);
    }
    write("secret-access-key", "hush\n");
    check(0, &[]);
    write("session-token", "<CHANGEME>\n");
    check(1, &placeholders);
}

#[test]
fn health_tries_the_buckets_that_objects_are_given_back_to() {
    let installation = Installation::new();
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = format!("[[restore_places]]\nurl = \"s3://readers/given\"\nendpoint = \"http://{gone}\"\n");
    installation.configure(&place);
    for (role, status) in [("restore-object", 503), ("fixity-check", 200)] {
        let process = Process::start(&installation, &[role]);
        let (seen, body) = process.get("/healthz");
        assert_eq!(seen, status, "{role}: {body}");
        assert_eq!(body.contains("restore place s3://readers/given"), status == 503, "{role}: {body}");
        process.stop();
    }
}

#[test]
fn health_does_not_wait_for_stores_that_hang_and_tries_them_once() {
    let installation = Installation::new();
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = |id| {
        format!(
            "[[stores]]\nid = \"{id}\"\nurl = \"s3://vault/{id}\"\nendpoint = \"http://{}\"\n",
            silent.local_addr().unwrap()
        )
    };
    let option = "[[storage_options]]\nname = \"Standard\"\nstores = [\"a\", \"b\"]\n";
    installation.configure(&format!("{}{}{option}", store("a"), store("b")));
    let process = Process::start(&installation, &["delete-check"]);
    let begun = Instant::now();
    let look = || {
        let (status, body) = process.get("/healthz");
        let look: Value = serde_json::from_str(&body).unwrap();
        let checks = look["checks"].as_array().unwrap();
        let late = checks.iter().filter(|check| check["because"] == "no answer within 5 seconds");
        assert_eq!((status, late.count()), (503, 2), "{body}");
    };
    look();
    // One who gives up takes nothing with it, and one who asks meanwhile is told the same.
    let mut hasty = TcpStream::connect(&process.address).unwrap();
    hasty.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    hasty.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    hasty.read(&mut [0]).unwrap_err();
    drop(hasty);
    look();
    look();
    silent.set_nonblocking(true).unwrap();
    assert_eq!(silent.incoming().map_while(Result::ok).count(), 2, "each was tried once");
    // One after the other they would take ten seconds a look.
    assert!(begun.elapsed() < Duration::from_secs(28), "{:?}", begun.elapsed());
    process.stop();
}

#[test]
fn who_asks_only_half_does_not_hold_a_place_among_those_who_watch() {
    let installation = Installation::new();
    installation.ingest_samples();
    let process = Process::start(&installation, &["delete-check"]);
    let mut half = TcpStream::connect(&process.address).unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nhost: a").unwrap();
    half.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    assert_eq!(half.read(&mut [0]).unwrap(), 0, "the connection was ended");
    assert_eq!(process.get("/healthz").0, 200);
    process.stop();
}

#[test]
fn what_a_shell_exports_for_the_compose_files_does_not_break_a_command_in_it() {
    let installation = Installation::new();
    installation.ingest_samples();
    let mut names = BTreeSet::new();
    for mode in ["development", "production"] {
        let file = installation.run(["deploy", "render", "compose", "--mode", mode]).exits(0).out;
        let variables = file.split("${").skip(1).map(|rest| rest.split([':', '}']).next().unwrap().to_owned());
        names.extend(variables);
    }
    assert!(names.len() > 8, "{names:?}");
    let mut command = installation.command(["objects", "list", "--json"]);
    for name in &names {
        command.env(name, "/srv/somewhere");
    }
    let said = installation::Said::from(command.output().unwrap());
    assert!(said.exits(0).out.lines().count() > 0);
}
