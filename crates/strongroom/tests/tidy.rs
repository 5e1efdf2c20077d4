//! House rules, held against the files of the repository: each failure names the place and says how to mend it.

#[path = "tidy/functions.rs"]
mod functions;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/sources.rs"]
mod sources;

use model::{Action, STAGES};
use sources::{Source, code, paths, source, sources};

/// Lines of a file at the most, tests not counted.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function at the most.
const FUNCTION_LINES_MAX: usize = 70;
/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];
/// Functions that may be longer (file, function), each with its reason.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[];

const FORMAT_CRATES: [&str; 6] = ["findings", "digests", "bagit", "ocfl", "premis", "pronom"];
const CRATES: [&str; 9] =
    ["findings", "digests", "bagit", "ocfl", "premis", "pronom", "model", "backends", "strongroom"];

fn assert_none(violations: &[String], remedy: &str) {
    assert!(violations.is_empty(), "{remedy}:\n  {}", violations.join("\n  "));
}

fn all_code() -> Vec<Source> {
    CRATES.iter().flat_map(|name| code(name)).collect()
}

/// Returns a line for each line of code in which any of the words stands.
fn naming(files: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (line, text) in file.code() {
            found.extend(
                words.iter().filter(|word| text.contains(**word)).map(|word| format!("{}:{line} {word}", file.path)),
            );
        }
    }
    found
}

#[test]
fn the_list_of_crates_here_is_that_of_the_repository() {
    let listed = paths();
    let folders = listed.iter().filter_map(|path| path.strip_prefix("crates/")?.strip_suffix('/'));
    let mut crates: Vec<_> = folders.filter(|name| !name.contains('/')).collect();
    let mut known = CRATES;
    crates.sort_unstable();
    known.sort_unstable();
    assert_eq!(crates, known, "add the new crate to CRATES, and to FORMAT_CRATES if it is one");
}

#[test]
fn every_rust_file_begins_with_a_sentence_that_says_what_lives_there() {
    let files = sources(|path| path.starts_with("crates/") && path.ends_with(".rs"));
    let is_bare = |file: &&Source| !file.text.starts_with("//! ") || !file.opening().ends_with(['.', '?', ':']);
    let bare: Vec<_> = files.iter().filter(is_bare).map(|file| file.path.clone()).collect();
    assert_none(&bare, "begin line one with `//! ` and a sentence");
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    let lengths: Vec<_> = all_code().iter().map(|file| (file.path.clone(), file.code().len())).collect();
    let is_excused = |path: &str| LONG_FILES.iter().any(|(excused, _)| *excused == path);
    let is_long = |(path, lines): &&(String, usize)| *lines > FILE_LINES_MAX && !is_excused(path);
    let long: Vec<_> = lengths.iter().filter(is_long).map(|(path, lines)| format!("{path}: {lines} lines")).collect();
    assert_none(&long, "split the file by its ideas, or add it to LONG_FILES with a reason");
    for (path, _) in LONG_FILES {
        let is_needed = lengths.iter().any(|(known, lines)| known == path && *lines > FILE_LINES_MAX);
        assert!(is_needed, "{path} needs no exception any more: take it out of LONG_FILES");
    }
}

#[test]
fn no_function_is_longer_than_70_lines() {
    let mut long = Vec::new();
    for file in all_code() {
        for function in functions::longer_than(FUNCTION_LINES_MAX, &file.code()) {
            let is_excused = LONG_FUNCTIONS.iter().any(|(path, name, _)| *path == file.path && *name == function.name);
            if !is_excused {
                long.push(format!("{}:{} {} has {} lines", file.path, function.line, function.name, function.lines));
            }
        }
    }
    assert_none(&long, "take the function apart, or add it to LONG_FUNCTIONS with a reason");
}

