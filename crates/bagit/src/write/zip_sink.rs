//! A new bag in a ZIP archive.

use std::fs::File;
use std::io::{self, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::sink::BagSink;

/// What zlib's own program takes when nobody asks for more.
const LEVEL: i64 = 6;
/// Files from this size on get ZIP64 fields; deflate may make a file a little longer than it was.
const LARGE_BYTES: u64 = 0xf000_0000;

/// Writes entries below one top folder.
pub(super) struct ZipSink {
    writer: ZipWriter<File>,
    top_folder: String,
}

impl ZipSink {
    pub(super) fn create(file: File, top_folder: &str, created_at: i64) -> io::Result<Self> {
        let mut writer = ZipWriter::new(file);
        let options = SimpleFileOptions::default().last_modified_time(dos_time(created_at)).unix_permissions(0o755);
        // A bag without payload still has its payload folder: RFC 8493 §2.1.2.
        for folder in [format!("{top_folder}/"), format!("{top_folder}/data/")] {
            writer.add_directory(folder, options)?;
        }
        Ok(Self { writer, top_folder: top_folder.to_owned() })
    }
}

impl Write for ZipSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BagSink for ZipSink {
    fn begin(&mut self, path: &str, size_bytes: u64, modified_at: i64) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .large_file(size_bytes >= LARGE_BYTES)
            .last_modified_time(dos_time(modified_at))
            .unix_permissions(0o644);
        Ok(self.writer.start_file(format!("{}/{path}", self.top_folder), options)?)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.writer.finish()?.sync_all()
    }
}

/// ZIP knows the years 1980 to 2107 in steps of two seconds, and no zone; UTC is written.
fn dos_time(unix_seconds: i64) -> DateTime {
    let (days, seconds) = (unix_seconds.div_euclid(86_400), unix_seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let time = u16::try_from(year).ok().and_then(|year| {
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(|part| part as u8);
        DateTime::from_date_and_time(year, month, day, clock[0], clock[1], clock[2]).ok()
    });
    time.unwrap_or_default()
}

/// The civil date of a day counted from 1970; March is the first month, so that leap days come last.
fn civil(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_777), (2026, 11, 20));
        assert_eq!(civil(-1), (1969, 12, 31));
    }

    #[test]
    fn times_that_zip_cannot_say_become_its_first() {
        assert_eq!(dos_time(0), DateTime::default());
        assert_eq!((dos_time(1_741_455_238).year(), dos_time(1_741_455_238).second()), (2025, 58));
    }
}
