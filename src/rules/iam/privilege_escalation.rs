//! Nobody can give itself more than it was given.

use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Unknown};
use crate::facts::iam::Principal;
use crate::facts::iam::escalation::{Prize, Way};
use crate::facts::iam::grant::listed;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "privilege-escalation",
    summary: "no role, user or group can give itself more than it was given",
    docs: Docs {
        why: "Some actions are keys to others: who may write a policy, or start a task with another role, has what the \
              policy or the role gives, however few actions its own policies list.",
        decides: "Takes all policies of a role, user or group together and looks for known ways: actions of IAM, Lambda, \
                  EC2, Systems Manager and CloudFormation on all resources or on the holder itself, and `iam:PassRole` \
                  beside actions that start something. Where `iam:PassRole` names roles of the templates, what they \
                  are given is compared: a warning when it is more than the holder has, an error for an administrator, \
                  an info otherwise. Left to other rules: `iam:PassRole` on all roles, wildcards such as `iam:*`, AWS \
                  managed policies, `ecs:ExecuteCommand`, and roles of pipelines and deployments, whose work it is to pass \
                  roles.",
        fix: "Name the resources, or require a condition such as `iam:PermissionsBoundary`; name in `iam:PassRole` only \
              roles that give no more than what their user may do.",
        safety: Safety::Advice,
    },
    category: Category::Iam,
    severity: Severity::Error,
    security_severity: Some(8.8),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_110", "CKV_AWS_286"],
    aws_page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
    options: &[],
    check: Check::Native(check),
};

/// Ways that are shown beside the first.
const MAX_SHOWN: usize = 4;

/// A way in words.
struct Told<'w> {
    way: &'w Way<'w>,
    severity: Severity,
    /// What the holder can do.
    gain: String,
    /// What follows from it.
    end: String,
    open: Vec<Case<Unknown>>,
}

fn check(cx: &mut Context<'_, '_>) {
    for principal in &cx.facts.iam.principals {
        let ways = cx.facts.iam.ways(cx.inventory(), principal);
        let told: Vec<Told<'_>> = ways.iter().map(|way| told(cx, way)).collect();
        for severity in [Severity::Error, Severity::Warning, Severity::Info] {
            let of: Vec<&Told<'_>> =
                told.iter().filter(|told| told.severity == severity && told.open.is_empty()).collect();
            if let Some(finding) = finding(cx, principal, severity, &of) {
                cx.report(finding);
            }
        }
        for told in told.iter().filter(|told| !told.open.is_empty()) {
            ask(cx, principal, told);
        }
    }
}

fn told<'w>(cx: &Context<'_, '_>, way: &'w Way<'w>) -> Told<'w> {
    let gain = way.row.gain;
    let (severity, gain, end, open) = match &way.prize {
        Prize::Anything => (Severity::Error, gain.to_owned(), String::new(), Vec::new()),
        Prize::Itself => (Severity::Error, "change what it is itself given".to_owned(), String::new(), Vec::new()),
        Prize::AnyRole => (Severity::Error, format!("{gain} any role that trusts the service"), String::new(), Vec::new()),
        Prize::Role { role, beyond, is_administrator, open } => {
            let name = cx.inventory().logical_id(role.id);
            let gain = format!("{gain} role `{name}`");
            match (is_administrator, beyond.is_empty(), open.is_empty()) {
                (true, ..) => (Severity::Error, gain, ", an administrator".to_owned(), Vec::new()),
                (_, false, _) => (Severity::Warning, gain, format!(", which adds {}", listed(beyond)), Vec::new()),
                (_, true, true) => (Severity::Info, gain, ", which adds nothing".to_owned(), Vec::new()),
                (_, true, false) => (Severity::Warning, gain, String::new(), open.clone()),
            }
        }
    };
    Told { way, severity, gain, end, open }
}

