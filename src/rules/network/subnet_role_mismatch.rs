//! Subnets are what they are called.

use crate::aws::ec2::{Subnet, Tag};
use crate::diag::Severity;
use crate::eval::{Case, Guard, Hop, Known, Part, Text};
use crate::facts::network::{Class, Family};
use crate::facts::{Inventory, Workload};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::Span;

/// See the module.
pub static RULE: Rule = Rule {
    name: "subnet-role-mismatch",
    summary: "subnets that are called public or private are so by their routes",
    docs: Docs {
        why: "People place tasks and databases by the names of subnets. A private subnet that is routed to an internet \
              gateway, or a public one that is not, misleads everyone who reads or passes it on.",
        decides: "Compares the word public or private in a subnet's logical id and Name tag with its routes, and the \
                  same word in the parameters, outputs and exports by which a workload's subnets are handed on. \
                  Names with both words or none say nothing. \"Not public\" is only said when nobody outside of the \
                  checked templates can add a route. Never undetermined.",
        fix: "Mend the route table association, or rename what is misnamed.",
        safety: Safety::Advice,
    },
    category: Category::Network,
    severity: Severity::Warning,
    security_severity: Some(6.0),
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
    options: &[],
    check: Check::Native(check),
};

/// What a name says about a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Public,
    Private,
}

fn check(cx: &mut Context<'_, '_>) {
    for id in cx.inventory().of_type(Subnet::TYPE) {
        check_subnet(cx, *id);
    }
    for workload in &cx.facts.workloads {
        check_path(cx, workload);
    }
}

fn check_subnet(cx: &mut Context<'_, '_>, id: ResourceId) {
    let inventory = cx.inventory();
    let resource = inventory.project().resource(id);
    let class = cx.facts.network.class(inventory, &Text::part(Part::Attribute(id, "Ref".into())), Family::V4);
    let logical_id = Name {
        shown: format!("subnet `{}`", resource.id.text),
        words: resource.id.text.to_string(),
        span: resource.id.span,
        guard: Guard::True,
    };
    let mut names = vec![logical_id];
    for item in inventory.eval.elements(Subnet(id).tags(&inventory.eval)) {
        names.extend(name_tag(inventory, id, &item));
    }
    // One name is enough in each deployment.
    let mut said = Guard::False;
    for name in names {
        let Some(role) = role(&name.words) else { continue };
        let Some(finding) = mismatch(id, name.span, &name.shown, role, &class) else { continue };
        let finding = finding.when(&name.guard).when(&said.negated());
        let guard = finding.guard.clone();
        if cx.report(finding) {
            said = said.or(&guard);
        }
    }
}

/// A name of a subnet.
struct Name {
    /// The subnet with it, as messages say it.
    shown: String,
    /// Its words, without the references in it.
    words: String,
    /// Where it stands.
    span: Span,
    /// When the subnet has it.
    guard: Guard,
}

/// The names that a tag gives a subnet.
fn name_tag<'a>(inventory: &Inventory<'a>, id: ResourceId, item: &crate::aws::Item<'a>) -> Vec<Name> {
    let tag = Tag(item);
    let keys = inventory.eval.scalars(tag.key(&inventory.eval));
    let keys = keys.iter().filter(|case| matches!(&case.value, Known::Value(key) if &**key == "Name"));
    let is_name = Guard::any(keys.map(|case| case.guard.clone()));
    let texts = inventory.eval.texts(tag.value(&inventory.eval)).into_iter();
    let name = |case: Case<Known<Text>>| {
        let Known::Value(text) = &case.value else { return None };
        let literals = text.parts().iter().filter_map(|part| match part {
            Part::Literal(text) => Some(&**text),
            _ => None,
        });
        Some(Name {
            shown: format!("subnet `{}`, named `{}`,", inventory.logical_id(id), inventory.shown(text)),
            words: literals.collect::<Vec<_>>().join(" ").trim().to_owned(),
            span: case.span,
            guard: case.guard.and(&is_name),
        })
    };
    texts.filter_map(name).collect()
}

