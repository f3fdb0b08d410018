//! The traffic of VPCs is logged.

use crate::aws::ec2::{FlowLog, Subnet, Vpc};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown, when_any};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "vpc-flow-logs-missing",
    summary: "the traffic of VPCs is logged",
    docs: Docs {
        why: "Without flow logs nobody can tell afterwards who talked to a task, and a connection that a security group refuses \
              leaves no trace.",
        decides: "Reports VPCs of the templates for which no `AWS::EC2::FlowLog` is made, neither for the VPC nor for each of its \
                  subnets. Undetermined when the VPC's id leaves the templates, because the log may be made elsewhere.",
        fix: "Add an `AWS::EC2::FlowLog` with `ResourceType: VPC` and the VPC's id.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Warning,
    security_severity: Some(4.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["W60", "AwsSolutions-VPC7", "f6d299d2", "CKV2_AWS_11", "AVD-AWS-0178", "EC2.6"],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    options: &[],
    check: Check::Native(check),
};

/// When something is logged, and when and why it may be.
#[derive(Default)]
struct Logged {
    is: Vec<Guard>,
    open: Vec<Case<Unknown>>,
}

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(Vpc::TYPE) {
        check_vpc(cx, *id);
    }
}

fn check_vpc(cx: &mut Context<'_, '_>, id: ResourceId) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(id);
    let place = inventory.project().resource(id).id.span;
    let whole = logged(cx, "VPC", &inventory.own_identity(id));
    let parts = all_subnets(cx, id);
    let mut open = whole.open;
    open.extend(parts.open);
    let elsewhere = [
        inventory.escapes(id).map(Unknown::OpenWorld),
        inventory.project().template(id.stack).open_because().map(Unknown::Macro),
    ];
    open.extend(elsewhere.into_iter().flatten().map(|reason| Case::new(reason, place)));
    let covered = Guard::any(whole.is.into_iter().chain(parts.is));
    let unsure = when_any(&open);
    let finding = Finding::new(id, place, format!("nothing logs the traffic of VPC `{name}`"))
        .when(&covered.or(&unsure).negated())
        .label("no flow log")
        .help("add an `AWS::EC2::FlowLog` for the VPC");
    let message = format!("whether the traffic of VPC `{name}` is logged is not decided by the templates");
    let open = open.into_iter().map(|case| case.when(&covered.negated())).collect();
    cx.conclude([finding], Question { subject: id, place, message, open });
}

/// When every subnet of a VPC has a flow log of its own, and when and why it may have.
fn all_subnets(cx: &Context<'_, '_>, vpc: ResourceId) -> Logged {
    let inventory = cx.inventory();
    let identity = inventory.own_identity(vpc);
    let (mut is, mut may_be) = (Vec::new(), Vec::new());
    let mut open = Vec::new();
    for subnet in inventory.of_type(Subnet::TYPE) {
        let vpcs = inventory.identities(Subnet(*subnet).vpc(cx.eval()));
        let here = vpcs.iter().filter(|case| matches!(&case.value, Known::Value(other) if *other == identity));
        let here = Guard::any(here.map(|case| case.guard.clone())).and(&inventory.presence(*subnet));
        if !here.is_never() {
            let logged = logged(cx, "Subnet", &inventory.own_identity(*subnet));
            let own = here.negated().or(&Guard::any(logged.is));
            may_be.push(own.or(&when_any(&logged.open)));
            is.push(own);
            open.extend(logged.open);
        }
    }
    let together = |guards: Vec<Guard>| if guards.is_empty() { Guard::False } else { Guard::all(guards) };
    // A log of one subnet tells nothing while another has none.
    let may_be = together(may_be);
    let open = open.into_iter().map(|case| case.when(&may_be)).filter(|case| !case.guard.is_never());
    Logged {
        is: vec![together(is)],
        open: open.collect(),
    }
}

fn logged(cx: &Context<'_, '_>, resource_type: &str, identity: &Text) -> Logged {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let mut out = Logged::default();
    for id in inventory.of_type(FlowLog::TYPE) {
        let types = eval.scalars(FlowLog(*id).resource_type(eval));
        let is_of = |identity: &Text, type_name: &str| inventory.resource_of(identity, type_name).is_some();
        for kind in &types {
            // What is doubtful is whether this is the log; what it is of may be as well.
            let doubt = match &kind.value {
                Known::Unknown(reason) => Some(reason),
                known if known.is(resource_type) => None,
                Known::Value(_) | Known::Absent => continue,
            };
            let here = kind.guard.and(&inventory.presence(*id));
            for case in inventory.identities(FlowLog(*id).resource(eval)) {
                let guard = here.and(&case.guard);
                match &case.value {
                    _ if guard.is_never() => {}
                    Known::Value(other) if other == identity => match doubt {
                        Some(reason) => out.open.push(case.with(reason.clone()).when(&guard)),
                        None => out.is.push(guard),
                    },
                    // A resource of another name, or an id that was there before the templates.
                    Known::Value(other) if is_of(other, Vpc::TYPE) || is_of(other, Subnet::TYPE) => {}
                    Known::Value(other) if other.as_literal().is_some() => {}
                    Known::Value(other) => out.open.push(case.with(inventory.unknown_identity(other)).when(&guard)),
                    Known::Unknown(reason) => out.open.push(case.with(reason.clone()).when(&guard)),
                    Known::Absent => {}
                }
            }
        }
    }
    out
}
