//! The documentation holds together: its links lead somewhere, and what it names is there.

#[path = "tidy/sources.rs"]
#[allow(dead_code)]
mod sources;

use sources::{Source, paths, root, source, sources};

fn pages() -> Vec<Source> {
    // STYLE.md shows examples of what might be.
    sources(|path| path.ends_with(".md") && path != "STYLE.md")
}

/// The text outside of blocks of code.
fn prose(page: &Source) -> String {
    let parts = page.text.split("```").step_by(2);
    parts.collect::<Vec<_>>().join("\n")
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[test]
fn every_link_to_a_file_leads_to_one() {
    let mut broken = Vec::new();
    for page in pages() {
        let prose = prose(&page);
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let file = target.split('#').next().unwrap_or(target);
            if !root().join(folder_of(&page.path)).join(file).exists() {
                broken.push(format!("{}: {target}", page.path));
            }
        }
    }
    assert!(broken.is_empty(), "mend these links:\n  {}", broken.join("\n  "));
}

#[test]
fn every_path_of_code_that_is_named_is_there() {
    let is_ours =
        |text: &str| ["crates/", "docs/", "samples/", "bench/", "tools/"].iter().any(|top| text.starts_with(top));
    let is_plain = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || "/._-".contains(letter));
    let mut gone = Vec::new();
    for page in pages() {
        for named in prose(&page).split('`').skip(1).step_by(2).filter(|text| is_ours(text) && is_plain(text)) {
            // `bench/work` is made by the bench.
            if !root().join(named).exists() && !named.starts_with("bench/work") {
                gone.push(format!("{}: {named}", page.path));
            }
        }
    }
    assert!(gone.is_empty(), "these have gone or moved:\n  {}", gone.join("\n  "));
}

#[test]
fn the_readme_names_the_test_command_and_integration_runs_the_same() {
    let readme = source("README.md");
    let blocks = readme.text.split("```").skip(1).step_by(2);
    assert!(blocks.flat_map(str::lines).any(|line| line.trim() == "./test"), "say `./test` in a block of code");
    assert!(source(".ci/run").text.contains("/test"), ".ci/run calls the command of the README");
}

#[test]
fn decisions_are_numbered_without_gaps_and_have_three_parts() {
    let records = sources(|path| path.starts_with("docs/adr/") && path.as_bytes()[9].is_ascii_digit());
    for (place, record) in records.iter().enumerate() {
        let number = format!("docs/adr/{:04}-", place + 1);
        assert!(record.path.starts_with(&number), "{} should be number {}", record.path, place + 1);
        for part in ["\n## Context\n", "\n## Decision\n", "\n## Consequences\n"] {
            assert!(record.text.contains(part), "{} lacks {}", record.path, part.trim());
        }
    }
    assert!(!records.is_empty());
}

#[test]
fn every_page_of_the_documentation_can_be_found_from_another() {
    let pages = pages();
    let is_page = |path: &String| path.starts_with("docs/") && path.ends_with(".md");
    let is_linked = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        pages.iter().any(|page| page.path != *path && prose(page).contains(&format!("{name})")))
    };
    let lost: Vec<_> = paths().into_iter().filter(is_page).filter(|path| !is_linked(path)).collect();
    assert!(lost.is_empty(), "link these pages from one that is read:\n  {}", lost.join("\n  "));
}
