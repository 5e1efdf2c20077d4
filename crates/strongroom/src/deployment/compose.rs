//! The compose file of a fleet: one service a role, each with the doors and secrets that its row of the table names.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::{Copies, Door, ROLES, Right, Role, RoleRow, Secret};

use super::{Known, Password};

/// What the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// To try a fleet on one machine: PostgreSQL is one of the services, and the volumes are Docker's own.
    Development,
    /// To serve: the server, the folders and the configuration are named from outside, and secrets are files.
    Production,
}

/// Seconds beyond a role's own until it is killed.
const GRACE_SECONDS: u32 = 5;
/// Where each process answers, in its own container.
const LISTEN: &str = "0.0.0.0:9464";
/// Where the API is served, in its container.
const API: &str = "0.0.0.0:8080";
/// The user that the image runs as.
const USER: &str = "10001:10001";

/// Returns the file. `scales` says how many containers a role is to have; of a role of which one process is enough,
/// further ones stand by. `known` is what a configuration tells of stores, secrets and folders.
#[must_use]
pub fn compose(mode: Mode, scales: &BTreeMap<String, u32>, known: &Known) -> String {
    let mut out = opening(mode, known);
    out.push_str("services:\n");
    if mode == Mode::Development {
        out.push_str(POSTGRES);
    }
    migrate(&mut out, mode, known);
    for row in ROLES {
        let from = match row.copies {
            Copies::Single => 1,
            Copies::Many { from, .. } => from,
        };
        service(&mut out, mode, known, row, scales.get(row.name).copied().unwrap_or(from));
    }
    closing(&mut out, mode, known);
    out
}

