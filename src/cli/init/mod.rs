//! `ecslint init`: a configuration for this folder, and on request what pre-commit and build servers read.

mod configuration;
mod files;
mod peers;
mod pre_commit;
mod survey;

use std::path::Path;

use clap::Args;

use super::check::current_dir;
use super::exit::{Exit, Failure};
use super::stream::Streams;
use crate::config::NAMES;
use crate::files::{Disk, Files};
use crate::report::visible;
use files::Plan;
use peers::Proposal;
use survey::Survey;

/// The configuration that is written.
const CONFIGURATION: &str = ".ecslint.yaml";

/// The workflow of GitHub Actions.
const WORKFLOW: &str = ".github/workflows/ecslint.yml";
const WORKFLOW_TEXT: &str = include_str!("../../../integrations/github/ecslint.yml");

/// The job of GitLab, and the file that includes it.
const JOB: &str = ".gitlab/ecslint.yml";
const JOB_TEXT: &str = include_str!("../../../integrations/gitlab/templates/ecslint.yml");
const PIPELINE: &str = ".gitlab-ci.yml";
const PIPELINE_TEXT: &str = "include:\n  - local: .gitlab/ecslint.yml\n";

/// The build of AWS CodeBuild; a name of its own, as `buildspec.yml` is often that of the application.
const BUILD: &str = "buildspec-ecslint.yml";
const BUILD_TEXT: &str = include_str!("../../../integrations/codebuild/buildspec.yml");

/// Arguments of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct InitArgs {
    /// Also add the hook to .pre-commit-config.yaml
    #[arg(long)]
    pre_commit: bool,
    /// Also write a workflow of GitHub Actions
    #[arg(long)]
    github: bool,
    /// Also write a job of GitLab CI
    #[arg(long)]
    gitlab: bool,
    /// Also write a build of AWS CodeBuild
    #[arg(long)]
    codebuild: bool,
    /// Take over what another tool's configuration says: checkov, cfn_nag or cfn-lint, or with its file: cfn_nag=deny.yml
    #[arg(long, value_name = "TOOL[=FILE]")]
    from: Option<peers::From>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
    /// Print the files instead of writing them
    #[arg(long)]
    dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  ecslint init --dry-run
  ecslint init --pre-commit --github
  ecslint init --from checkov
  ecslint init --from cfn_nag=ci/deny-list.yml --codebuild";

impl InitArgs {
    /// True when files are wanted that other programs look for at the root of the repository.
    fn wants_root(&self) -> bool {
        self.pre_commit || self.github || self.gitlab || self.codebuild
    }
}

pub(super) fn run(args: &InitArgs, streams: &Streams) -> Result<Exit, Failure> {
    let cwd = current_dir()?;
    if args.wants_root() {
        at_root(&cwd)?;
    }
    let survey = Survey::of(&cwd)?;
    let proposal = match &args.from {
        Some(from) => Some(peers::read(from, &cwd, &survey.others)?),
        None => None,
    };
    let mut plan = Plan::new(&cwd, args.force, args.dry_run);
    configuration(args, &survey, proposal.as_ref(), &mut plan)?;
    if args.pre_commit {
        pre_commit(&mut plan)?;
    }
    if args.github {
        plan.file(WORKFLOW, WORKFLOW_TEXT)?;
    }
    if args.gitlab {
        gitlab(&mut plan)?;
    }
    if args.codebuild {
        plan.file(BUILD, BUILD_TEXT)?;
        plan.remark(format!(
            "a CodeBuild project reads it with `BuildSpec: {BUILD}`; let its stage of the pipeline stand before the one that deploys"
        ));
    }
    if args.dry_run {
        streams.print(&plan.shown())?;
        return Ok(Exit::Clean);
    }
    plan.write()?;
    let mut out = plan.report();
    out.push_str(&found(&survey));
    out.push_str(&left(proposal.as_ref()));
    out.push_str(&next(&survey, &plan));
    streams.print(&out)?;
    Ok(Exit::Clean)
}

