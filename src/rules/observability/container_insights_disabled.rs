//! Clusters have Container Insights turned on.

use crate::aws::ecs::{Cluster, ClusterSetting};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, Value};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "container-insights-disabled",
    summary: "clusters have Container Insights turned on",
    docs: Docs {
        why: "Without Container Insights there are no metrics of tasks and containers, only averages of services, so \
              that a task running out of memory is not seen before users see it.",
        decides: "The setting `containerInsights` of every cluster that the templates declare must be `enabled` or \
                  `enhanced`. Left out, the account's default decides, which is disabled unless somebody changed it. \
                  Clusters of other stacks are left alone.",
        fix: "Add `{Name: containerInsights, Value: enhanced}` to `ClusterSettings`.",
        safety: Safety::Safe,
    },
    category: Category::Observability,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_65", "AVD-AWS-0034", "AwsSolutions-ECS4", "ab759fde", "CT.ECS.PR.2", "ECS.12"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html",
    options: &[],
    check: Check::Native(check),
};

/// The setting.
const SETTING: &str = "containerInsights";

/// The values that turn it on.
const ON: &[&str] = &["enabled", "enhanced"];

const HELP: &str = "add `{Name: containerInsights, Value: enhanced}` to `ClusterSettings`, unless it is the default of \
                    the account";

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(Cluster::TYPE) {
        judge(cx, *id);
    }
}

/// What a cluster's settings say.
#[derive(Default)]
struct Settings {
    /// When the setting has a value.
    given: Vec<Guard>,
    /// Values that turn it off.
    off: Vec<Case<Str>>,
    /// When and why it is not known.
    open: Vec<Case<Unknown>>,
}

fn judge(cx: &mut Context<'_, '_>, id: ResourceId) {
    let name = cx.inventory().logical_id(id);
    let settings = settings(cx, id);
    let unknown = settings.open.iter().map(|case| case.guard.clone());
    let absent = Guard::any(settings.given.iter().cloned().chain(unknown)).negated();
    let declared = cx.inventory().project().resource(id).id.span;
    let mut findings = vec![
        Finding::new(
            id,
            declared,
            format!("cluster `{name}` does not turn on Container Insights"),
        )
        .when(&absent)
        .label(format!("no `{SETTING}` in its settings"))
        .help(HELP),
    ];
    findings.extend(settings.off.iter().map(|case| {
        Finding::new(
            id,
            case.span,
            format!("cluster `{name}` has Container Insights set to `{}`", case.value),
        )
        .when(&case.guard)
        .label("turned off")
        .help("set it to `enhanced` or `enabled`")
        .through(cx.inventory(), &case.trail)
    }));
    cx.conclude(
        findings,
        Question {
            subject: id,
            place: declared,
            message: format!("whether cluster `{name}` has Container Insights turned on"),
            open: settings.open,
        },
    );
}

fn settings(cx: &Context<'_, '_>, id: ResourceId) -> Settings {
    let eval = cx.eval();
    let mut out = Settings::default();
    for item in eval.elements(Cluster(id).settings(eval)) {
        match &item.value {
            Value::Unknown(reason) => {
                out.open.push(item.with(reason.clone()));
                continue;
            }
            Value::Text(text) => {
                out.open.extend(text.unknown().map(|reason| item.with(reason)));
                continue;
            }
            Value::Absent | Value::List(_) | Value::Object(_) => {}
        }
        let setting = ClusterSetting(&item);
        for name in eval.scalars(setting.name(eval)) {
            match &name.value {
                Known::Value(value) if &**value == SETTING => {}
                Known::Unknown(reason) => {
                    out.open.push(name.with(reason.clone()));
                    continue;
                }
                _ => continue,
            }
            for value in eval.scalars(setting.value(eval)) {
                let value = value.when(&name.guard);
                match &value.value {
                    Known::Value(text) => {
                        out.given.push(value.guard.clone());
                        if !ON.contains(&&**text) {
                            out.off.push(value.with(text.clone()));
                        }
                    }
                    Known::Unknown(reason) => out.open.push(value.with(reason.clone())),
                    Known::Absent => {}
                }
            }
        }
    }
    out
}
