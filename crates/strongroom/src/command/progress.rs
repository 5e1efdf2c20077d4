//! The progress bar: files and bytes, stage, rate, time left. Silent where standard error is no terminal.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::pipelines::Meter;

/// How often the bar looks at the meter.
const LOOK: Duration = Duration::from_millis(100);

/// A bar that follows a meter until it is dropped.
pub struct Progress {
    bar: ProgressBar,
    following: JoinHandle<()>,
}

impl Progress {
    /// Shows a bar for a meter.
    pub fn follow(name: &str, meter: Arc<Meter>) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix:.bold} {msg:12} {wide_bar:.cyan/dim} {bytes:>10}/{total_bytes:<10} {bytes_per_sec:>12} {eta:>4}",
        ) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(name.to_owned());
        let following = tokio::spawn(show(bar.clone(), meter));
        Self { bar, following }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.following.abort();
        self.bar.finish_and_clear();
    }
}

async fn show(bar: ProgressBar, meter: Arc<Meter>) {
    let mut stage = None;
    loop {
        let reading = meter.read();
        if reading.stage != stage {
            stage = reading.stage;
            bar.reset();
        }
        let doing = stage.map_or("", |stage| stage.row().doing);
        let files =
            if reading.files_all > 0 { format!(" {}/{}", reading.files, reading.files_all) } else { String::new() };
        bar.set_message(format!("{doing}{files}"));
        bar.set_length(reading.bytes_all.max(reading.bytes));
        bar.set_position(reading.bytes);
        tokio::time::sleep(LOOK).await;
    }
}
