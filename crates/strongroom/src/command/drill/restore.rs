//! `strongroom drill restore`: an object drawn by chance is given back and validated.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use model::{InstitutionName, ObjectIdentifier};

use super::super::exit::Exit;
use super::super::house::{House, Where};
use super::super::{output, signals};
use super::told;
use crate::pipelines::drills;

/// Give back an object of each institution, drawn by chance, and have it validated.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom drill restore
  strongroom drill restore --institution library.example.org
  strongroom drill restore --object library.example.org/letters-1917

The bag is written to the folder `drills` of the data directory, validated by `strongroom bag validate` and by every
program under `validators` of the configuration, timed, and removed. An event of the object and a row of `strongroom
drill list` tell of it. Exit codes: 0 all passed, 1 one failed, 75 stopped, or another process holds such a drill.")]
pub struct Restore {
    /// An object of this institution only
    #[arg(long, value_name = "INSTITUTION")]
    institution: Option<InstitutionName>,
    /// This object, instead of one drawn by chance
    #[arg(long, value_name = "OBJECT", conflicts_with = "institution")]
    object: Option<ObjectIdentifier>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Restore {
    /// Holds the drills.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(self.work(at))
    }

    async fn work(self, at: &Where) -> anyhow::Result<Exit> {
        let signal = told::signal(signals::Asked::listen()?);
        at.registry().await?.close().await;
        let house = House::open(at).await?;
        let (context, terms) = (house.context.clone(), house.settings().drills);
        let database = &context.database;
        let mut objects = Vec::new();
        if let Some(identifier) = &self.object {
            let object = database.object(identifier).await?;
            objects.push(object.with_context(|| format!("there is no object {identifier}"))?);
        } else {
            let known = database.institutions().await?;
            let wanted = |name: &&InstitutionName| self.institution.as_ref().is_none_or(|wanted| wanted == *name);
            for institution in known.iter().filter(wanted) {
                let chance = context.clock.jitter();
                objects.extend(database.draw_object(institution, terms.restore_bytes_max, chance).await?);
            }
        }
        if objects.is_empty() {
            bail!("there is no object to draw from: `strongroom objects list` lists what is held");
        }
        let mut exit = Exit::Done;
        for object in objects {
            let name = object.identifier.name.to_string();
            let (context, terms, signal) = (context.clone(), Arc::clone(&terms), signal.clone());
            let drill = move |meter| drills::restore(&context, &terms, object, meter, &signal);
            let held = told::hold(&name, self.json, drill).await?;
            exit = if exit == Exit::Done { held } else { exit };
            if held == Exit::Later {
                break;
            }
        }
        if exit == Exit::Refused && !self.json {
            output::note("The object is still where it was: `strongroom alerts` and `strongroom incidents` say more");
        }
        context.database.close().await;
        Ok(exit)
    }
}
