//! Which of several formats is the better answer.

use super::Match;
use crate::table::{Format, Puid};

/// Removes the formats that another one has priority over; two that claim priority over each other stay both.
pub fn remove_lower(candidates: &mut Vec<Match<'_>>) {
    let formats: Vec<&Format> = candidates.iter().map(|candidate| candidate.format).collect();
    let is_over = |one: &Format, other: &Format| one.priority_over.contains(&other.puid);
    let is_lower = |format: &Format| formats.iter().any(|other| is_over(other, format) && !is_over(format, other));
    // Formats that have priority in a circle would all be gone.
    if formats.iter().any(|format| !is_lower(format)) {
        candidates.retain(|candidate| !is_lower(candidate.format));
    }
}

/// Returns what PUIDs are ordered by: `fmt` before `x-fmt` before others, then their numbers.
pub fn number(puid: &Puid) -> (u8, u64, Puid) {
    let (space, digits) = puid.as_str().rsplit_once('/').unwrap_or(("", puid.as_str()));
    let space = match space {
        "fmt" => 0,
        "x-fmt" => 1,
        _ => 2,
    };
    (space, digits.parse().unwrap_or(u64::MAX), puid.clone())
}
