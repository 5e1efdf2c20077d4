//! The compose file of a fleet: one service a role, each with the doors and secrets that its row of the table names.

use std::collections::BTreeMap;
use std::fmt::Write;

use model::{Copies, Door, ROLES, Right, RoleRow, Secret};

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
/// The user that the image runs as.
const USER: &str = "10001:10001";

/// Returns the file. `scales` says how many containers a role is to have; of a role of which one process is enough,
/// further ones stand by.
#[must_use]
pub fn compose(mode: Mode, scales: &BTreeMap<String, u32>) -> String {
    let mut out = opening(mode);
    out.push_str("services:\n");
    if mode == Mode::Development {
        out.push_str(POSTGRES);
    }
    migrate(&mut out, mode);
    for row in ROLES {
        let from = match row.copies {
            Copies::Single => 1,
            Copies::Many { from, .. } => from,
        };
        service(&mut out, mode, row, scales.get(row.name).copied().unwrap_or(from));
    }
    closing(&mut out, mode);
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

fn opening(mode: Mode) -> String {
    let (word, url, more) = match mode {
        Mode::Development => {
            ("development", "${STRONGROOM_DATABASE_URL:-postgres://strongroom@postgres/strongroom}", "")
        }
        Mode::Production => (
            "production",
            "${STRONGROOM_DATABASE_URL:?name the server, as in postgres://strongroom@db.example.org/strongroom}",
            "    STRONGROOM_CONFIG: /etc/strongroom.toml\n",
        ),
    };
    format!(
        "# Written by `strongroom deploy render compose --mode {word}` from the table of roles: change it there, or beside
# it in a file of your own that is named after this one with -f.
x-strongroom: &strongroom
  image: ${{STRONGROOM_IMAGE:-strongroom:latest}}
  user: \"{USER}\"
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

fn migrate(out: &mut String, mode: Mode) {
    out.push_str("  # The only one that changes tables; all others begin when it is through.\n");
    out.push_str("  migrate:\n    <<: *strongroom\n    command: [migrate]\n    restart: \"no\"\n");
    if mode == Mode::Development {
        out.push_str("    depends_on:\n      postgres: {condition: service_healthy}\n");
    }
    volumes(out, mode, &[]);
    secrets(out, mode, &[Secret::DatabasePassword]);
}

fn service(out: &mut String, mode: Mode, row: &RoleRow, replicas: u32) {
    let (name, cpus) = (row.name, f64::from(row.cpu_millis) / 1000.0);
    let (memory, grace) = (row.memory_mib, row.stop_seconds + GRACE_SECONDS);
    write!(
        out,
        "  # {}
  {name}:
    <<: *strongroom
    command: [run, {name}]
    healthcheck: *healthcheck
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
    volumes(out, mode, row.doors);
    secrets(out, mode, row.secrets);
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

fn place(mode: Mode, volume: &str) -> String {
    match mode {
        Mode::Development => volume.to_owned(),
        Mode::Production => format!("${{STRONGROOM_{}:-/srv/strongroom/{volume}}}", volume.to_uppercase()),
    }
}

/// The folder of the installation itself, small, and what lies behind the doors. Who may only read mounts to read.
fn volumes(out: &mut String, mode: Mode, doors: &[(Door, Right)]) {
    writeln!(out, "    volumes:\n      - \"{}:/data\"", place(mode, "state")).expect("memory takes it");
    if mode == Mode::Production {
        out.push_str("      - \"${STRONGROOM_CONFIG_FILE:-./strongroom.toml}:/etc/strongroom.toml:ro\"\n");
    }
    for (door, right) in doors {
        let Some(volume) = volume(*door) else { continue };
        let mode_of = if *right == Right::Read { ":ro" } else { "" };
        writeln!(out, "      - \"{}:/data/{volume}{mode_of}\"", place(mode, volume)).expect("memory takes it");
    }
}

fn secrets(out: &mut String, mode: Mode, secrets: &[Secret]) {
    let named: Vec<_> = secrets.iter().filter_map(|secret| secret.file()).collect();
    if mode == Mode::Production && !named.is_empty() {
        writeln!(out, "    secrets: [{}]", named.join(", ")).expect("memory takes it");
    }
}

fn closing(out: &mut String, mode: Mode) {
    match mode {
        Mode::Development => {
            out.push_str("volumes:\n  postgres:\n  state:\n  receiving:\n  staging:\n  stores:\n  restore:\n")
        }
        Mode::Production => {
            out.push_str("secrets:\n");
            for name in Secret::ALL.iter().filter_map(|secret| secret.file()) {
                writeln!(out, "  {name}:\n    file: ${{STRONGROOM_SECRETS:-./secrets}}/{name}")
                    .expect("memory takes it");
            }
        }
    }
}
