//! `strongroom files set-format`: a person says what a file is.

use clap::Args;
use jiff::Timestamp;
use model::{EventId, ObjectIdentifier};
use pronom::table::Puid;
use uuid::Uuid;

use super::exit::Exit;
use super::house::{self, Where};
use super::{files, objects, output};
use crate::actions;

/// Letters of a reason.
const REASON_LETTERS_MAX: usize = 1_000;

/// Say what a file is, against whatever its bytes say; kept with the reason.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  strongroom files set-format library.example.org/letters-1917/data/03-04.doc fmt/39 \\
      --reason 'opened in Word 95; the header is damaged' --by 'M. Curator'

It holds for the newest version of the file. `strongroom reidentify` leaves it as it is, unless
--with-overrides is said.")]
pub struct SetFormat {
    /// The file: <institution>/<bag name>/<path in the bag>
    #[arg(value_name = "OBJECT/PATH", value_parser = files::file)]
    file: (ObjectIdentifier, String),
    /// The format: `strongroom formats list` lists them
    puid: String,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Who says so, for the record
    #[arg(long, env = "USER", hide_env_values = true, default_value = "the operator", value_name = "NAME")]
    by: String,
}

fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say why, in a sentence".to_owned()),
        text if text.chars().count() > REASON_LETTERS_MAX => {
            Err(format!("a reason has {REASON_LETTERS_MAX} letters at most"))
        }
        text => Ok(text.to_owned()),
    }
}

impl SetFormat {
    /// Sets the format.
    pub async fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let signatures = house::signatures(&at.place()?)?;
        if signatures.format(&Puid::new(&self.puid)).is_none() {
            output::error(&format!("no format {} is known; `strongroom formats list` lists them", self.puid));
            return Ok(Exit::Refused);
        }
        let database = at.registry().await?;
        let (identifier, path) = &self.file;
        let Some(object) = database.object(identifier).await? else {
            return objects::unknown(&database, identifier).await;
        };
        let history = database.file_history(object.id, path).await?;
        let Some(file) = history.last() else { return files::unknown(&database, &object, path).await };
        let said = actions::Said {
            puid: &self.puid,
            reason: &self.reason,
            by: &self.by,
            agent: &house::agent(),
            now: Timestamp::now(),
            event: EventId(Uuid::now_v7()),
        };
        let format = actions::set_format(&database, signatures, &object, file, said).await?;
        output::note(&format!(
            "{identifier}/{path} is {} now, until somebody says otherwise",
            actions::name_of(&format)
        ));
        database.close().await;
        Ok(Exit::Done)
    }
}
