//! Images are scanned for vulnerabilities.

use crate::aws::ecr::{RegistryScanningConfiguration, Repository, RepositoryFilter, ScanningRule};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Unknown, when_any};
use crate::facts::iam::covers;
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::Str;

/// See the module.
pub static RULE: Rule = Rule {
    name: "ecr-scan-disabled",
    summary: "images are scanned for vulnerabilities when they are pushed",
    docs: Docs {
        why: "Without a scan nobody learns that an image has a known vulnerability before it runs.",
        decides: "Reports ECR repositories whose `ScanOnPush` is false or absent, unless an \
                  `AWS::ECR::RegistryScanningConfiguration` of the templates scans them on push or continuously. A \
                  registry that is configured elsewhere is not seen. Undetermined when the value, or whether a filter \
                  of the registry means the repository, is not known.",
        fix: "Scan the registry by an `AWS::ECR::RegistryScanningConfiguration`, or set \
              `ImageScanningConfiguration: { ScanOnPush: true }`.",
        safety: Safety::Safe,
    },
    category: Category::Image,
    severity: Severity::Warning,
    security_severity: Some(5.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["CKV_AWS_163", "W79", "AVD-AWS-0030", "9025b2b3", "ECR_REPO_SCAN_ON_PUSH", "ECR.1"],
    aws_page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
    options: &[],
    check: Check::Native(check),
};

/// What a registry scans, when.
struct Scanned {
    guard: Guard,
    filter: Case<Known<Str>>,
}

fn check(cx: &mut Context<'_, '_>) {
    let scanned = scanned(cx);
    for id in cx.inventory().of_type(Repository::TYPE) {
        judge(cx, *id, &scanned);
    }
}

/// The filters by which registries scan without being asked.
fn scanned(cx: &Context<'_, '_>) -> Vec<Scanned> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let mut out = Vec::new();
    for id in inventory.of_type(RegistryScanningConfiguration::TYPE) {
        for rule in eval.elements(RegistryScanningConfiguration(*id).rules(eval)) {
            let view = ScanningRule(&rule);
            let manual = eval.scalars(view.frequency(eval)).into_iter();
            let manual = manual.filter(|case| matches!(&case.value, Known::Value(text) if &**text == "MANUAL"));
            let manual = Guard::any(manual.map(|case| case.guard));
            let guard = inventory.presence(*id).and(&manual.negated());
            for filter in eval.elements(view.filters(eval)) {
                let filters = eval.scalars(RepositoryFilter(&filter).filter(eval)).into_iter();
                out.extend(filters.map(|filter| Scanned {
                    guard: guard.clone(),
                    filter,
                }));
            }
        }
    }
    out
}

fn judge(cx: &mut Context<'_, '_>, id: ResourceId, scanned: &[Scanned]) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let declared = inventory.project().resource(id).id.span;
    let shown = inventory.logical_id(id);
    let names = eval.scalars(Repository(id).name(eval));
    let mut covered = Vec::new();
    let mut open: Vec<Case<Unknown>> = Vec::new();
    for scan in scanned {
        for name in &names {
            let guard = Guard::all([scan.guard.clone(), scan.filter.guard.clone(), name.guard.clone()]);
            match (&scan.filter.value, &name.value) {
                (Known::Value(filter), _) if &**filter == "*" => covered.push(guard),
                (Known::Value(filter), Known::Value(name)) if means(filter, name) => covered.push(guard),
                (Known::Value(_), Known::Value(_)) | (Known::Absent, _) => {}
                (Known::Unknown(reason), _) => open.push(scan.filter.with(reason.clone()).when(&guard)),
                (Known::Value(_), Known::Unknown(reason)) => open.push(name.with(reason.clone()).when(&guard)),
                (Known::Value(_), Known::Absent) => {
                    let made = Unknown::Attribute(id, "Ref".into());
                    open.push(name.with(made).when(&guard));
                }
            }
        }
    }
    let covered = Guard::any(covered);
    let unsure = when_any(&open);
    let firm = covered.or(&unsure).negated();
    let mut findings = Vec::new();
    let mut unscanned = Vec::new();
    let mut values = Vec::new();
    for case in eval.booleans(Repository(id).scan_on_push(eval)) {
        let (place, label) = match &case.value {
            Known::Value(true) => continue,
            Known::Value(false) => (case.span, "not scanned"),
            Known::Absent => (declared, "no `ScanOnPush`"),
            Known::Unknown(reason) => {
                values.push(case.with(reason.clone()).when(&covered.negated()));
                continue;
            }
        };
        unscanned.push(case.guard.clone());
        let message = format!("repository `{shown}` is not scanned by its own setting when images are pushed");
        findings.push(
            Finding::new(id, place, message)
                .when(&case.guard.and(&firm))
                .label(label)
                .help(
                    "scan the registry by an `AWS::ECR::RegistryScanningConfiguration`, or set \
                     `ImageScanningConfiguration: { ScanOnPush: true }`",
                )
                .through(inventory, &case.trail),
        );
    }
    let unscanned = Guard::any(unscanned).and(&covered.negated());
    let mut open: Vec<Case<Unknown>> = open.into_iter().map(|case| case.when(&unscanned)).collect();
    open.extend(values);
    cx.conclude(
        findings,
        Question {
            subject: id,
            place: open.first().map_or(declared, |case| case.span),
            message: format!("whether repository `{shown}` scans images when they are pushed"),
            open,
        },
    );
}

/// True when a filter means a repository: a pattern all of its name, other text a part of it.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html#image-scanning-filters>
fn means(filter: &str, name: &str) -> bool {
    match filter.contains('*') {
        true => covers(filter, name),
        false => name.contains(filter),
    }
}
