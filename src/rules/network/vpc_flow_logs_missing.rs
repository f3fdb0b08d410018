//! The traffic of VPCs is logged.

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

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

/// The flow logs of one kind of resource.
#[derive(Default)]
struct Logs {
    /// When something is logged, by its identity.
    is: FxHashMap<Text, Vec<Guard>>,
    /// When and why it may be, because the kind of its log is not known.
    may_be: FxHashMap<Text, Vec<Case<Unknown>>>,
    /// When and why something that is not known is logged; with its identity, where it has one.
    open: Vec<(Option<Text>, Case<Unknown>)>,
}

/// When something is logged, and when and why it may be.
struct Logged {
    is: Guard,
    open: Vec<Case<Unknown>>,
}

/// The subnets of each VPC, by its identity, each with when it is there.
type Subnets = FxHashMap<Text, Vec<(Guard, ResourceId)>>;

fn check(cx: &mut Context<'_, '_>) {
    let (vpcs, subnets, placed) = (logs(cx, "VPC"), logs(cx, "Subnet"), placed(cx));
    for id in cx.inventory().of_type(Vpc::TYPE) {
        let identity = cx.inventory().own_identity(*id);
        let (whole, parts) = (vpcs.of(&identity), all_subnets(cx, &subnets, placed.get(&identity)));
        let mut open = whole.open;
        open.extend(parts.open);
        judge(cx, *id, &whole.is.or(&parts.is), open);
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

/// When every subnet of a VPC has a flow log of its own, and when and why it may have.
fn all_subnets(cx: &Context<'_, '_>, logs: &Logs, subnets: Option<&Vec<(Guard, ResourceId)>>) -> Logged {
    let Some(subnets) = subnets else {
        return Logged { is: Guard::False, open: Vec::new() };
    };
    let (mut is, mut may_be, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (here, id) in subnets {
        let logged = logs.of(&cx.inventory().own_identity(*id));
        let own = here.negated().or(&logged.is);
        may_be.push(own.or(&when_any(&logged.open)));
        is.push(own);
        open.extend(logged.open);
    }
    // A log of one subnet tells nothing while another has none.
    let may_be = Guard::all(may_be);
    let open = open.into_iter().map(|case| case.when(&may_be)).filter(|case| !case.guard.is_never());
    Logged { is: Guard::all(is), open: open.collect() }
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
    let is_of = |identity: &Text, type_name: &str| inventory.resource_of(identity, type_name).is_some();
    let mut out = Logs::default();
    for id in inventory.of_type(FlowLog::TYPE) {
        for kind in &eval.scalars(FlowLog(*id).resource_type(eval)) {
            // What is doubtful is whether this is the log; what it is of may be as well.
            let doubt = match &kind.value {
                Known::Unknown(reason) => Some(reason),
                known if known.is(resource_type) => None,
                Known::Value(_) | Known::Absent => continue,
            };
            let here = kind.guard.and(&inventory.presence(*id));
            for case in inventory.identities(FlowLog(*id).resource(eval)) {
                let case = case.when(&here);
                match &case.value {
                    _ if case.guard.is_never() => {}
                    Known::Absent => {}
                    Known::Unknown(reason) => out.open.push((None, case.with(reason.clone()))),
                    Known::Value(identity) => {
                        // A resource of another name, or an id that was there before the templates.
                        let is_another = is_of(identity, Vpc::TYPE)
                            || is_of(identity, Subnet::TYPE)
                            || identity.as_literal().is_some();
                        if !is_another {
                            let reason = case.with(inventory.unknown_identity(identity));
                            out.open.push((Some(identity.clone()), reason));
                        }
                        match doubt {
                            Some(reason) => {
                                let case = case.with(reason.clone());
                                out.may_be.entry(identity.clone()).or_default().push(case);
                            }
                            None => out.is.entry(identity.clone()).or_default().push(case.guard.clone()),
                        }
                    }
                }
            }
        }
    }
    out
}

impl Logs {
    /// When something is logged, and when and why it may be.
    fn of(&self, identity: &Text) -> Logged {
        let own = self.may_be.get(identity).into_iter().flatten();
        let others = self.open.iter().filter(|(other, _)| other.as_ref() != Some(identity));
        Logged {
            is: Guard::any(self.is.get(identity).into_iter().flatten().cloned()),
            open: own.chain(others.map(|(_, case)| case)).cloned().collect(),
        }
    }
}
