//! Which top module of a crate a file reaches into.

use super::sources::Source;

/// Returns (line, module) for each path in a file that begins with a top module of its own crate.
///
/// `crate::` and `super::` are followed to where they lead; a group in braces counts with each of its parts.
pub fn top_modules(source: &Source) -> Vec<(usize, String)> {
    let depth = module_depth(&source.path);
    let code = source.code();
    let mut found = Vec::new();
    for (place, (line, text)) in code.iter().enumerate() {
        for (at, _) in text.match_indices("crate::") {
            let rest = following(&code[place..], at + "crate::".len());
            found.extend(parts(&rest).map(|part| (*line, part)));
        }
        for start in chains(text) {
            let climbed = text[start..].matches_while("super::");
            if climbed == depth {
                let rest = following(&code[place..], start + climbed * "super::".len());
                found.extend(parts(&rest).map(|part| (*line, part)));
            }
        }
    }
    found
}

/// How many `super::` lead from a file to the top of its crate.
fn module_depth(path: &str) -> usize {
    let in_crate = path.split_once("/src/").map_or(path, |(_, rest)| rest);
    let parts = in_crate.split('/').count();
    if in_crate.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// Where a chain of `super::` begins: one that follows no other.
fn chains(text: &str) -> Vec<usize> {
    let starts = text.match_indices("super::").map(|(at, _)| at);
    starts.filter(|at| !text[..*at].ends_with("::")).collect()
}

trait MatchesWhile {
    /// How often a word stands in a row at the beginning.
    fn matches_while(&self, word: &str) -> usize;
}

impl MatchesWhile for str {
    fn matches_while(&self, word: &str) -> usize {
        let mut rest = self;
        let mut count = 0;
        while let Some(after) = rest.strip_prefix(word) {
            (rest, count) = (after, count + 1);
        }
        count
    }
}

/// The text from a place of the first line on, to the end of the statement.
fn following(code: &[(usize, &str)], at: usize) -> String {
    let lines = code.iter().enumerate().map(|(place, (_, text))| if place == 0 { &text[at..] } else { text.trim() });
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        if line.contains(';') || !text.starts_with('{') {
            break;
        }
    }
    text
}

/// The first name of a path, or of each path of a group.
fn parts(text: &str) -> impl Iterator<Item = String> {
    let group = text.strip_prefix('{').map(|group| {
        let mut depth = 0;
        let split = move |letter: char| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            depth <= 0 && (letter == ',' || letter == '}')
        };
        group.split(split).map(str::to_owned).collect::<Vec<_>>()
    });
    let paths = group.unwrap_or_else(|| vec![text.to_owned()]);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let names =
        paths.into_iter().map(move |path| path.trim().split(|letter| !is_word(letter)).next().map(str::to_owned));
    names.flatten().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let found: Vec<_> = top_modules(&source).into_iter().map(|(_, name)| name).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_path_leads_to_its_first_module() {
        check(
            "crates/a/src/b/c.rs",
            "use crate::config::Place;\nlet a = crate::command::run();\n",
            &["config", "command"],
        );
    }

    #[test]
    fn a_group_leads_to_each_of_its_modules() {
        check("crates/a/src/b/c.rs", "use crate::{config::{A, B},\n    command};\nuse x::y;\n", &["config", "command"]);
    }

    #[test]
    fn as_many_supers_as_the_file_is_deep_lead_to_the_top() {
        check("crates/a/src/b/c.rs", "use super::super::config;\nuse super::config;\n", &["config"]);
        check("crates/a/src/b/mod.rs", "use super::config;\n", &["config"]);
    }
}
