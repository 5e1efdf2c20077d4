//! Faults of form, which come by the thousand in one file: each kind is reported once, with its count.

use findings::{Finding, Rule};

/// How often each rule about form was broken in one file, and where first.
#[derive(Debug, Default)]
pub(crate) struct FormNotes(Vec<Note>);

#[derive(Debug)]
struct Note {
    rule: &'static Rule,
    first_line: u64,
    count: u64,
}

impl FormNotes {
    pub fn add(&mut self, rule: &'static Rule, line: u64) {
        match self.0.iter_mut().find(|note| note.rule.code == rule.code) {
            Some(note) => note.count += 1,
            None => self.0.push(Note { rule, first_line: line, count: 1 }),
        }
    }

    pub fn findings(self, path: &str) -> impl Iterator<Item = Finding> {
        self.0.into_iter().map(move |Note { rule, first_line, count }| {
            let seen = match count {
                1 => format!("line {first_line}"),
                _ => format!("line {first_line} and {} more", count - 1),
            };
            rule.finding().at(path).seen(seen)
        })
    }
}
