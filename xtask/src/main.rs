//! The developer's commands: `cargo xtask serve | build | test | bench | trunk`.
//!
//! Each fetches what it needs and the machine lacks, says what it is doing, and passes on the exit code of what it ran.
//! Nothing of the subject lives here.

mod bench;
mod bridge;
mod browser;
mod compress;
mod fingerprint;
mod project;
mod shell_size;
mod site;
mod tests_run;
mod toolbox;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use bench::Bench;
use project::{Failed, Project};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "TCP Lab's developer commands", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the site and the bridge, start the bridge, open the page
    Serve {
        #[command(flatten)]
        site: SiteArgs,
        /// Options for the bridge, after `--`; `cargo xtask serve -- --help` lists them
        #[arg(last = true)]
        bridge: Vec<OsString>,
    },
    /// Build the static site, ready for any web host
    Build {
        #[command(flatten)]
        site: SiteArgs,
        /// Also build the release bridge with the site inside: one file to hand on
        #[arg(long)]
        bridge: bool,
    },
    /// Run every check and test there is, or only the named stages
    Test {
        /// Stages to run; all of them when none is named
        stages: Vec<tests_run::Stage>,
    },
    /// Run a benchmark
    Bench {
        /// Which one
        name: Bench,
        /// Options for the benchmark, after `--`
        #[arg(last = true)]
        options: Vec<OsString>,
    },
    /// Run trunk with the tools that `serve` uses: `cargo xtask trunk serve` rebuilds on every change
    Trunk {
        /// Arguments for trunk
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

#[derive(Args)]
struct SiteArgs {
    /// Path under which the site will be hosted, with a slash at both ends
    #[arg(long, value_name = "PATH", default_value = "/", value_parser = site::public_url)]
    public_url: String,
    /// Directory to write the site to
    #[arg(long, value_name = "DIR", default_value = "dist")]
    dist: PathBuf,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            match error.downcast_ref::<Failed>() {
                Some(failed) => failed.exit_code(),
                None => ExitCode::FAILURE,
            }
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let project = Project::find()?;
    match cli.command {
        Command::Serve { site, bridge } => {
            let dist = site::build(&project, &site.dist, &site.public_url)?;
            let binary = bridge::build(&project)?;
            bridge::start(&project, &binary, &dist, &bridge)
        }
        Command::Build { site, bridge } => {
            let dist = site::build(&project, &site.dist, &site.public_url)?;
            println!("The site is in {}: any web host can serve it at {}", dist.display(), site.public_url);
            if bridge {
                let binary = bridge::build_with_site(&project, &dist, &site.public_url)?;
                println!("The bridge with the site inside is {}", binary.display());
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Test { stages } => tests_run::run(&project, &stages),
        Command::Bench { name, options } => {
            bench::run(&project, name, &options)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Trunk { arguments } => {
            let tools = toolbox::ensure(&project)?;
            tools.command(&project, "trunk").args(arguments).replace()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
