//! `strongroom formats list`: the formats of the table.

use anyhow::bail;
use clap::Args;
use pronom::table::{Format, Puid};
use serde::Serialize;

use super::super::exit::Exit;
use super::super::house::Where;
use super::super::page::{Page, word};
use super::super::table::{Side, Table};
use crate::config;

/// List formats in the order of the table.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  strongroom formats list --extension doc
  strongroom formats list --mime image/tiff --json
  strongroom formats list jpeg 2000
  strongroom formats list --limit 10000 --json",
    disable_version_flag = true
)]
pub struct List {
    /// With all of these words in PUID, name or version, in any case
    #[arg(value_name = "TEXT")]
    words: Vec<String>,
    /// With this extension only
    #[arg(long, value_name = "EXTENSION")]
    extension: Option<String>,
    /// With this media type only
    #[arg(long, value_name = "MEDIA-TYPE")]
    mime: Option<String>,
    /// Only those after this one: the cursor of the next page
    #[arg(long, value_name = "PUID")]
    after: Option<String>,
    #[command(flatten)]
    page: Page,
}

#[derive(Serialize)]
struct Line<'a> {
    puid: &'a str,
    name: &'a str,
    version: Option<&'a str>,
    mime: Option<&'a str>,
    extensions: &'a [String],
    signatures: usize,
    container_signatures: usize,
}

impl List {
    /// Lists them.
    pub fn run(self, at: &Where) -> anyhow::Result<Exit> {
        let signatures = config::signatures(&at.place()?)?;
        let mut formats = signatures.formats();
        if let Some(after) = &self.after {
            let place = formats.iter().position(|format| format.puid.as_str() == after);
            let Some(place) = place else { bail!("there is no format {after}; --after takes a PUID of this list") };
            formats = &formats[place + 1..];
        }
        let contained = |puid: &Puid| signatures.containers().iter().filter(|one| one.puid == *puid).count();
        let most = usize::try_from(self.page.most()).unwrap_or(usize::MAX);
        let wanted = formats.iter().filter(|format| self.wants(format)).take(most);
        let lines = wanted.map(|format| line(format, contained(&format.puid))).collect();
        let table = Table::new(&[
            ("puid", Side::Left),
            ("format", Side::Left),
            ("media type", Side::Left),
            ("extensions", Side::Left),
            ("signatures", Side::Right),
        ]);
        self.page.print(lines, table, cells, |line| format!("--after {}", word(line.puid)));
        Ok(Exit::Done)
    }

    fn wants(&self, format: &Format) -> bool {
        let text = || format!("{} {} {}", format.puid, format.name, format.version.as_deref().unwrap_or_default());
        let extension = self.extension.as_deref().map(|wanted| wanted.strip_prefix('.').unwrap_or(wanted));
        let mimes = || format.mime.iter().flat_map(|mime| mime.split(',')).map(str::trim);
        extension.is_none_or(|wanted| format.has_extension(wanted))
            && self.mime.as_ref().is_none_or(|wanted| mimes().any(|mime| mime.eq_ignore_ascii_case(wanted)))
            && (self.words.is_empty() || has_all(&text(), &self.words))
    }
}

fn has_all(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(&word.to_lowercase()))
}

fn line(format: &Format, container_signatures: usize) -> Line<'_> {
    Line {
        puid: format.puid.as_str(),
        name: &format.name,
        version: format.version.as_deref(),
        mime: format.mime.as_deref(),
        extensions: &format.extensions,
        signatures: format.signatures.len(),
        container_signatures,
    }
}

fn cells(line: &Line<'_>) -> Vec<String> {
    let name = line.version.map_or_else(|| line.name.to_owned(), |version| format!("{} {version}", line.name));
    vec![
        line.puid.to_owned(),
        name,
        line.mime.unwrap_or("-").to_owned(),
        line.extensions.join(" "),
        (line.signatures + line.container_signatures).to_string(),
    ]
}
