//! The text of a new `.ecslint.yaml`: what is known of the folder, and the keys that people look for, as comments.

use super::peers::{Counterpart, Proposal};
use super::survey::{Survey, Values};
use crate::yaml::scalar;

/// What stands above everything.
const HEAD: &str = "\
# Configuration of ecslint. `ecslint config check` says what is wrong with it, `ecslint config schema` prints every key.
version: 1

# Rules: `recommended` has few false positives, `strict` adds hygiene. `ecslint rules` lists them.
extends: ecslint:recommended
";

/// Most locations of templates elsewhere that are shown.
const SHOWN_LOCATIONS: usize = 3;

/// The text of the file.
pub(super) fn text(survey: &Survey, proposal: Option<&Proposal>) -> String {
    let mut out = HEAD.to_owned();
    if let Some(proposal) = proposal {
        rules(&mut out, proposal);
    }
    excluded(&mut out, proposal);
    fail_on(&mut out, proposal);
    values(&mut out, survey);
    nested(&mut out, survey);
    out.push_str(ACCEPTED);
    out
}

/// How findings are accepted.
const ACCEPTED: &str = "
# Findings that are accepted, by rule, file and resource. A comment beside the cause does the same:
# `# ecslint: ignore[plaintext-listener] until=2027-06-30 -- reason`
# ignore:
#   - rules: [plaintext-listener]
#     paths: [\"templates/edge/**\"]
#     resources: [\"PublicAlb*\"]
#     reason: internet-facing by design
#     until: \"2027-06-30\"
# suppressions: {require-reason: true, max-days: 180}

# Findings of an earlier day, which do not fail: `ecslint baseline create` writes the file.
# baseline: .ecslint-baseline.json
";

/// What another tool switches off.
fn rules(out: &mut String, proposal: &Proposal) {
    let peer = proposal.peer.as_str();
    let files = proposal.files.join(", ");
    if !proposal.disable.is_empty() {
        out.push_str(&format!("\n# Switched off, as in {files} of {peer}.\ndisable:\n"));
        for found in &proposal.disable {
            out.push_str(&format!("  - {} # {}\n", found.rule, found.ids.join(", ")));
        }
    }
    if !proposal.perhaps.is_empty() {
        out.push_str(&format!(
            "\n# {files} of {peer} switches these off by a pattern or by naming others. They run here unless you say so, under `disable`.\n"
        ));
        for found in &proposal.perhaps {
            out.push_str(&format!("#   - {} # {}\n", found.rule, found.ids.join(", ")));
        }
    }
    if !proposal.lenient.is_empty() {
        out.push_str(&format!(
            "\n# Reported without failing, as in {files} of {peer}.\nrules:\n"
        ));
        let line = |found: &Counterpart| format!("  {}: info # {}\n", found.rule, found.ids.join(", "));
        out.extend(proposal.lenient.iter().map(line));
    }
    if !proposal.left.is_empty() {
        out.push_str(&format!(
            "\n# What {files} of {peer} says and this file cannot:\n"
        ));
        for left in &proposal.left {
            out.push_str(&format!(
                "#   {}: {}\n",
                one_line(&left.what),
                one_line(&left.why)
            ));
        }
    }
}

fn excluded(out: &mut String, proposal: Option<&Proposal>) {
    out.push_str(
        "\n# Files and folders that are left out, in the syntax of .gitignore, which is honoured as well.\n",
    );
    match proposal.map(|proposal| proposal.exclude.as_slice()) {
        None | Some([]) => out.push_str("# exclude: [\"examples/**\"]\n"),
        Some(patterns) => {
            out.push_str("exclude:\n");
            for pattern in patterns {
                out.push_str(&format!("  - {}\n", scalar(pattern)));
            }
        }
    }
}

fn fail_on(out: &mut String, proposal: Option<&Proposal>) {
    out.push_str("\n# From which severity on a run fails: error, warning, info, or never.\n");
    match proposal.and_then(|proposal| proposal.fail_on) {
        Some(severity) => out.push_str(&format!("fail-on: {severity}\n")),
        None => out.push_str("fail-on: warning\n"),
    }
}

/// The environments: of files that can be for one template only, and an example as a comment where there are none.
fn values(out: &mut String, survey: &Survey) {
    out.push_str(
        "\n# Where the stacks are deployed, each with its values, so that what is checked is what is deployed.\n",
    );
    if survey.values.is_empty() {
        let root = survey.roots.first().map_or("template.yaml", |root| root);
        out.push_str(&commented(&format!(
            "entrypoints:\n  - {{template: {}, environments: [prod]}}\n\
             environments:\n  prod: {{params: params/prod.json, region: eu-central-1}}\n",
            scalar(root)
        )));
        return;
    }
    out.push_str(
        "# These files hold parameters of these templates and of no others. Delete what is not deployed.\n",
    );
    out.push_str(&environments(&survey.values));
}

/// The keys `entrypoints` and `environments` for parameter files.
fn environments(all: &[Values]) -> String {
    let mut templates: Vec<&str> = all.iter().map(|values| &*values.template).collect();
    templates.sort_unstable();
    templates.dedup();
    let several = templates.len() > 1;
    let mut named: Vec<(String, &Values)> = Vec::new();
    for values in all {
        let mut name = values.environment.clone();
        if several {
            let file = values.template.rsplit('/').next().unwrap_or(&values.template);
            name = format!("{}-{name}", file.split('.').next().unwrap_or(file));
        }
        let first = name.clone();
        let mut count = 1;
        while named.iter().any(|(known, _)| *known == name) {
            count += 1;
            name = format!("{first}-{count}");
        }
        named.push((name, values));
    }
    let mut out = "entrypoints:\n".to_owned();
    for template in templates {
        let own = named.iter().filter(|(_, values)| &*values.template == template);
        let names: Vec<String> = own.map(|(name, _)| scalar(name)).collect();
        out.push_str(&format!(
            "  - {{template: {}, environments: [{}]}}\n",
            scalar(template),
            names.join(", ")
        ));
    }
    out.push_str("environments:\n");
    for (name, values) in &named {
        out.push_str(&format!(
            "  {}: {{params: {}}}\n",
            scalar(name),
            scalar(&values.path)
        ));
    }
    out
}

/// Where templates lie that are deployed from a bucket.
fn nested(out: &mut String, survey: &Survey) {
    let mut prefixes: Vec<&str> = survey.remote.iter().filter_map(|url| folder(url)).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    if prefixes.is_empty() {
        return;
    }
    out.push_str("\n# Nested templates that are deployed from here were not found. Say where they lie in this repository.\n");
    let mut text = "nested:\n  url-map:\n".to_owned();
    for prefix in prefixes.into_iter().take(SHOWN_LOCATIONS) {
        text.push_str(&format!(
            "    - {{prefix: {}, dir: templates/}}\n",
            scalar(prefix)
        ));
    }
    out.push_str(&commented(&text));
}

/// A URL without its last part.
fn folder(url: &str) -> Option<&str> {
    let end = url.rfind('/')? + 1;
    url.get(..end)
}

/// A text on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn commented(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}
