//! `ecslint completions`: what a shell needs to complete the command line.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::aot;
use clap_complete_nushell::Nushell;

use super::Cli;
use super::exit::{Exit, Failure};
use super::stream::Streams;

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell that is to read the script
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
Where the script belongs:
  bash        ecslint completions bash > ~/.local/share/bash-completion/completions/ecslint
  zsh         ecslint completions zsh > ~/.zfunc/_ecslint      (a folder of $fpath, before compinit)
  fish        ecslint completions fish > ~/.config/fish/completions/ecslint.fish
  powershell  ecslint completions powershell >> $PROFILE
  elvish      ecslint completions elvish >> ~/.config/elvish/rc.elv
  nushell     ecslint completions nushell | save -f ($nu.default-config-dir | path join ecslint.nu)
              and in config.nu: use ecslint.nu *";

/// The shells that are known.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
    Nushell,
}

pub(super) fn run(args: &CompletionsArgs, streams: &Streams) -> Result<Exit, Failure> {
    let generator: &dyn aot::Generator = match args.shell {
        Shell::Bash => &aot::Shell::Bash,
        Shell::Zsh => &aot::Shell::Zsh,
        Shell::Fish => &aot::Shell::Fish,
        Shell::Powershell => &aot::Shell::PowerShell,
        Shell::Elvish => &aot::Shell::Elvish,
        Shell::Nushell => &Nushell,
    };
    let mut command = Cli::command();
    command.set_bin_name(env!("CARGO_PKG_NAME"));
    command.build();
    let mut script = Vec::new();
    generator
        .try_generate(&command, &mut script)
        .map_err(|error| Failure::internal(format!("cannot make the script: {error}")))?;
    streams.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