const POSTGRES: &str = "  postgres:
    image: ${POSTGRES_IMAGE:-postgres:17-alpine}
    environment:
      POSTGRES_USER: strongroom
      POSTGRES_DB: strongroom
      # Nobody reaches it but the services of this file.
      POSTGRES_HOST_AUTH_METHOD: trust
    volumes: [\"postgres:/var/lib/postgresql/data\"]
    healthcheck:
      test: [CMD, pg_isready, -U, strongroom]
      interval: 2s
      timeout: 5s
      retries: 30
";

fn opening(mode: Mode, known: &Known) -> String {
    let (word, url, mut more) = match mode {
        Mode::Development => (
            "development",
            "${STRONGROOM_POSTGRES_URL:-postgres://strongroom@postgres/strongroom}".to_owned(),
            String::new(),
        ),
        Mode::Production => (
            "production",
            match known.installation.as_ref().and_then(|installation| installation.database_url.as_ref()) {
                Some(url) => format!("${{STRONGROOM_POSTGRES_URL:-{}}}", escaped(url)),
                None => "${STRONGROOM_POSTGRES_URL:?name the server, as in \
                         postgres://strongroom@db.example.org/strongroom}"
                    .to_owned(),
            },
            "    STRONGROOM_CONFIG: /etc/strongroom.toml\n".to_owned(),
        ),
    };
    if mode == Mode::Production && known.installation.is_some() && known.password.is_mounted() {
        // The configuration names the file of the machine that the installation was on.
        more.push_str("    STRONGROOM_DATABASE__PASSWORD_FILE: /run/secrets/strongroom-database-password\n");
    }
    let user = known.installation.as_ref().map_or(USER, |installation| &installation.user);
    format!(
        "# Written by `strongroom deploy render compose --mode {word}` from the table of roles: change it there, or beside
# it in a file of your own that is named after this one with -f.
x-strongroom: &strongroom
  image: ${{STRONGROOM_IMAGE:-strongroom:latest}}
  user: \"{user}\"
  read_only: true
  cap_drop: [ALL]
  security_opt: [\"no-new-privileges:true\"]
  tmpfs: [/tmp]
  restart: unless-stopped
  environment:
    STRONGROOM_DATA: /data
    STRONGROOM_LOG_FORMAT: json
    STRONGROOM_DATABASE__URL: {url}
    STRONGROOM_OBSERVE__LISTEN: {LISTEN}
{more}x-healthcheck: &healthcheck
  test: [CMD, /strongroom, run, --health]
  interval: 15s
  timeout: 20s
  start_period: 20s
  retries: 3
"
    )
}

fn migrate(out: &mut String, mode: Mode, known: &Known) {
    out.push_str("  # The only one that changes tables; all others begin when it is through.\n");
    out.push_str("  migrate:\n    <<: *strongroom\n    command: [migrate]\n    restart: \"no\"\n");
    if mode == Mode::Development {
        out.push_str("    depends_on:\n      postgres: {condition: service_healthy}\n");
    }
    volumes(out, mode, known, &[]);
    secrets(out, mode, known, &[Secret::DatabasePassword]);
}

fn service(out: &mut String, mode: Mode, known: &Known, row: &RoleRow, replicas: u32) {
    let (name, cpus) = (row.name, f64::from(row.cpu_millis) / 1000.0);
    let (memory, grace) = (row.memory_mib, row.stop_seconds + GRACE_SECONDS);
    let (options, ports) = match row.role {
        // On this machine alone, unless somebody says otherwise: it speaks no TLS.
        Role::Api => {
            (format!(", --api, \"{API}\""), "    ports: [\"${STRONGROOM_PUBLISH_API:-127.0.0.1:8080}:8080\"]\n")
        }
        _ => (String::new(), ""),
    };
    write!(
        out,
        "  # {}
  {name}:
    <<: *strongroom
    command: [run, {name}{options}]
{ports}    healthcheck: *healthcheck
    stop_grace_period: {grace}s
    deploy:
      replicas: {replicas}
      resources: {{limits: {{cpus: \"{cpus}\", memory: {memory}M}}}}
    depends_on:
      migrate: {{condition: service_completed_successfully}}
",
        row.summary
    )
    .expect("memory takes it");
    volumes(out, mode, known, row.doors);
    secrets(out, mode, known, row.secrets);
}

/// The volume of a door, and where it lies in the data directory.
fn volume(door: Door) -> Option<&'static str> {
    match door {
        Door::Database => None,
        Door::Receiving => Some("receiving"),
        Door::Staging => Some("staging"),
        Door::Stores => Some("stores"),
        Door::Restored => Some("restore"),
    }
}

/// Returns a text as it stands in a compose file between quotes or after `:-`: `$` is doubled, and nothing ends either.
fn escaped(text: &str) -> String {
    text.replace('$', "$$").replace('\\', "\\\\").replace('"', "\\\"")
}

fn place(mode: Mode, known: &Known, volume: &str) -> String {
    let usual = match (&known.installation, volume) {
        _ if mode == Mode::Development => return volume.to_owned(),
        (Some(installation), "state") => escaped(&installation.data),
        (Some(installation), _) => escaped(&format!("{}/{volume}", installation.data)),
        (None, _) => format!("/srv/strongroom/{volume}"),
    };
    format!("${{STRONGROOM_MOUNT_{}:-{usual}}}", volume.to_uppercase())
}

/// The folder of the installation itself, small, and what lies behind the doors. Who may only read mounts to read.
fn volumes(out: &mut String, mode: Mode, known: &Known, doors: &[(Door, Right)]) {
    out.push_str("    volumes:\n");
    let mut all = vec![format!("{}:/data", place(mode, known, "state"))];
    if mode == Mode::Production {
        let file = known.installation.as_ref().map_or("./strongroom.toml", |installation| &installation.config);
        all.push(format!("${{STRONGROOM_CONFIG_FILE:-{}}}:/etc/strongroom.toml:ro", escaped(file)));
    }
    // Where the configuration says, inside as outside.
    let authorities = known.authorities.iter().filter(|_| mode == Mode::Production);
    all.extend(authorities.map(|file| format!("{0}:{0}:ro", escaped(file))));
    for (door, right) in doors {
        let Some(volume) = volume(*door) else { continue };
        let mode_of = if *right == Right::Read { ":ro" } else { "" };
        all.push(format!("{}:/data/{volume}{mode_of}", place(mode, known, volume)));
        // Stores on disks of their own are where the configuration says, inside as outside.
        let elsewhere = known.installation.iter().flat_map(|installation| &installation.stores_elsewhere);
        if *door == Door::Stores && mode == Mode::Production {
            all.extend(elsewhere.map(|folder| format!("{0}:{0}{mode_of}", escaped(folder))));
        }
    }
    all.iter().for_each(|volume| writeln!(out, "      - \"{volume}\"").expect("memory takes it"));
}

/// Returns the names of the files that are mounted for some kinds of secrets: each once, though a store and a receiving
/// place may share their credentials.
fn files<'a>(known: &'a Known, secrets: &[Secret]) -> Vec<&'a str> {
    let mut files = Vec::new();
    for secret in secrets {
        let names: Vec<&str> = match secret {
            Secret::DatabasePassword if !known.password.is_mounted() => Vec::new(),
            Secret::DatabasePassword => secret.file().into_iter().collect(),
            Secret::StoreCredentials => known.store_credentials.iter().map(String::as_str).collect(),
            Secret::ReceivingCredentials => known.receiving_credentials.iter().map(String::as_str).collect(),
            Secret::RestoreCredentials => known.restore_credentials.iter().map(String::as_str).collect(),
        };
        for name in names {
            if !files.contains(&name) {
                files.push(name);
            }
        }
    }
    files
}

fn secrets(out: &mut String, mode: Mode, known: &Known, secrets: &[Secret]) {
    let named = files(known, secrets);
    if mode == Mode::Production && !named.is_empty() {
        writeln!(out, "    secrets: [{}]", named.join(", ")).expect("memory takes it");
    }
}

fn closing(out: &mut String, mode: Mode, known: &Known) {
    let all = files(known, &Secret::ALL);
    match mode {
        Mode::Development => {
            out.push_str("volumes:\n  postgres:\n  state:\n  receiving:\n  staging:\n  stores:\n  restore:\n")
        }
        Mode::Production if all.is_empty() => {}
        Mode::Production => {
            out.push_str("secrets:\n");
            for name in all {
                let usual = format!("${{STRONGROOM_SECRETS:-./secrets}}/{name}");
                let file = match &known.password {
                    Password::At(path) if Some(name) == Secret::DatabasePassword.file() => escaped(path),
                    _ => usual,
                };
                writeln!(out, "  {name}:\n    file: {file}").expect("memory takes it");
            }
        }
    }
}
