//! `ecslint graph`: the picture of a deployment.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indexmap::IndexMap;

use super::Global;
use super::check::current_dir;
use super::config::{Configured, configured};
use super::exit::{Exit, Failure, written};
use super::inputs::InputArgs;
use super::select::SelectArgs;
use super::stream::{Streams, When};
use super::target::put_whole;
use super::terms::{policy, terms};
use super::values::ValueArgs;
use crate::diagram::{Picture, View, ascii, dot, json, mermaid, svg};
use crate::files::Disk;
use crate::link::Nesting;
use crate::lint::{Linter, Policy, Report};
use crate::report::{Format, Options, json_text, visible, write_errors, write_picture_page};
use crate::source::Str;

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    inputs: InputArgs,
    #[command(flatten)]
    values: ValueArgs,
    /// mermaid, dot, svg, html, ascii or json [default: mermaid; ascii on a terminal]
    #[arg(short, long, value_name = "FORMAT", help_heading = "Picture")]
    format: Option<GraphFormat>,
    /// What the picture is about
    #[arg(
        long,
        value_name = "VIEW",
        default_value = "architecture",
        help_heading = "Picture"
    )]
    view: View,
    /// Draw what the rules object to in red, with numbers, and list it below
    #[arg(long, help_heading = "Picture")]
    findings: bool,
    /// Write the picture to PATH instead of stdout
    #[arg(short, long, value_name = "PATH", help_heading = "Picture")]
    output: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Rules, with --findings")]
    select: SelectArgs,
}

const EXAMPLES: &str = "\
Exit codes: 0 drawn, 2 usage or configuration, 3 unreadable input, 4 internal error. Findings do not change it.
Examples:
  ecslint graph templates/
  ecslint graph templates/root.yaml -P params/prod.json --findings -f mermaid
  ecslint graph --view network -f dot templates/ | dot -Tsvg > network.svg";

/// The forms of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    Mermaid,
    Dot,
    Svg,
    Html,
    Ascii,
    Json,
}

/// Runs the command.
pub(super) fn run(args: &GraphArgs, global: &Global, streams: &Streams) -> Result<Exit, Failure> {
    let format = args.format.unwrap_or_else(|| default_format(args));
    let cwd = current_dir()?;
    let Configured { mut config, rules } = configured(global, args.select.own(), &cwd, streams)?;
    let inputs = args.inputs.read(&cwd, &config)?;
    let chosen = args.select.chosen(&rules, &config.choice)?;
    let suppressions = match args.findings {
        true => policy(terms(&config, &rules, None, &cwd)?, false),
        false => Policy::Ignored,
    };
    let values = args.values.read(&cwd, &mut config)?;
    let linter = Linter {
        discovery: inputs.discovery,
        stdin: inputs.stdin,
        values: values.rest,
        environments: values.environments,
        nesting: Nesting {
            follow: inputs.follow,
            ..values.nesting
        },
        on_missing: values.on_missing,
        is_everywhere: values.is_everywhere,
        sources: values.sources,
        rules: if args.findings { chosen } else { Vec::new() },
        settings: config.settings,
        suppressions,
        picture: Some(args.view),
        ..Linter::new(&Disk, cwd.clone(), inputs.paths)
    };
    let mut loaded = linter.load().map_err(|error| Failure::usage(error.to_string()))?;
    values.claims.verify(&mut loaded)?;
    values.claims.hide_secrets(&mut loaded.project);
    let mut report = loaded.check();
    report.keep(config.min_severity, config.min_confidence);
    let picture = report.flagged_picture().unwrap_or_default();
    let text = drawn(&report, &picture, format, streams)?;
    match &args.output {
        Some(path) => put_whole(path, &cwd, &report, text.as_bytes())?,
        None if global.quiet < 2 => streams.print(&text)?,
        None => {}
    }
    if let Some(note) = environment_note(&picture, &config.environments) {
        streams.remark(&format!("note: {}", visible(&note)));
    }
    if global.quiet < 2 {
        written(
            write_errors(Format::Full, &report, &streams.stderr(), &mut io::stderr().lock()),
            "stderr",
        )?;
    }
    Ok(match (report.crashes.is_empty(), report.errors.is_empty()) {
        (false, _) => Exit::Internal,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Clean,
    })
}

/// Which environment is drawn, where another one could be; not every format of the picture says it.
fn environment_note<T>(picture: &Picture, declared: &IndexMap<Str, T>) -> Option<String> {
    if let Some(surroundings) = &picture.surroundings {
        return surroundings.note();
    }
    let names: Vec<&str> = declared.keys().map(|name| &**name).collect();
    let advice = "drawn as outside of environments; `--env NAME` draws one of";
    (!names.is_empty()).then(|| format!("{advice}: {}", names.join(", ")))
}

/// People at a terminal see the picture; whatever reads a pipe or a file draws it.
fn default_format(args: &GraphArgs) -> GraphFormat {
    match args.output.is_none() && io::stdout().is_terminal() {
        true => GraphFormat::Ascii,
        false => GraphFormat::Mermaid,
    }
}

fn drawn(
    report: &Report,
    picture: &Picture,
    format: GraphFormat,
    streams: &Streams,
) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::internal(format!("cannot draw: {error}"));
    match format {
        GraphFormat::Mermaid => Ok(mermaid::write(picture, true)),
        GraphFormat::Dot => Ok(dot::write(picture)),
        GraphFormat::Json => Ok(json_text(&json::document(picture))),
        GraphFormat::Svg => svg::write(picture, svg::Setting::Alone).map_err(failed),
        GraphFormat::Html => {
            let mut page = Vec::new();
            write_picture_page(report, &Options::default(), &mut page).map_err(failed)?;
            String::from_utf8(page).map_err(|error| failed(io::Error::other(error)))
        }
        GraphFormat::Ascii => Ok(ascii::write(
            picture,
            ascii::Look {
                ascii: streams.file(When::Never).ascii,
                width: width(),
            },
        )),
    }
}

/// Columns of the terminal; of a pipe or a file, as many as fit most of them.
fn width() -> usize {
    const USUAL: usize = 100;
    terminal_size::terminal_size().map_or(USUAL, |(width, _)| usize::from(width.0))
}
