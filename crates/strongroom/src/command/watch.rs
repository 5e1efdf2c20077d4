//! The progress of long work: a bar that appears after two seconds, where standard error is a terminal.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bagit::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;

/// What is over before this needs no bar.
const QUIET: Duration = Duration::from_secs(2);

/// Bytes that have been dealt with, and the bar that shows them.
pub struct Watch {
    begun: Instant,
    bar: ProgressBar,
    is_shown: AtomicBool,
}

impl Watch {
    /// Begins; with the bytes that are to be dealt with, if they are known beforehand.
    pub fn begin(doing: &str, bytes_all: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(bytes_all, ProgressDrawTarget::hidden());
        let template = match bytes_all {
            Some(_) => {
                "{prefix:.bold} {msg} {wide_bar:.cyan/dim} {bytes:>10}/{total_bytes:<10} {bytes_per_sec} {eta:>4}"
            }
            None => "{prefix:.bold} {msg} {bytes} {bytes_per_sec} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(doing.to_owned());
        Self { begun: Instant::now(), bar, is_shown: AtomicBool::new(false) }
    }

    /// Counts bytes.
    pub fn bytes(&self, bytes: u64) {
        self.bar.inc(bytes);
        if self.begun.elapsed() > QUIET && !self.is_shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Says how far the work is in other words than bytes.
    pub fn say(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Writes text that is safe to show, as it is, to standard output, above the bar.
    pub fn print_rows(&self, text: &str) {
        self.bar.suspend(|| output::rows(text));
    }

    /// Writes text, its line ends included, to standard output, above the bar.
    pub fn print(&self, text: &str) {
        self.bar.suspend(|| output::line(text.trim_end_matches('\n')));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Hears of bytes only.
impl Observer for Watch {
    fn keep(&self, _path: &str) -> io::Result<Option<Box<dyn Write + Send + '_>>> {
        Ok(None)
    }

    fn progress(&self, bytes: u64) {
        self.bytes(bytes);
    }
}
