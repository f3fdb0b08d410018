//! The traffic of VPCs is logged.

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use crate::aws::ec2::{FlowLog, Subnet, Vpc};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Known, Text, Unknown, when, when_any};
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

/// The flow logs of one kind of resource.
#[derive(Default)]
struct Logs {
    /// When something is logged, by its identity.
    is: FxHashMap<Text, Vec<Guard>>,
    /// When and why something that is not known is logged; with its identity, where it has one.
    open: Vec<(Option<Text>, Case<Unknown>)>,
}

/// The subnets of each VPC, by its identity, each with when it is there.
type Subnets = FxHashMap<Text, Vec<(Guard, ResourceId)>>;

fn check(cx: &mut Context<'_, '_>) {
    let (vpcs, subnets, placed) = (logs(cx, "VPC"), logs(cx, "Subnet"), placed(cx));
    for id in cx.inventory().of_type(Vpc::TYPE) {
        let identity = cx.inventory().own_identity(*id);
        let covered = vpcs.of(&identity).or(&all_subnets(cx, &subnets, placed.get(&identity)));
        judge(cx, *id, &covered, vpcs.maybe_of(&identity));
    }
}

fn judge(cx: &mut Context<'_, '_>, id: ResourceId, covered: &Guard, mut open: Vec<Case<Unknown>>) {
    let inventory = cx.inventory();
    let name = inventory.logical_id(id);
    let place = inventory.project().resource(id).id.span;
    let elsewhere = [
        inventory.escapes(id).map(Unknown::OpenWorld),
        inventory.project().template(id.stack).open_because().map(Unknown::Macro),
    ];
    open.extend(elsewhere.into_iter().flatten().map(|reason| Case::new(reason, place)));
    let unsure = when_any(&open);
    let finding = Finding::new(id, place, format!("nothing logs the traffic of VPC `{name}`"))
        .when(&covered.or(&unsure).negated())
        .label("no flow log")
        .help("add an `AWS::EC2::FlowLog` for the VPC");
    let message = format!("whether the traffic of VPC `{name}` is logged is not decided by the templates");
    let open = open.into_iter().map(|case| case.when(&covered.negated())).collect();
    cx.conclude([finding], Question { subject: id, place, message, open });
}

/// When every subnet of a VPC has a flow log of its own.
fn all_subnets(cx: &Context<'_, '_>, logs: &Logs, subnets: Option<&Vec<(Guard, ResourceId)>>) -> Guard {
    let Some(subnets) = subnets else { return Guard::False };
    let logged = |id: ResourceId| logs.of(&cx.inventory().own_identity(id));
    Guard::all(subnets.iter().map(|(here, id)| here.negated().or(&logged(*id))))
}

fn placed(cx: &Context<'_, '_>) -> Subnets {
    let inventory = cx.inventory();
    let mut out = Subnets::default();
    for subnet in inventory.of_type(Subnet::TYPE) {
        let mut vpcs: IndexMap<Text, Vec<Guard>> = IndexMap::new();
        for case in inventory.identities(Subnet(*subnet).vpc(cx.eval())) {
            if let Known::Value(vpc) = case.value {
                vpcs.entry(vpc).or_default().push(case.guard);
            }
        }
        for (vpc, guards) in vpcs {
            let here = Guard::any(guards).and(&inventory.presence(*subnet));
            if !here.is_never() {
                out.entry(vpc).or_default().push((here, *subnet));
            }
        }
    }
    out
}

fn logs(cx: &Context<'_, '_>, resource_type: &str) -> Logs {
    let (inventory, eval) = (cx.inventory(), cx.eval());
    let mut out = Logs::default();
    for id in inventory.of_type(FlowLog::TYPE) {
        let types = eval.scalars(FlowLog(*id).resource_type(eval));
        let of_type = when(&types, |kind| kind.is(resource_type)).and(&inventory.presence(*id));
        for case in inventory.identities(FlowLog(*id).resource(eval)) {
            let guard = of_type.and(&case.guard);
            match &case.value {
                _ if guard.is_never() => {}
                Known::Value(identity) => {
                    // A resource of another name, or an id that was there before the templates.
                    let is_another =
                        inventory.resource_of(identity, Vpc::TYPE).is_some() || identity.as_literal().is_some();
                    if !is_another {
                        let reason = case.with(inventory.unknown_identity(identity)).when(&guard);
                        out.open.push((Some(identity.clone()), reason));
                    }
                    out.is.entry(identity.clone()).or_default().push(guard);
                }
                Known::Unknown(reason) => out.open.push((None, case.with(reason.clone()).when(&guard))),
                Known::Absent => {}
            }
        }
    }
    out
}

impl Logs {
    /// When something is logged.
    fn of(&self, identity: &Text) -> Guard {
        Guard::any(self.is.get(identity).into_iter().flatten().cloned())
    }

    /// When and why it may be.
    fn maybe_of(&self, identity: &Text) -> Vec<Case<Unknown>> {
        let others = self.open.iter().filter(|(other, _)| other.as_ref() != Some(identity));
        others.map(|(_, case)| case.clone()).collect()
    }
}
