//! `strongroom man`: manual pages, one for each command.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

use super::exit::Exit;
use super::{Cli, output};

/// Write manual pages.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  strongroom man ~/.local/share/man/man1
  strongroom man | man -l -")]
pub struct Man {
    /// The folder to write the page of every command to; without it, the first page goes to standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    /// Writes them.
    pub fn run(&self) -> anyhow::Result<Exit> {
        match &self.folder {
            None => {
                let mut text = Vec::new();
                Page::new(Cli::command()).render(&mut text)?;
                output::document(&text)?;
            }
            Some(folder) => write(folder).with_context(|| format!("cannot write to {}", folder.display()))?,
        }
        Ok(Exit::Done)
    }
}

fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
