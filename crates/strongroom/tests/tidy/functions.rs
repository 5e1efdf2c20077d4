//! How long functions are: told by indentation, which rustfmt keeps honest.

/// A function that is longer than it may be.
pub struct Long {
    /// Its name.
    pub name: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// How many lines it has, signature and braces with it.
    pub lines: usize,
}

/// Returns the functions of numbered lines of code that are longer than `most` lines.
pub fn longer_than(most: usize, code: &[(usize, &str)]) -> Vec<Long> {
    let mut long = Vec::new();
    for (place, (line, text)) in code.iter().enumerate() {
        let Some(name) = name_of(text) else { continue };
        let end = format!("{}}}", &text[..text.len() - text.trim_start().len()]);
        let ending = code[place..].iter().position(|(_, text)| *text == end || is_bodiless(text, &end));
        let lines = ending.map_or(0, |ending| ending + 1);
        if lines > most {
            long.push(Long { name: name.to_owned(), line: *line, lines });
        }
    }
    long
}

/// A method of a trait without a body, or one that fits a line, ends where its indentation stands again.
fn is_bodiless(text: &str, end: &str) -> bool {
    let indentation = &end[..end.len() - 1];
    let rest = text.strip_prefix(indentation).filter(|rest| !rest.starts_with([' ', '}', ')']));
    rest.is_some_and(|rest| rest.ends_with(';') || rest.ends_with('}'))
}

fn name_of(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    rest.strip_prefix("fn ")?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, usize)]) {
        let code: Vec<_> = text.lines().enumerate().map(|(number, line)| (number + 1, line)).collect();
        let long = longer_than(2, &code);
        let found: Vec<_> = long.iter().map(|long| (long.name.as_str(), long.lines)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_function_ends_at_the_brace_of_its_indentation() {
        check("fn a() {\n    {\n    }\n}\n", &[("a", 4)]);
        check("impl A {\n    pub fn a<T>(\n        t: T,\n    ) {\n    }\n}\n", &[("a", 4)]);
    }

    #[test]
    fn a_function_without_a_body_has_no_length() {
        check("trait A {\n    fn a();\n    fn b();\n    fn c();\n}\n", &[]);
        check("fn a() {}\nfn b() {}\nfn c() {}\n", &[]);
    }
}