#[test]
fn the_two_towers_do_not_touch() {
    let rules: [(&str, &[&str]); 5] = [
        ("pipelines", &["command", "config", "actions", "runner"]),
        ("runner", &["command", "config", "actions"]),
        ("actions", &["command", "config", "pipelines", "runner"]),
        ("api", &["command", "config", "pipelines", "runner"]),
        ("config", &["command", "actions", "pipelines", "runner"]),
    ];
    let mut touching = Vec::new();
    for (tower, forbidden) in rules {
        let files: Vec<_> = code("strongroom")
            .into_iter()
            .filter(|file| {
                let inside = format!("crates/strongroom/src/{tower}/");
                file.path.starts_with(&inside) || file.path == format!("crates/strongroom/src/{tower}.rs")
            })
            .collect();
        assert!(!files.is_empty(), "the module {tower} has gone: mend this test");
        for file in &files {
            let reached = imports::top_modules(file).into_iter().filter(|(_, name)| forbidden.contains(&name.as_str()));
            touching.extend(reached.map(|(line, name)| format!("{}:{line} reaches into {name}", file.path)));
        }
    }
    assert_none(
        &touching,
        "machines at work and people asking meet in the database only (ARCHITECTURE.md, invariant 5)",
    );
}

#[test]
fn the_database_driver_is_named_in_backends_only() {
    let others = CRATES.iter().filter(|name| **name != "backends");
    let mut naming_it = naming(&others.clone().flat_map(|name| code(name)).collect::<Vec<_>>(), &["sqlx"]);
    let manifests = others.map(|name| source(&format!("crates/{name}/Cargo.toml")));
    naming_it.extend(manifests.filter(|manifest| manifest.text.contains("sqlx")).map(|manifest| manifest.path));
    assert_none(&naming_it, "ask `backends::database` instead (ARCHITECTURE.md, invariant 3)");
}

#[test]
fn every_client_is_made_where_authorities_are_believed() {
    let files: Vec<_> =
        all_code().into_iter().filter(|file| file.path != "crates/backends/src/authorities.rs").collect();
    let bare = ["config_builder(", "new_with_defaults(", "ureq::agent(", "ureq::get(", "ureq::post(", "ureq::put("];
    assert_none(
        &naming(&files, &bare),
        "begin with `backends::authorities::agent_config`, which all believe the same by",
    );
}

#[test]
fn the_environment_is_read_by_config_and_command_alone() {
    let may =
        ["crates/strongroom/src/config/", "crates/strongroom/src/command/house.rs", "crates/strongroom/src/main.rs"];
    let files: Vec<_> =
        all_code().into_iter().filter(|file| !may.iter().any(|start| file.path.starts_with(start))).collect();
    assert_none(&naming(&files, &["std::env", "env::var", "env::args"]), "hand the value in as a parameter");
}

#[test]
fn a_format_crate_knows_no_network_clock_environment_or_runtime() {
    let files: Vec<_> = FORMAT_CRATES.iter().flat_map(|name| code(name)).collect();
    let outside =
        ["tokio", "async fn", "sqlx", "std::env", "std::net", "SystemTime::now", "Instant::now", "Timestamp::now"];
    let mut found = naming(&files, &outside);
    for manifest in FORMAT_CRATES.iter().map(|name| source(&format!("crates/{name}/Cargo.toml"))) {
        let theirs = ["tokio", "sqlx", "backends", "model", "strongroom"];
        let depends = |name: &&&str| manifest.text.lines().any(|line| line.starts_with(&format!("{name} ")));
        found.extend(theirs.iter().filter(depends).map(|name| format!("{} depends on {name}", manifest.path)));
    }
    assert_none(&found, "hand it in as a parameter (ARCHITECTURE.md, invariant 1)");
}

#[test]
fn the_model_does_no_input_or_output() {
    let outside = ["std::fs", "std::net", "tokio", "sqlx", "std::env", "SystemTime::now", "Timestamp::now"];
    assert_none(
        &naming(&code("model"), &outside),
        "the model holds words and tables only (ARCHITECTURE.md, invariant 2)",
    );
}

