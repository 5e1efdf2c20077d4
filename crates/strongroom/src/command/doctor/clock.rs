//! The clock: not before what was recorded, and not apart from the file system's.

use std::fs;
use std::io;

use backends::database::{Database, EventFilter};
use jiff::{SignedDuration, Timestamp};

use super::check::Check;
use super::folders::probe;
use crate::config::Place;

/// No machine that runs this version can be at an earlier time (Unix seconds; 2026-11-01).
const RELEASED_SECONDS: i64 = 1_793_491_200;
/// Clocks of two machines in one house differ by this at most when both are set.
const APART_MAX: SignedDuration = SignedDuration::from_secs(60);
/// A clock may have been set back by this since the newest event.
const BACK_MAX: SignedDuration = SignedDuration::from_secs(5);
const ADVICE: &str = "set the clock of this machine (NTP): the times of events and versions are proof";

/// Holds the clock against the time that the file system gives to a new file.
pub fn against_file_system(place: &Place) -> Check {
    let path = probe(place.path());
    let now = Timestamp::now();
    let seen = match modified(&path) {
        Ok(seen) => seen,
        Err(error) => {
            let seen = format!("no file can be made to compare its time: {error}");
            return Check::unchecked("clock", seen, "make the data directory writable");
        }
    };
    judge(now, seen)
}

fn modified(path: &std::path::Path) -> io::Result<Timestamp> {
    let file = fs::File::create_new(path)?;
    let modified = file.metadata().and_then(|seen| seen.modified());
    fs::remove_file(path)?;
    Timestamp::try_from(modified?).map_err(io::Error::other)
}

fn judge(now: Timestamp, file_system: Timestamp) -> Check {
    if now.as_second() < RELEASED_SECONDS {
        return Check::fault("clock", format!("it says {now}, before this version was made"), ADVICE);
    }
    if now.duration_since(file_system).abs() > APART_MAX {
        let seen = format!("it says {now}, and the file system says {file_system}");
        return Check::warning("clock", seen, "set the clocks of this machine and of its file server (NTP)");
    }
    Check::ok("clock", format!("{now}, as the file system says"))
}

/// Holds the clock against the newest event.
pub async fn against_events(database: &Database) -> Check {
    let name = "clock and events";
    match database.events(&EventFilter { most: 1, ..EventFilter::default() }).await {
        Err(error) => Check::unchecked(name, super::database::full(&error), "look at the database first"),
        Ok(events) => match events.first() {
            None => Check::ok(name, "nothing is recorded yet"),
            Some(newest) => judge_event(Timestamp::now(), newest.event.at),
        },
    }
}

fn judge_event(now: Timestamp, newest: Timestamp) -> Check {
    let name = "clock and events";
    if newest.duration_since(now) > BACK_MAX {
        let seen = format!("the newest event is of {newest}, and the clock says {now}");
        return Check::fault(name, seen, ADVICE);
    }
    Check::ok(name, format!("the newest event is of {newest}"))
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_before_the_release_is_a_fault() {
        assert_eq!(judge(at("1970-01-01T00:10:00Z"), at("1970-01-01T00:10:00Z")).verdict, Verdict::Fault);
        assert_eq!(judge(at("2026-11-02T00:00:00Z"), at("2026-11-02T00:00:00Z")).verdict, Verdict::Ok);
    }

    #[test]
    fn clocks_that_are_apart_are_a_warning_either_way() {
        let check = |file_system, expected| {
            assert_eq!(judge(at("2027-01-01T12:00:00Z"), at(file_system)).verdict, expected, "{file_system}");
        };
        check("2027-01-01T12:00:59Z", Verdict::Ok);
        check("2027-01-01T12:02:00Z", Verdict::Warning);
        check("2027-01-01T11:58:00Z", Verdict::Warning);
    }

    #[test]
    fn an_event_of_the_future_is_a_fault() {
        let now = at("2027-01-01T12:00:00Z");
        assert_eq!(judge_event(now, at("2027-01-01T12:00:01Z")).verdict, Verdict::Ok);
        assert_eq!(judge_event(now, at("2027-01-01T12:00:30Z")).verdict, Verdict::Fault);
    }
}
