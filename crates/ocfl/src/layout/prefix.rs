//! Layouts that leave out the part of an identifier that all identifiers share.

use super::{Direction, Padding, TupleOmitPrefix};

/// Returns what follows the last delimiter, whose case does not matter; all of it when there is none.
pub(super) fn omit<'id>(id: &'id str, delimiter: &str) -> &'id str {
    let places = id.char_indices().map(|(place, _)| place).rev();
    let ends = places.filter_map(|place| {
        let found = id.get(place..place + delimiter.len())?;
        found.eq_ignore_ascii_case(delimiter).then_some(place + delimiter.len())
    });
    ends.map(|end| &id[end..]).next().unwrap_or(id)
}

impl TupleOmitPrefix {
    pub(super) fn path(&self, id: &str) -> String {
        let rest = omit(id, &self.delimiter);
        let zeros = "0".repeat((self.size * self.count).saturating_sub(rest.chars().count()));
        // A delimiter at the end leaves nothing to name the object by: the empty path is refused by the caller.
        if rest.is_empty() {
            return String::new();
        }
        let characters: Vec<char> = match self.direction {
            Direction::Forward => self.pad(rest.chars(), &zeros),
            Direction::Reversed => self.pad(rest.chars(), &zeros).into_iter().rev().collect(),
        };
        let mut path = String::new();
        for tuple in characters.chunks(self.size).take(self.count) {
            path.extend(tuple);
            path.push('/');
        }
        path + rest
    }

    fn pad(&self, rest: std::str::Chars<'_>, zeros: &str) -> Vec<char> {
        match self.padding {
            Padding::Left => zeros.chars().chain(rest).collect(),
            Padding::Right => rest.chain(zeros.chars()).collect(),
        }
    }
}
