//! Log groups do not keep events for ever, nor too short a time.

use crate::aws::logs::LogGroup;
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, Value, when};
use crate::project::ResourceId;
use crate::rule::setting::NumberOption;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, RuleOption, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "log-retention-missing",
    summary: "log groups say how long they keep events",
    docs: Docs {
        why: "A log group without retention keeps everything for ever: it grows more expensive every month, and personal data \
              in it is never deleted.",
        decides: "Every `AWS::Logs::LogGroup` needs `RetentionInDays`, and with the option `min-days` one of at least so many \
                  days. Groups of the class `DELIVERY`, whose retention is fixed, pass.",
        fix: "Set `RetentionInDays` to what is needed to look into an incident, 30 for example.",
        safety: Safety::Safe,
    },
    category: Category::Observability,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_66", "W86", "I3013"],
    aws_page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
    options: &[RuleOption::Number(&MIN_DAYS)],
    check: Check::Native(check),
};

static MIN_DAYS: NumberOption = NumberOption {
    name: "min-days",
    doc: "the fewest days for which events are kept",
    default: 1,
    least: 1,
    most: 3653,
};

/// The class whose retention is fixed.
const DELIVERY: &str = "DELIVERY";

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(LogGroup::TYPE) {
        judge(cx, *id);
    }
}

fn judge(cx: &mut Context<'_, '_>, id: ResourceId) {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let group = LogGroup(id);
    let name = inventory.logical_id(id);
    let resource = inventory.project().resource(id);
    let least = u64::from(cx.number(&MIN_DAYS));
    let classes = eval.scalars(group.class(eval));
    let is_fixed = when(&classes, |class| matches!(class, Known::Value(text) if &**text == DELIVERY));
    let unsure = when(&classes, |class| matches!(class, Known::Unknown(_)));
    let firm = is_fixed.or(&unsure).negated();
    let mut findings = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    let mut wrong = Vec::new();
    let given = group.retention(eval).into_iter().flat_map(|case| match &case.value {
        // Any number will do.
        Value::Text(_) if least == u64::from(MIN_DAYS.default) => Vec::new(),
        _ => eval.scalars(vec![case]),
    });
    for case in given {
        let finding = match &case.value {
            Known::Absent => {
                let is_left_out = resource.properties.as_ref().is_none_or(|node| node.span == case.span);
                let place = if is_left_out { resource.id.span } else { case.span };
                Finding::new(id, place, format!("log group `{name}` keeps its events for ever"))
                    .label("no `RetentionInDays`")
                    .help(format!("set `RetentionInDays`, to {} for example", least.max(30)))
            }
            Known::Value(text) => match text.parse::<u64>() {
                Ok(days) if days < least => {
                    let message = format!("log group `{name}` keeps its events for {days} days; the configuration asks for {least}");
                    Finding::new(id, case.span, message)
                        .label("too short")
                        .help(format!("set `RetentionInDays` to {least} or more"))
                }
                _ => continue,
            },
            Known::Unknown(reason) => {
                open.push(case.with(reason.clone()).when(&is_fixed.negated()));
                continue;
            }
        };
        wrong.push(case.guard.clone());
        findings.push(finding.when(&firm).when(&case.guard).through(inventory, &case.trail));
    }
    let wrong = Guard::any(wrong);
    open.extend(classes.iter().filter_map(|case| match &case.value {
        Known::Unknown(reason) => Some(case.with(reason.clone()).when(&wrong)),
        _ => None,
    }));
    let message = match least {
        1 => format!("whether log group `{name}` keeps its events for ever"),
        least => format!("whether log group `{name}` keeps its events for {least} days"),
    };
    let question = Question { subject: id, place: resource.id.span, message, open };
    cx.conclude(findings, question);
}
