//! The templates of nested stacks exist.

use crate::diag::Severity;
use crate::eval::{Case, Unknown, Value};
use crate::project::{Child, MissingChild, OnMissing, ResourceId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "missing-template",
    summary: "the templates of nested stacks exist",
    docs: Docs {
        why: "A nested stack whose template is not there cannot be packaged or deployed, and whatever it holds is \
              missing from every check.",
        decides: "A relative path must lead to a readable template inside the project that does not nest itself. A URL \
                  that `--url-map` or `nested.url-map` covers is a file in that folder; another one is matched with the \
                  loaded templates by its end. When no file is there, or none or several fit, the rule is undetermined, \
                  or what `nested.on-missing` says: `ignore` (then a path that leads nowhere is no mistake either), \
                  `note`, `error`. \
                  Applications of the Serverless Application Repository have no template here and are left alone.",
        fix: "Mend the path, which is relative to the file of the parent template. For a URL, check the nested \
              template together with its parent, or say which folder it stands for: \
              `--url-map https://bucket.s3.amazonaws.com/templates/=templates`.",
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    let project = cx.inventory().project();
    for stack in project.stack_ids() {
        for (id, child) in &project.stack(stack).children {
            let Child::Missing(missing) = child else {
                continue;
            };
            let Some(nested) = project.find(stack, id) else {
                continue;
            };
            let location = cx.eval().property(nested, &[project.resource(nested).location_key()]);
            let is_repository =
                !location.is_empty() && location.iter().all(|case| matches!(case.value, Value::Object(_)));
            if is_repository {
                continue;
            }
            let place = location
                .first()
                .map_or(project.resource(nested).id.span, |case| case.span);
            judge(cx, nested, place, missing);
        }
    }
}

fn judge(cx: &mut Context<'_, '_>, nested: ResourceId, place: Span, missing: &MissingChild) {
    let name = cx.inventory().logical_id(nested).clone();
    match missing {
        MissingChild::Outside(path) => {
            let message = format!("template `{path}` of nested stack `{name}` lies outside of the project");
            let finding = Finding::new(nested, place, message)
                .label("leads out of the project")
                .help("move the template into the project, or run ecslint from the folder that holds both");
            cx.report(finding);
        }
        MissingChild::Unreadable { path, reason } => {
            let message = format!("the template of nested stack `{name}` cannot be read: {path}: {reason}");
            cx.report(Finding::new(nested, place, message).label("no readable template"));
        }
        MissingChild::Cycle(ids) => {
            let message = format!("nested stack `{name}` contains itself: `{ids}` leads back to its template");
            let finding = Finding::new(nested, place, message)
                .label("leads back to a template above")
                .help("take the nested stack out of its own template");
            cx.report(finding);
        }
        // The user knows: it was asked for on the command line.
        MissingChild::NotLoaded(_) => {}
        MissingChild::Limit(limit) => {
            let message = format!("nested stack `{name}` is not loaded");
            ask(cx, nested, place, message, Unknown::Limit(limit));
        }
        MissingChild::NotFollowed => {
            let message = format!("nested stack `{name}` is left alone, its template not looked for");
            ask(cx, nested, place, message, Unknown::NotFollowed(name));
        }
        MissingChild::NotFound(path) => {
            let finding = Finding::new(
                nested,
                place,
                format!("template `{path}` of nested stack `{name}` does not exist"),
            )
            .label("no such file")
            .help("mend the path, which is relative to the file of this template");
            not_found(cx, finding, true);
        }
        MissingChild::Unmapped { url, path } => {
            let message = format!("nested stack `{name}` uses `{url}`, and no file is `{path}`");
            let finding = Finding::new(nested, place, message)
                .label("leads to no file by `nested.url-map` or `--url-map`")
                .help("mend the URL or the map");
            not_found(cx, finding, false);
        }
        MissingChild::Packaged(url) => {
            let message = format!(
                "nested stack `{name}` uses `{url}`, which `aws cloudformation package` named after its content"
            );
            let finding = Finding::new(nested, place, message)
                .label("cannot be traced back to a file")
                .help("check the sources, or what `sam build` wrote, in place of the packaged template");
            not_found(cx, finding, false);
        }
        MissingChild::Remote(url) => {
            let message = format!("nested stack `{name}` uses `{url}`, which no loaded template ends like");
            let finding = Finding::new(nested, place, message)
                .label("no loaded template")
                .help("say where it lives with `--url-map PREFIX=DIR` or `nested.url-map`");
            not_found(cx, finding, false);
        }
        MissingChild::Ambiguous(paths) => {
            let paths = joined(paths);
            let message = format!("nested stack `{name}` may use {paths}: each ends like its URL");
            let finding = Finding::new(nested, place, message)
                .label("several templates end like it")
                .help("say which with `--url-map PREFIX=DIR` or `nested.url-map`");
            not_found(cx, finding, false);
        }
        MissingChild::Unresolved(reason) => {
            let message = format!("which template nested stack `{name}` uses is not known: {reason}");
            let finding = Finding::new(nested, place, message)
                .label("not known")
                .help("give the parameters of the URL a value with `--param` or `--params`");
            not_found(cx, finding, false);
        }
    }
}

/// Says of a template that was not found what the run wants to hear of such. One that can be nowhere else is a mistake, unless
/// such are ignored: it may be made before it is deployed.
fn not_found(cx: &mut Context<'_, '_>, finding: Finding, is_certain: bool) {
    match (cx.inventory().project().on_missing, finding.subject) {
        (OnMissing::Error, _) => {
            cx.report(finding);
        }
        (OnMissing::Note, _) if is_certain => {
            cx.report(finding);
        }
        (OnMissing::Note, Some(nested)) => {
            let name = cx.inventory().logical_id(nested).clone();
            let (place, message) = (finding.place, finding.message);
            ask(cx, nested, place, message, Unknown::MissingTemplate(name));
        }
        (OnMissing::Note, None) | (OnMissing::Ignore, _) => {}
    }
}

/// "`a`, `b` or `c`".
fn joined(paths: &[Str]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn ask(cx: &mut Context<'_, '_>, nested: ResourceId, place: Span, message: String, reason: Unknown) {
    cx.ask(Question {
        subject: nested,
        place,
        message,
        open: vec![Case::new(reason, place)],
    });
}