/// The actions of a way, in words.
fn actions(way: &Way<'_>) -> String {
    let names: Vec<Str> = way.steps.iter().map(|(action, _)| Str::from(*action)).collect();
    listed(&names)
}

fn finding(
    cx: &Context<'_, '_>,
    principal: &Principal,
    severity: Severity,
    told: &[&Told<'_>],
) -> Option<Finding> {
    let first = told.first()?;
    let noun = principal.kind.noun();
    let name = cx.inventory().logical_id(principal.id);
    let mut others: Vec<&Told<'_>> = Vec::new();
    for other in told.iter().skip(1) {
        let is_new = |known: &&Told<'_>| known.gain != other.gain;
        if is_new(first) && others.iter().all(is_new) {
            others.push(other);
        }
    }
    let more = match others.len() {
        0 => String::new(),
        1 => ", and there is another way".to_owned(),
        count => format!(", and there are {count} other ways"),
    };
    let message = format!("{noun} `{name}` can, by {}, {}{}{more}", actions(first.way), first.gain, first.end);
    let (action, decisive) = first.way.steps.last()?;
    let mut finding = Finding::new(principal.id, decisive.place, message)
        .when(&Guard::any(told.iter().map(|told| told.way.guard.clone())))
        .label(format!("`{action}`"))
        .severity(severity)
        .through(cx.inventory(), &decisive.statement.trail)
        .because(steps(cx, first.way))
        .help(help(first.way))
        .atom(severity.as_str());
    for other in others.iter().take(MAX_SHOWN) {
        if let Some((_, given)) = other.way.steps.last() {
            let text = format!("can, by {}, {}{}", actions(other.way), other.gain, other.end);
            finding = finding.because([cx.inventory().evidence(given.policy.id, given.place, text)]);
        }
    }
    if let Prize::Role { role, .. } = &first.way.prize {
        finding = finding.because([cx.inventory().declared(role.id, "the role that is passed")]);
    }
    Some(finding.because(principal.used_by(cx.inventory())))
}

/// The steps before the last.
fn steps(cx: &Context<'_, '_>, way: &Way<'_>) -> Vec<Label> {
    let before = way.steps.split_last().map_or(&[][..], |(_, before)| before);
    let label = |(action, given): &(&'static str, crate::facts::iam::Given<'_>)| {
        cx.inventory().evidence(given.policy.id, given.place, format!("`{action}`"))
    };
    before.iter().map(label).collect()
}

fn help(way: &Way<'_>) -> &'static str {
    match (&way.prize, way.row.takes_role) {
        (Prize::Itself, _) => "take it away: who may change its own policies has all there is",
        (Prize::Role { beyond, is_administrator: false, .. }, _) if beyond.is_empty() => {
            "nothing to do while the role that is passed stays as it is"
        }
        _ if is_on_instances(way) => {
            "name the documents and the instances it is needed on, or require a tag of theirs, `ssm:resourceTag/<key>`, in a \
             condition"
        }
        (_, Some(_)) => "let `iam:PassRole` name only roles that give no more than this one needs",
        (_, None) => {
            "name the resources it is needed on, or require `iam:PermissionsBoundary` or a tag in a condition"
        }
    }
}

/// True when the last step works on instances by Systems Manager.
fn is_on_instances(way: &Way<'_>) -> bool {
    way.steps.last().is_some_and(|(action, _)| action.starts_with("ssm:"))
}

fn ask(cx: &mut Context<'_, '_>, principal: &Principal, told: &Told<'_>) {
    let Some((_, given)) = told.way.steps.last() else {
        return;
    };
    let noun = principal.kind.noun();
    let name = cx.inventory().logical_id(principal.id);
    cx.ask(Question {
        subject: principal.id,
        place: given.place,
        message: format!(
            "whether {noun} `{name}`, which can, by {}, {}, comes to more than it is given",
            actions(told.way),
            told.gain
        ),
        open: told.open.iter().map(|case| case.clone().when(&told.way.guard)).collect(),
    });
}
