//! Names in a workspace that bear the fence of a claim, so that two that hold each other for dead never write into one file.

/// Returns the name of what is made for some work under a claim with this fence.
#[must_use]
pub fn fenced(work: &str, fence: i64) -> String {
    format!("{work}-{fence}")
}

/// Returns the fence in a name that was made for this work; 0 for one of the time when there was none in it.
#[must_use]
pub fn fence_of(name: &str, work: &str) -> Option<i64> {
    let rest = name.strip_prefix(work)?;
    if rest.is_empty() { Some(0) } else { rest.strip_prefix('-')?.parse().ok() }
}

/// Says whether a name was made for some work, under whichever claim, and for whichever part of it.
#[must_use]
pub fn is_made_for(name: &str, work: &str) -> bool {
    name.strip_prefix(work).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_is_read_from_names_of_this_work_alone() {
        fn check(text: &str, expected: Option<i64>) {
            assert_eq!(fence_of(text, "item-7"), expected, "{text}");
        }
        check(&fenced("item-7", 12), Some(12));
        check("item-7", Some(0));
        check("item-77-3", None);
        check("item-77", None);
        check("replica-7", None);
        check("item-7-0-12", None);
    }

    #[test]
    fn what_was_made_for_a_part_of_some_work_was_made_for_it() {
        let made = ["item-7", "item-7-3", "item-7-0-12"];
        assert!(made.iter().all(|name| is_made_for(name, "item-7")));
        assert!(!["item-77", "item-77-3", "item", "an-item-7"].iter().any(|name| is_made_for(name, "item-7")));
    }
}
