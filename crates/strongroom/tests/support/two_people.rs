//! People who may ask for deletions, and the calls that they make.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::installation::{Installation, Said};

/// No waiting period, so that what is approved is due.
pub const AT_ONCE: &str = "institutions = [\"local.archive\", \"other.example.org\"]\n\
    [ingest]\nretry_first_seconds = 1\nretry_longest_seconds = 1\nsettle_seconds = 0\n[deletion]\ncooling_off_days = 0\n";

/// Users, each with their token: `root` is an admin, `ann` and `ben` are admins of local.archive, `uma` is a user of it, and
/// `olga` is an admin of other.example.org.
pub struct People {
    tokens: BTreeMap<String, String>,
}

impl People {
    pub fn of(installation: &Installation) -> Self {
        let mut people = Self { tokens: BTreeMap::new() };
        people.add(installation, "root", "root@example.org", &["--role", "admin"]);
        for (login, role, institution) in [
            ("ann", "institutional_admin", "local.archive"),
            ("ben", "institutional_admin", "local.archive"),
            ("uma", "institutional_user", "local.archive"),
            ("olga", "institutional_admin", "other.example.org"),
        ] {
            let person = format!("{login}@example.org");
            people.add(installation, login, &person, &["--role", role, "--institution", institution]);
        }
        people
    }

    /// Adds a user, and keeps the token.
    #[track_caller]
    pub fn add(&mut self, installation: &Installation, login: &str, person: &str, more: &[&str]) {
        let arguments = [&["user", "add", login, "--person", person], more].concat();
        let said = if self.tokens.is_empty() {
            installation.run(arguments)
        } else {
            self.call(installation, "root", &arguments)
        };
        self.tokens.insert(login.to_owned(), said.exits(0).out.trim().to_owned());
    }

    pub fn token(&self, login: &str) -> &str {
        &self.tokens[login]
    }

    /// Proves that a command is a user's.
    pub fn prove<'a>(&self, command: &'a mut Command, login: &str) -> &'a mut Command {
        command.env("STRONGROOM_USER", login).env("STRONGROOM_TOKEN", self.token(login))
    }

    /// Runs a command as a user.
    pub fn call(&self, installation: &Installation, login: &str, arguments: &[&str]) -> Said {
        self.prove(&mut installation.command(arguments), login).output().unwrap().into()
    }

    /// Ann asks; returns the number of the deletion.
    #[track_caller]
    pub fn request(&self, installation: &Installation, what: &[&str]) -> String {
        let arguments = [&["delete", "request"], what, &["--reason", "the donor asked", "--json"]].concat();
        self.call(installation, "ann", &arguments).exits(0).json()[0]["id"].to_string()
    }

    /// Ben approves.
    #[track_caller]
    pub fn approve(&self, installation: &Installation, id: &str) {
        self.call(installation, "ben", &["delete", "approve", id]).exits(0);
    }

    /// Ann asks, Ben approves, and it is carried out.
    #[track_caller]
    pub fn delete(&self, installation: &Installation, what: &[&str]) -> String {
        let id = self.request(installation, what);
        self.approve(installation, &id);
        installation.run(["delete", "run"]).exits(0);
        id
    }
}

/// Returns all that is told of a deletion.
#[track_caller]
pub fn shown(installation: &Installation, id: &str) -> Value {
    installation.run(["delete", "show", id, "--json"]).exits(0).json().remove(0)
}

/// Returns where the one target of a deletion stands.
#[track_caller]
pub fn state(installation: &Installation, id: &str) -> String {
    shown(installation, id)["targets"][0]["state"].as_str().unwrap().to_owned()
}
