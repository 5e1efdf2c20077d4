//! One drill, held and told.

use std::sync::Arc;

use model::{Drill, StepError};

use super::super::exit::Exit;
use super::super::output;
use super::super::progress::Progress;
use super::super::signals::Asked;
use crate::pipelines::{Meter, Signal};

/// A signal that is raised when this process is asked to stop.
pub fn signal(asked: Asked) -> Signal {
    let signal = Signal::default();
    asked.then_stop(&signal);
    signal
}

/// Holds a drill with a progress bar, and tells what came of it.
pub async fn hold(
    name: &str,
    is_json: bool,
    drill: impl FnOnce(Arc<Meter>) -> Result<Drill, StepError> + Send + 'static,
) -> anyhow::Result<Exit> {
    let meter = Arc::new(Meter::default());
    let progress = Progress::follow(name, meter.clone());
    let held = tokio::task::spawn_blocking(move || drill(meter)).await?;
    drop(progress);
    let drill = match held {
        Ok(drill) => drill,
        Err(error @ (StepError::Interrupted | StepError::Retry(_))) => {
            output::error(&format!("the drill was not held: {error}"));
            return Ok(Exit::Later);
        }
        Err(error) => return Err(error.into()),
    };
    if is_json {
        output::json(&drill);
    } else {
        tell(&drill);
    }
    Ok(if drill.is_passed { Exit::Done } else { Exit::Refused })
}

fn tell(drill: &Drill) {
    let what = drill.object.clone().or_else(|| drill.store.as_ref().map(|store| format!("the store {store}")));
    let verdict = if drill.is_passed { "passed" } else { "FAILED" };
    output::line(&format!("Drill {} ({}) {verdict}: {}", drill.id, drill.kind.name(), what.unwrap_or_default()));
    output::field("files", &format!("{}, {}", output::count(drill.files, "file"), output::bytes(drill.size_bytes)));
    drill.report.iter().for_each(|line| output::line(&format!("  {line}")));
}
