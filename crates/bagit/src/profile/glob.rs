//! Path patterns of BagIt profiles: `*`, `?` and `[...]`, all of which may stand for `/` too.

/// Returns whether a path fits a pattern. Time is bounded by the product of the two lengths.
///
/// BagIt Profiles 1.4 takes a lone `*` for every tag file in every folder, so unlike a shell's, this `*` crosses `/`.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while place < path.len() {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => class(&pattern[at..], path[place]),
            Some(character) if *character == path[place] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => (at, place) = (at + length, place + 1),
            (None, Some((star_at, star_place))) => {
                star = Some((star_at, star_place + 1));
                (at, place) = (star_at + 1, star_place + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

/// Returns how long the class is when the character is in it; a `[` without end stands for itself.
fn class(pattern: &[char], character: char) -> Option<usize> {
    let is_negated = matches!(pattern.get(1), Some('!' | '^'));
    let start = if is_negated { 2 } else { 1 };
    let Some(length) = pattern.iter().skip(start + 1).position(|next| *next == ']') else {
        return (character == '[').then_some(1);
    };
    let end = start + 1 + length;
    let members = &pattern[start..end];
    let mut is_member = false;
    let mut place = 0;
    while place < members.len() {
        if members.get(place + 1) == Some(&'-') && place + 2 < members.len() {
            is_member |= (members[place]..=members[place + 2]).contains(&character);
            place += 3;
        } else {
            is_member |= members[place] == character;
            place += 1;
        }
    }
    (is_member != is_negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_they_should() {
        for (pattern, path) in [
            ("*", "a/b/c.txt"),
            ("*", ""),
            ("*.txt", "a/b.txt"),
            ("data/*.tif", "data/x/y.tif"),
            ("a?c", "abc"),
            ("a[0-9]c", "a5c"),
            ("a[!0-9]c", "axc"),
            ("a[]]c", "a]c"),
            ("[", "["),
            ("a*b*c", "axxbyybzc"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("*.txt", "a.xml"), ("a?c", "ac"), ("a[0-9]c", "axc"), ("a", "ab"), ("ab", "a"), ("a*b", "axxc")]
        {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!fits(&"*a".repeat(200), &"a".repeat(199)));
        assert!(!fits(&format!("{}b", "*a".repeat(100)), &"a".repeat(2000)));
    }
}
