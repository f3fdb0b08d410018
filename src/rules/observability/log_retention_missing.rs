//! Log groups say how long they keep events.

use crate::aws::logs::LogGroup;
use crate::diag::Severity;
use crate::eval::{Guard, Known, Value};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "log-retention-missing",
    summary: "log groups say how long they keep events",
    docs: Docs {
        why: "A log group without retention keeps everything for ever: it grows more expensive every month, and personal \
              data in it is never deleted.",
        decides: "Every `AWS::Logs::LogGroup` needs `RetentionInDays`. Groups of the class `DELIVERY`, whose retention is \
                  fixed, pass.",
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
    check: Check::Native(check),
};

/// The class whose retention is fixed.
const DELIVERY: &str = "DELIVERY";

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(LogGroup::TYPE) {
        let view = LogGroup(*id);
        let declared = cx.inventory().project().resource(*id).id.span;
        let name = cx.inventory().logical_id(*id);
        let fixed = cx.eval().scalars(view.class(cx.eval())).into_iter();
        let fixed = fixed.filter(|case| matches!(&case.value, Known::Value(class) if &**class == DELIVERY));
        let fixed = Guard::any(fixed.map(|case| case.guard));
        let mut missing = Vec::new();
        let mut open = Vec::new();
        for case in view.retention(cx.eval()) {
            match &case.value {
                Value::Absent => missing.push(case.guard),
                Value::Unknown(reason) => open.push(case.with(reason.clone()).when(&fixed.negated())),
                Value::Text(_) | Value::List(_) | Value::Object(_) => {}
            }
        }
        let finding = Finding::new(*id, declared, format!("log group `{name}` keeps its events for ever"))
            .when(&Guard::any(missing).and(&fixed.negated()))
            .label("no `RetentionInDays`")
            .help("set `RetentionInDays`, to 30 for example");
        cx.conclude(
            [finding],
            Question {
                subject: *id,
                place: open.first().map_or(declared, |case| case.span),
                message: format!("how long log group `{name}` keeps its events"),
                open,
            },
        );
    }
}
