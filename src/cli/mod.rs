//! The command line: arguments in, bytes on stdout and stderr, an exit code out.
//!
//! Only this layer knows the environment, the current folder and the streams.

mod accept;
mod baseline;
mod changed;
mod check;
mod claims;
mod clock;
mod completions;
mod config;
mod environments;
mod exit;
mod explain;
mod git;
mod graph;
mod init;
mod inputs;
mod manual;
mod own_rules;
mod planned;
mod progress;
mod resolve;
mod rule_tests;
mod rules;
mod select;
mod stream;
mod target;
mod terms;
mod timings;
mod values;

use std::any::Any;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use exit::{Exit, Failure};
use stream::{Streams, When};

/// Bytes of stack for each thread. Templates nest up to `yaml::MAX_DEPTH` deep and are walked recursively; this is what the
/// main thread of a Linux process has.
const STACK_BYTES: usize = 8 << 20;

/// Most threads that may be asked for: more only cost memory, as no run has that many rules at once.
const MAX_JOBS: i64 = 256;

/// Policy linter for AWS ECS on CloudFormation
#[derive(Debug, Parser)]
#[command(name = "ecslint", version, max_term_width = 110, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

const EXIT_CODES: &str =
    "Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 unreadable input, 4 internal error.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check templates against the rules
    Check(Box<check::CheckArgs>),
    /// Draw the architecture the templates describe
    Graph(Box<graph::GraphArgs>),
    /// Record today's findings so that only new ones fail
    Baseline(Box<baseline::BaselineArgs>),
    /// Explain a rule: why it matters, a bad and a good template
    #[command(visible_alias = "rule")]
    Explain(explain::ExplainArgs),
    /// List the rules; test rules of your own
    Rules(rules::RulesArgs),
    /// Show, check, or print the JSON schema of the configuration
    Config(config::ConfigArgs),
    /// Print a template with parameters, intrinsics and nested stacks resolved
    Resolve(Box<resolve::ResolveArgs>),
    /// Write .ecslint.yaml, and on request pre-commit and CI files
    Init(init::InitArgs),
    /// Print a completion script
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    Man(manual::ManArgs),
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Use this configuration file [env: ECSLINT_CONFIG] [default: the nearest .ecslint.yaml up to the git root]
    #[arg(short, long, global = true, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,
    /// Ignore every configuration file
    #[arg(long, global = true)]
    isolated: bool,
    /// Override one configuration key, such as `rules.task-public-ip=off`; the value is YAML (repeatable)
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// -q: findings only; -qq: nothing but the exit code
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    quiet: u8,
    /// -v: skipped files and undetermined checks; -vv: timings
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// When to colour; `auto` honours NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: When,
    /// No Unicode box drawing [default: from the locale]
    #[arg(long, global = true)]
    ascii: bool,
    /// Threads [default: all cores]
    #[arg(short, long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=MAX_JOBS))]
    jobs: Option<u16>,
}

/// Runs the command of this process and says how it ended.
pub fn main() -> ExitCode {
    hush_panics();
    // Where a handler of its own stands already, that one is meant.
    let _ = ctrlc::set_handler(interrupted);
    let ended = catch_unwind(|| match Cli::try_parse() {
        Ok(cli) => start(&cli),
        Err(error) => planned::refuse(&error),
    });
    let exit = ended.unwrap_or_else(|panic| {
        stream::complain(&Failure::internal(panic_text(&*panic)));
        Exit::Internal
    });
    exit.into()
}

/// Ends the process on an interrupt: the terminal and the files are as if the run had not begun, or had ended.
fn interrupted() {
    progress::clear();
    target::settle();
    std::process::exit(exit::INTERRUPTED);
}

/// Runs a command in a pool of the size that was asked for.
fn start(cli: &Cli) -> Exit {
    let threads = cli.global.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .build();
    let result = match pool {
        Ok(pool) => pool.install(|| run(cli)),
        Err(error) => Err(Failure::internal(format!("cannot start threads: {error}"))),
    };
    result.unwrap_or_else(|failure| {
        let exit = failure.exit;
        Streams::new(&cli.global).complain(&failure);
        exit
    })
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    if cli.global.verbose > 2 {
        return Err(Failure::usage("the trace output of `-vvv` is not built yet").help("use `-vv`"));
    }
    let streams = Streams::new(&cli.global);
    match &cli.command {
        Command::Check(args) => check::run(args, &cli.global, &streams),
        Command::Graph(args) => graph::run(args, &cli.global, &streams),
        Command::Baseline(args) => baseline::run(args, &cli.global, &streams),
        Command::Explain(args) => explain::run(args, &cli.global, &streams),
        Command::Rules(args) => rules::run(args, &cli.global, &streams),
        Command::Config(args) => config::run(args, &cli.global, &streams),
        Command::Resolve(args) => resolve::run(args, &cli.global, &streams),
        Command::Init(args) => init::run(args, &streams),
        Command::Completions(args) => completions::run(args, &streams),
        Command::Man(args) => manual::run(args, &streams),
    }
}

/// Keeps the panic of a rule off the screen: it is part of the report. With `ECSLINT_BACKTRACE=1` it is shown in full.
fn hush_panics() {
    let wanted = std::env::var("ECSLINT_BACKTRACE").is_ok_and(|value| value == "1");
    std::panic::set_hook(Box::new(move |panic| {
        if wanted {
            let trace = std::backtrace::Backtrace::force_capture();
            stream::log(&format!("{panic}\n{trace}"));
        }
    }));
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declarations_of_the_command_line_agree_with_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_flag_is_both_built_and_planned() {
        let mut command = Cli::command();
        command.build();
        for command in std::iter::once(&command).chain(command.get_subcommands()) {
            for argument in command.get_arguments() {
                let names = [
                    argument.get_long().map(|name| format!("--{name}")),
                    argument.get_short().map(|name| format!("-{name}")),
                ];
                for name in names.into_iter().flatten() {
                    assert!(!planned::FLAGS.contains(&name.as_str()), "{name}");
                }
            }
            assert!(!planned::COMMANDS.contains(&command.get_name()));
        }
    }
}
