//! Strongroom: takes bags in, proves every byte, keeps verified copies, gives them back.

mod actions;
mod command;
mod config;
mod pipelines;
mod runner;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = command::Cli::parse();
    command::run(cli)
}
