//! Dates and times as inventories write them.

/// Says whether a text is a date and time of RFC 3339, with seconds and zone (OCFL 1.1 §3.5.3.1).
#[must_use]
pub fn is_created(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = bytes.get(from..to)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    let mark = |place: usize, allowed: &[u8]| bytes.get(place).is_some_and(|byte| allowed.contains(byte));
    let in_range = |from, to, low, high| number(from, to).is_some_and(|value| (low..=high).contains(&value));
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else { return false };
    let date = mark(4, b"-") && mark(7, b"-") && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
    // A minute of 61 seconds is a leap second.
    let time = mark(10, b"Tt") && mark(13, b":") && mark(16, b":");
    let time = time && in_range(11, 13, 0, 23) && in_range(14, 16, 0, 59) && in_range(17, 19, 0, 60);
    if !date || !time {
        return false;
    }
    let mut zone = 19;
    if mark(zone, b".") {
        let digits = bytes[zone + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        zone += 1 + digits;
    }
    if mark(zone, b"Zz") {
        return bytes.len() == zone + 1;
    }
    mark(zone, b"+-")
        && in_range(zone + 1, zone + 3, 0, 23)
        && mark(zone + 3, b":")
        && in_range(zone + 4, zone + 6, 0, 59)
        && bytes.len() == zone + 6
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_rfc_3339_are_told_from_others() {
        for right in [
            "2026-11-03T10:20:30Z",
            "2024-02-29t00:00:00.123456789+05:30",
            "1990-12-31T23:59:60Z",
            "2019-01-01T02:03:04-00:00",
        ] {
            assert!(is_created(right), "{right}");
        }
        for wrong in [
            "",
            "2026-11-03",
            "2026-11-03T10:20Z",
            "2026-11-03T10:20:30",
            "2026-11-03 10:20:30Z",
            "2026-02-29T10:20:30Z",
            "2026-13-01T10:20:30Z",
            "2026-11-03T24:00:00Z",
            "2026-11-03T10:20:30.Z",
            "2026-11-03T10:20:30+0530",
            "2026-11-03T10:20:30Zx",
            "2026-11-03T10:20:30+24:00",
            "٢٠٢٦-11-03T10:20:30Z",
        ] {
            assert!(!is_created(wrong), "{wrong}");
        }
    }
}
