//! Commands: what people type, one a file.

mod alerts;
mod asking;
mod audit;
mod bag;
mod bucket_address;
mod collector;
mod completions;
mod config;
mod delete;
mod deploy;
mod doctor;
mod drill;
mod dry_run;
mod events;
mod exit;
mod files;
mod fixity;
mod formats;
mod house;
mod identify;
mod in_order;
mod incidents;
mod ingest;
mod item;
mod items;
mod job_at_work;
mod jobs;
mod log_line;
mod logging;
mod man;
mod migrate;
mod move_to;
mod objects;
mod ocfl;
mod output;
mod page;
mod probe;
mod progress;
mod rebuild;
mod receipt;
mod reidentify;
mod restore;
mod run;
mod run_roles;
mod set_format;
mod shown;
mod signals;
mod store;
mod table;
mod thawing;
mod up;
mod user;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;
use house::Where;

/// Takes bags in, proves every byte, keeps verified copies in several places.
#[derive(Debug, Parser)]
#[command(name = "strongroom", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 done · 1 the input is at fault · 2 it could not be done · 75 it will be tried again\n\
    Start with: strongroom ingest samples/photographs.tar"
)]
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
    /// Make, check and describe bags; needs no data directory
    Bag(bag::Bag),
    /// Take bags in: validate, store in every store, prove, record
    Ingest(ingest::Ingest),
    /// Run every role in this process: watch the receiving folders and take in what arrives
    Up(up::Up),
    /// Run some roles in this process, as a fleet of containers has them
    Run(run_roles::Run),
    /// List work items, or show one: where it stands, why, and what came of it
    Items(items::Items),
    /// Retry or cancel work items
    Item(item::Item),
    /// List objects, or show one
    Objects(objects::Objects),
    /// List the files of an object, or show the history of one
    Files(files::Files),
    /// Give back an object as a bag, any version of it, or one file
    Restore(restore::Restore),
    /// Destroy what is stored, when two people agree
    Delete(delete::Delete),
    /// Add, list and deactivate users
    User(user::Users),
    /// Look at held files again by the signatures in force, and report what changed and why
    Reidentify(reidentify::Reidentify),
    /// List events, or show one
    Events(events::Events),
    /// Prove replicas anew, repair what is damaged, and say how the checks stand
    Fixity(fixity::Fixity),
    /// Hold registry and stores against each other, both ways
    Audit(audit::Audit),
    /// List stores; add, fill, compare, evacuate and retire them
    Store(store::Store),
    /// List the jobs on whole stores, show or cancel one
    Jobs(jobs::Jobs),
    /// Make the registry anew from one store alone, when it was lost
    Rebuild(rebuild::Rebuild),
    /// List damage that was found, and what became of it
    Incidents(incidents::Incidents),
    /// List what a person must hear of, and say that it is dealt with
    Alerts(alerts::Alerts),
    /// Rehearse giving back and rebuilding, and list what came of it
    Drill(drill::Drill),
    /// Validate, show and export OCFL storage roots and objects
    Ocfl(ocfl::Ocfl),
    /// Say what formats files have; needs no data directory
    Identify(identify::Identify),
    /// Show, list and update the table of formats and their signatures
    Formats(formats::Formats),
    /// Bring the database's tables up to date
    Migrate(migrate::Migrate),
    /// Move the registry and the queue to a PostgreSQL server, and the objects into new stores
    MoveTo(move_to::MoveTo),
    /// Check the configuration, or show it
    Config(config::Configuration),
    /// Write files that start a fleet of containers
    Deploy(deploy::Deploy),
    /// Check the installation, and say what to do
    Doctor(doctor::Doctor),
    /// Print a shell's completions
    Completions(completions::Completions),
    /// Write manual pages
    Man(man::Man),
}

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let default_level = match &cli.command {
        Command::Up(_) | Command::Run(_) => "info",
        _ => "error",
    };
    logging::start(cli.global.log.as_deref().unwrap_or(default_level), cli.global.log_format);
    let place = Where { data: cli.global.data, config: cli.global.config };
    let result = match cli.command {
        Command::Bag(command) => command.run(),
        Command::Ingest(command) => command.run(&place),
        Command::Up(command) => command.run(&place),
        Command::Run(command) => command.run(&place),
        Command::Items(command) => command.run(&place),
        Command::Item(command) => command.run(&place),
        Command::Objects(command) => command.run(&place),
        Command::Files(command) => command.run(&place),
        Command::Restore(command) => command.run(&place),
        Command::Delete(command) => command.run(&place),
        Command::User(command) => command.run(&place),
        Command::Reidentify(command) => command.run(&place),
        Command::Events(command) => command.run(&place),
        Command::Fixity(command) => command.run(&place),
        Command::Audit(command) => command.run(&place),
        Command::Store(command) => command.run(&place),
        Command::Jobs(command) => command.run(&place),
        Command::Rebuild(command) => command.run(&place),
        Command::Incidents(command) => command.run(&place),
        Command::Alerts(command) => command.run(&place),
        Command::Drill(command) => command.run(&place),
        Command::Identify(command) => command.run(&place),
        Command::Formats(command) => command.run(&place),
        Command::Ocfl(command) => command.run(),
        Command::Migrate(command) => command.run(&place),
        Command::MoveTo(command) => command.run(&place),
        Command::Config(command) => command.run(&place),
        Command::Deploy(command) => command.run(&place),
        Command::Doctor(command) => command.run(&place),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::error(&format!("{error:#}"));
            Exit::Failed.into()
        }
    }
}