#[test]
fn time_and_identifiers_are_handed_in() {
    // Commands are the edge, from which they are handed in.
    let may = ["crates/strongroom/src/pipelines/clock.rs", "crates/strongroom/src/command/"];
    let files: Vec<_> =
        all_code().into_iter().filter(|file| !may.iter().any(|start| file.path.starts_with(start))).collect();
    let sources_of_time = ["SystemTime::now", "Timestamp::now", "Zoned::now", "now_v7", "new_v4"];
    assert_none(&naming(&files, &sources_of_time), "take the time from `Clock` (ARCHITECTURE.md, invariant 8)");
}

#[test]
fn unsafe_code_is_where_the_processor_is_asked_and_nowhere_else() {
    let is_elsewhere = |file: &Source| file.path != "crates/digests/src/lanes/x86.rs";
    let files: Vec<_> = all_code().into_iter().filter(is_elsewhere).collect();
    assert_none(&naming(&files, &["unsafe {", "unsafe fn", "unsafe impl"]), "find a safe way (docs/adr, 8)");
}

#[test]
fn nothing_is_left_to_be_done_later() {
    // Put together here, so that this file does not find itself.
    let later = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ig", "nore"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
    ];
    let mut found = Vec::new();
    for file in sources(|path| !path.starts_with("docs/reference/") && path != "STYLE.md") {
        for (number, line) in file.text.lines().enumerate() {
            found.extend(
                later
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{}:{} {word}", file.path, number + 1)),
            );
        }
    }
    assert_none(&found, "do it now, or leave it out and open an issue");
}

#[test]
fn no_name_says_nothing() {
    let empty = ["util", "utils", "helper", "helpers", "manager", "common", "misc"];
    let says_nothing = |path: &&String| {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_lowercase();
        name.split(['_', '-', '.']).any(|word| empty.contains(&word))
    };
    let found: Vec<_> = paths().iter().filter(says_nothing).cloned().collect();
    assert_none(&found, "name the file by the one idea that lives in it (STYLE.md, 1 and 2)");
}

#[test]
fn every_crate_says_what_it_is_and_keeps_the_lints() {
    let mut wanting = Vec::new();
    for manifest in CRATES.iter().map(|name| source(&format!("crates/{name}/Cargo.toml"))) {
        for needed in ["description = \"", "license.workspace = true", "[lints]\nworkspace = true"] {
            if !manifest.text.contains(needed) {
                wanting.push(format!("{} lacks {needed}", manifest.path));
            }
        }
    }
    assert_none(&wanting, "add what is missing to the manifest");
}

#[test]
fn every_step_says_what_it_takes_and_leaves_and_why_it_may_be_repeated() {
    let mut silent = Vec::new();
    for row in STAGES {
        // The pipeline is called by what comes of it.
        let pipeline = match row.action {
            Action::Delete => "deletion",
            Action::Restore => "restoration",
            other => other.name(),
        };
        let file = source(&format!("crates/strongroom/src/pipelines/{pipeline}/{}.rs", row.name));
        let told = file.top_documentation();
        if !["Takes ", "Leaves ", "Safe to repeat because "].iter().all(|words| told.contains(words)) {
            silent.push(file.path);
        }
    }
    assert_none(&silent, "begin the step with `Takes …`, `Leaves …` and `Safe to repeat because …` (STYLE.md, 15)");
}

#[test]
fn the_names_of_tests_are_sentences() {
    let mut short = Vec::new();
    // A fuzz target bears the name of the parser that it is aimed at.
    let is_wanted = |path: &str| path.starts_with("crates/") && path.ends_with(".rs") && !path.contains("/fuzz");
    for file in sources(is_wanted) {
        let lines: Vec<_> = file.text.lines().map(str::trim).collect();
        for pair in lines.windows(2).filter(|pair| pair[0] == "#[test]" || pair[0].starts_with("#[tokio::test")) {
            let name = pair[1].trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
            if let Some(name) = name.filter(|name| name.split('_').count() < 3) {
                short.push(format!("{} {name}", file.path));
            }
        }
    }
    assert_none(&short, "say in the name what holds: a_bag_with_an_unlisted_file_is_rejected (STYLE.md, 25)");
}