fn mismatch(subject: ResourceId, place: Span, shown: &str, role: Role, class: &Class) -> Option<Finding> {
    let (guard, message, label) = match role {
        Role::Private => {
            let text = format!("{shown} is called private, but its routes make it public");
            (class.is_public(), text, "called private")
        }
        Role::Public => {
            let firm = class.is_public().or(&class.is_unknown()).negated();
            (firm, format!("{shown} is called public, but has no route to an internet gateway"), "called public")
        }
    };
    if guard.is_never() {
        return None;
    }
    let evidence = match role {
        Role::Private => &class.public,
        Role::Public => &class.egress,
    };
    let labels = evidence.iter().flat_map(|evidence| evidence.labels.iter().cloned());
    let mut finding = Finding::new(subject, place, message)
        .when(&guard)
        .label(label)
        .help("mend the route table association of the subnet, or rename it")
        .because(labels.collect::<Vec<_>>());
    finding.assumed = evidence.iter().any(|evidence| evidence.assumed);
    Some(finding)
}

/// The names under which a workload's subnets are handed on.
fn check_path(cx: &mut Context<'_, '_>, workload: &Workload) {
    let inventory = cx.inventory();
    let mut seen: Vec<(Span, Role)> = Vec::new();
    for interface in &workload.interfaces {
        for subnet in &interface.subnets {
            let Known::Value(identity) = &subnet.value else { continue };
            let class = cx.facts.network.class(inventory, identity, Family::V4);
            for hop in subnet.trail.hops() {
                let Some(role) = role(&hop.name) else { continue };
                if seen.contains(&(hop.span, role)) {
                    continue;
                }
                if let Some(finding) = handed_on(cx, workload, subnet, identity, hop, role, &class, &interface.guard) {
                    seen.push((hop.span, role));
                    cx.report(finding);
                }
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one place of one path; a struct would only rename the arguments")]
fn handed_on(
    cx: &Context<'_, '_>,
    workload: &Workload,
    subnet: &Case<Known<Text>>,
    identity: &Text,
    hop: &Hop,
    role: Role,
    class: &Class,
    interface: &Guard,
) -> Option<Finding> {
    let inventory = cx.inventory();
    let own = inventory.resource_of(identity, Subnet::TYPE)?;
    // A subnet whose own name is wrong is reported once, where it is declared.
    if self::role(inventory.logical_id(own)) == Some(role) {
        return None;
    }
    let shown = format!("subnet `{}`, handed on as `{}`,", inventory.shown(identity), hop.name);
    let finding = mismatch(workload.id, hop.span, &shown, role, class)?;
    let guard = Guard::all([workload.guard.clone(), interface.clone(), subnet.guard.clone()]);
    Some(finding.when(&guard).through(inventory, &subnet.trail))
}

/// The role that a name's words give, if they give one.
fn role(name: &str) -> Option<Role> {
    let words = words(name);
    let has = |word: &str| words.iter().any(|other| other == word);
    match (has("public"), has("private")) {
        (true, false) => Some(Role::Public),
        (false, true) => Some(Role::Private),
        _ => None,
    }
}

/// The words of a name in camel case, kebab case or plain text, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut lower_before = false;
    for c in name.chars() {
        if !c.is_alphabetic() {
            lower_before = false;
            out.push(String::new());
            continue;
        }
        if c.is_uppercase() && lower_before {
            out.push(String::new());
        }
        lower_before = c.is_lowercase();
        if out.is_empty() {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_only_give_a_role() {
        assert_eq!(role("PublicSubnet1"), Some(Role::Public));
        assert_eq!(role("app-private-a"), Some(Role::Private));
        assert_eq!(role("PubliclyReachable"), None);
        assert_eq!(role("PublicAndPrivate"), None);
        assert_eq!(role("subnetA"), None);
    }
}
