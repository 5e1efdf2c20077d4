//! Help, completions and manual pages: there for every command, and none says nothing.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that breaks should panic")]

#[path = "support/installation.rs"]
mod installation;

use std::collections::BTreeSet;
use std::fs;

use installation::{Installation, Said};

fn run(arguments: &[&str]) -> Said {
    Installation::new().run(arguments)
}

#[test]
fn each_shell_gets_completions_that_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = run(&["completions", shell]).exits(0);
        for word in ["strongroom", "ingest", "doctor", "validate", "storage-option"] {
            assert!(said.out.contains(word), "{shell} knows no {word}");
        }
    }
    run(&["completions", "tcsh"]).exits(2).contains("zsh");
}

#[test]
fn the_first_manual_page_goes_to_standard_output() {
    let said = run(&["man"]).exits(0);
    assert!(said.out.contains(".TH strongroom 1"), "{}", said.out);
    said.contains(".SH NAME").contains(".SH SYNOPSIS");
}

#[test]
fn every_command_has_a_manual_page() {
    let installation = Installation::new();
    installation.run(["man", "pages"]).exits(0);
    let folder = installation.folder.path().join("pages");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let text = fs::read_to_string(entry.path()).unwrap();
        let name = entry.file_name().into_string().unwrap().trim_end_matches(".1").to_owned();
        // Before the title stand only the two lines that define how an apostrophe is set.
        let first = text.lines().find(|line| !line.starts_with(".ie ") && !line.starts_with(".el "));
        assert!(first.is_some_and(|line| line.starts_with(&format!(".TH {name} 1"))), "{name}: {first:?}");
        assert!(text.contains(".SH DESCRIPTION"), "{name}");
        names.insert(name);
    }
    for command in commands(&[]) {
        let name = ["strongroom".to_owned()].into_iter().chain(command).collect::<Vec<_>>().join("-");
        assert!(names.contains(&name), "{name} has no manual page among {names:?}");
    }
}

/// Returns every command below one, as its help lists them.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let mut arguments: Vec<_> = above.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = run(&arguments).exits(0).out;
    let Some((_, listed)) = help.split_once("Commands:\n") else { return Vec::new() };
    // What is indented more goes on with the line above.
    let is_command = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let names = listed.lines().take_while(|line| !line.is_empty()).filter(is_command);
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let mut found = Vec::new();
    for name in names {
        let command = [above, &[name.to_owned()]].concat();
        found.extend(commands(&command));
        found.push(command);
    }
    found
}

#[test]
fn every_command_says_what_it_is_for_with_an_example() {
    let all = commands(&[]);
    assert!(all.len() > 20, "{all:?}");
    for command in all {
        let mut arguments: Vec<_> = command.iter().map(String::as_str).collect();
        arguments.push("--help");
        let help = run(&arguments).exits(0).out;
        let example = format!("  strongroom {}", command[0]);
        assert!(help.contains("Example") && help.contains(&example), "{command:?} has no example:\n{help}");
    }
}