/// Refuses a folder inside of a repository.
fn at_root(cwd: &Path) -> Result<(), Failure> {
    let is_root = |folder: &&Path| Disk.canonical(&folder.join(".git")).is_ok();
    match cwd.ancestors().find(is_root) {
        Some(root) if root != cwd => Err(Failure::usage(
            "hooks and builds are read from the root of the repository, and this is a folder in it",
        )
        .help(format!("run the command in {}", root.display()))),
        _ => Ok(()),
    }
}

/// The configuration itself. Where it is there and other files are asked for, it is kept.
fn configuration(
    args: &InitArgs,
    survey: &Survey,
    proposal: Option<&Proposal>,
    plan: &mut Plan,
) -> Result<(), Failure> {
    // Two configurations side by side would be ambiguous.
    let there = NAMES.iter().find(|name| plan.is_there(name));
    let path = there.copied().unwrap_or(CONFIGURATION);
    if args.wants_root() && proposal.is_none() && plan.keeps(path) {
        return Ok(());
    }
    plan.file(path, &configuration::text(survey, proposal))
}

fn pre_commit(plan: &mut Plan) -> Result<(), Failure> {
    plan.next("pre-commit install");
    let Some(text) = plan.existing(pre_commit::NAME)? else {
        return plan.file(pre_commit::NAME, &pre_commit::new());
    };
    match pre_commit::add(&text) {
        pre_commit::Added::Text(new) => plan.replace(pre_commit::NAME, &new),
        pre_commit::Added::Already => plan.remark(format!("{} has the hook", pre_commit::NAME)),
        pre_commit::Added::Unclear => plan.remark(format!(
            "add this to `repos` in {} yourself:\n{}",
            pre_commit::NAME,
            pre_commit::ENTRY
        )),
    }
    Ok(())
}

fn gitlab(plan: &mut Plan) -> Result<(), Failure> {
    plan.file(JOB, JOB_TEXT)?;
    if plan.existing(PIPELINE)?.is_none() {
        return plan.file(PIPELINE, PIPELINE_TEXT);
    }
    plan.remark(format!("add this to {PIPELINE} yourself:\n{PIPELINE_TEXT}"));
    Ok(())
}

/// What was found in the folder.
fn found(survey: &Survey) -> String {
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let mut out = format!(
        "\n{}, {}{}\n",
        count(survey.templates, "template", "templates"),
        match survey.templates.saturating_sub(survey.roots.len()) {
            0 => "none of them nested in another".to_owned(),
            nested => format!("{nested} of them nested in others"),
        },
        match survey.values.len() {
            0 => String::new(),
            files => format!("; {} for them", count(files, "parameter file", "parameter files")),
        }
    );
    if survey.templates == 0 {
        out = "\nno template is in this folder yet\n".to_owned();
    }
    for path in &survey.broken {
        out.push_str(&format!("cannot be read: {}\n", visible(path)));
    }
    out
}

/// What the other tool's configuration says and this one does not.
fn left(proposal: Option<&Proposal>) -> String {
    let Some(proposal) = proposal else {
        return String::new();
    };
    let mut out = format!(
        "\nfrom {} of {}: {} switched off, {} to decide on, {} reported without failing\n",
        visible(&proposal.files.join(", ")),
        proposal.peer.as_str(),
        proposal.disable.len(),
        proposal.perhaps.len(),
        proposal.lenient.len(),
    );
    if !proposal.left.is_empty() {
        out.push_str("without a counterpart here:\n");
        for left in &proposal.left {
            out.push_str(&format!("  {}: {}\n", visible(&left.what), visible(&left.why)));
        }
    }
    out
}

/// What to type next.
fn next(survey: &Survey, plan: &Plan) -> String {
    let mut out = "\nnext:\n".to_owned();
    if survey.templates > 0 {
        out.push_str("  ecslint check\n");
        out.push_str("  ecslint baseline create   (if there is more than can be mended today: only what is new fails then)\n");
    }
    for step in plan.steps() {
        out.push_str(&format!("  {step}\n"));
    }
    let paths: Vec<&str> = plan.paths().collect();
    if !paths.is_empty() {
        out.push_str(&format!("  git add {}\n", paths.join(" ")));
    }
    out
}
