//! `strongroom drill list`: the drills that were held.

use backends::database::DrillFilter;
use clap::{Args, ValueEnum};
use jiff::Unit;
use model::{Drill, DrillKind};

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::page::Page;
use super::super::table::{Side, Table};
use super::super::{output, run};

/// List the drills that were held, newest first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom drill list
  strongroom drill list --kind rebuild --json

`--json` has what each validator said, and each difference that was found.")]
pub struct List {
    /// Of this kind only
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those before this number: the cursor of the next page
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    #[command(flatten)]
    page: Page,
}

/// What was rehearsed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Giving back an object
    Restore,
    /// Making the registry anew
    Rebuild,
}

impl List {
    /// Lists.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        run::now(self.list(at))
    }

    async fn list(self, at: &Where) -> anyhow::Result<Exit> {
        let database = at.registry().await?;
        let kind = self.kind.map(|kind| match kind {
            Kind::Restore => DrillKind::Restore,
            Kind::Rebuild => DrillKind::Rebuild,
        });
        let drills = database.drills(DrillFilter { kind, before: self.before, most: self.page.most() }).await?;
        database.close().await;
        let table = Table::new(&[
            ("number", Side::Right),
            ("held", Side::Left),
            ("kind", Side::Left),
            ("result", Side::Left),
            ("what", Side::Left),
            ("files", Side::Right),
            ("size", Side::Right),
            ("seconds", Side::Right),
        ]);
        self.page.print(drills, table, cells, |last| format!("--before {}", last.id));
        Ok(Exit::Done)
    }
}

fn cells(drill: &Drill) -> Vec<String> {
    let seconds = (drill.ended_at - drill.begun_at).total(Unit::Second).unwrap_or_default();
    let what = drill.object.clone().or_else(|| drill.store.as_ref().map(|store| format!("the store {store}")));
    vec![
        drill.id.to_string(),
        output::time(drill.begun_at),
        drill.kind.name().to_owned(),
        if drill.is_passed { "passed" } else { "FAILED" }.to_owned(),
        what.unwrap_or_default(),
        drill.files.to_string(),
        output::bytes(drill.size_bytes),
        format!("{seconds:.1}"),
    ]
}
