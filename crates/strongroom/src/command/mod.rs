//! Commands: what people type, one a file.

mod exit;
mod house;
mod ingest;
mod logging;
mod output;
mod progress;
mod receipt;
mod signals;
mod up;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;
use house::Where;

/// Takes bags in, proves every byte, keeps verified copies in several places.
#[derive(Debug, Parser)]
#[command(name = "strongroom", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done · 1 the input is at fault · 2 it could not be done · 75 it will be tried again\n\
    Start with: strongroom ingest samples/photographs.tar")]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Global {
    /// The data directory: database, stores, staging
    #[arg(long, global = true, env = "STRONGROOM_DATA", default_value = "strongroom-data", value_name = "DIR")]
    data: PathBuf,
    /// The configuration file [default: strongroom.toml in the data directory, if there]
    #[arg(long, global = true, env = "STRONGROOM_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// What to log to standard error, as in `info` or `strongroom=debug`
    #[arg(long, global = true, env = "STRONGROOM_LOG", value_name = "LEVELS")]
    log: Option<String>,
    /// How to write the log
    #[arg(long, global = true, env = "STRONGROOM_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: logging::LogFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take bags in: validate, store in every store, prove, record
    Ingest(ingest::Ingest),
    /// Run every role in this process: watch the receiving folders and take in what arrives
    Up(up::Up),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let default_level = match &cli.command {
        Command::Up(_) => "info",
        _ => "error",
    };
    logging::start(cli.global.log.as_deref().unwrap_or(default_level), cli.global.log_format);
    let place = Where { data: cli.global.data, config: cli.global.config };
    let result = match cli.command {
        Command::Ingest(command) => command.run(&place),
        Command::Up(command) => command.run(&place),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::error(&format!("{error:#}"));
            Exit::Failed.into()
        }
    }
}
