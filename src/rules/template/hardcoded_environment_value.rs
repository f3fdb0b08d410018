//! Templates fit any account, region and network.

use indexmap::IndexMap;

use crate::aws::{ec2, iam};
use crate::diag::Severity;
use crate::eval::Guard;
use crate::facts::environment_value::{Fixed, Named, account, find, skeleton, zone};
use crate::project::ResourceId;
use crate::rule::setting::TextsOption;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, RuleOption, Safety};
use crate::source::Span;
use crate::yaml::{Function, Kind, Node};

/// See the module.
pub static RULE: Rule = Rule {
    name: "hardcoded-environment-value",
    summary: "templates fit any account, region and network",
    docs: Docs {
        why: "A template that names one account, region, zone or VPC cannot be tried out in another one before it \
              reaches production, and copies of it drift apart.",
        decides: "Looks at the properties of resources for account ids and regions in ARNs, accounts as principals, \
                  availability zones by name, and ids of VPCs, subnets, security groups, internet gateways and route \
                  tables. Parameters and mappings are the place for such values and pass. So do the accounts of load \
                  balancers, layers of functions, principals with an external id, and what has to be in us-east-1 for \
                  CloudFront. The partition `arn:aws:` is not judged. The rule is never undetermined.",
        fix: "Use `AWS::AccountId`, `AWS::Region` and `Fn::GetAZs`; take ids of networks from a parameter, or import \
              them from the stack that makes them.",
        safety: Safety::Unsafe,
    },
    category: Category::Template,
    severity: Severity::Warning,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["I3042", "W3010"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/best-practices.html",
    options: &[RuleOption::Texts(&ALLOWED)],
    check: Check::Native(check),
};

static ALLOWED: TextsOption = TextsOption {
    name: "allowed",
    doc: "account ids, regions and other values that may stand in templates",
    default: &[],
};

fn check(cx: &mut Context<'_, '_>) {
    let allowed = cx.texts(&ALLOWED);
    for id in cx.inventory().project().resource_ids().collect::<Vec<_>>() {
        let mut search = Search { cx, id, found: IndexMap::new() };
        if let Some(properties) = &cx.inventory().project().resource(id).properties {
            search.node(properties, "", &Guard::True, false);
        }
        for ((named, value), places) in search.found {
            if allowed.iter().any(|allowed| **allowed == *value) {
                continue;
            }
            report(cx, id, &Fixed { named, value: value.as_str().into() }, &places);
        }
    }
}

/// The values of one resource, each with its places and when it is there.
struct Search<'c, 'x, 'a> {
    cx: &'c Context<'x, 'a>,
    id: ResourceId,
    found: IndexMap<(Named, String), Vec<(Guard, Span)>>,
}

impl Search<'_, '_, '_> {
    /// Looks at a value under a key; `is_vendor` inside of a statement that trusts an external id.
    fn node(&mut self, node: &Node, key: &str, guard: &Guard, is_vendor: bool) {
        if let Some(text) = skeleton(node) {
            self.text(&text, key, node.span, guard, is_vendor);
        }
        match &node.kind {
            Kind::Null | Kind::Scalar(_) => {}
            Kind::Sequence(items) => items.iter().for_each(|item| self.node(item, key, guard, is_vendor)),
            Kind::Mapping(entries) => {
                let is_vendor = is_vendor || iam::trusts_external_id(node);
                for entry in entries {
                    self.node(&entry.value, &entry.key, guard, is_vendor);
                }
            }
            Kind::Function(call) => match (&call.function, call.argument.as_sequence()) {
                (Function::If, Some([condition, yes, no])) => {
                    let taken = condition.as_text().map(|name| self.cx.eval().condition(self.id.stack, name));
                    let taken = taken.unwrap_or(Guard::True);
                    self.node(yes, key, &guard.and(&taken), is_vendor);
                    self.node(no, key, &guard.and(&taken.negated()), is_vendor);
                }
                // Its text is read already; of its pieces only those that are no text are left.
                (Function::Join, Some([_, items])) => {
                    let pieces = items.as_sequence().into_iter().flatten();
                    for piece in pieces.filter(|piece| skeleton(piece).is_none()) {
                        self.node(piece, key, guard, is_vendor);
                    }
                }
                (Function::Sub, Some([_, given])) => self.node(given, key, guard, is_vendor),
                (Function::Select, Some([_, list])) => self.node(list, key, guard, is_vendor),
                (Function::Split, Some([_, text])) => self.node(text, key, guard, is_vendor),
                _ => {}
            },
        }
    }

    fn text(&mut self, text: &str, key: &str, place: Span, guard: &Guard, is_vendor: bool) {
        let mut fixed = find(text);
        fixed.extend(account(text).filter(|_| iam::is_principal_key(key)));
        fixed.extend(zone(text).filter(|_| ec2::names_zones(key)));
        for Fixed { named, value } in fixed {
            if !(is_vendor && named == Named::Account) {
                let places = self.found.entry((named, value.to_string())).or_default();
                places.push((guard.clone(), place));
            }
        }
    }
}

fn report(cx: &mut Context<'_, '_>, id: ResourceId, fixed: &Fixed, places: &[(Guard, Span)]) {
    let Some((_, first)) = places.first() else { return };
    let (noun, help) = match fixed.named {
        Named::Account => ("account", "use `${AWS::AccountId}`, or a parameter for the id of another account".to_owned()),
        Named::Region => ("region", "use `${AWS::Region}`".to_owned()),
        Named::Zone => ("availability zone", "use `!Select [0, !GetAZs \"\"]`".to_owned()),
        Named::Network(noun) => (noun, format!("take the {noun} from a parameter, or import it from the stack that makes it")),
    };
    let value = &fixed.value;
    let message = format!("resource `{}` names {noun} `{value}`", cx.inventory().logical_id(id));
    let others = places.iter().skip(1).filter(|(_, place)| place != first);
    let others: Vec<_> = others.map(|(_, place)| cx.inventory().evidence(id, *place, format!("`{value}` again"))).collect();
    let finding = Finding::new(id, *first, message)
        .when(&Guard::any(places.iter().map(|(guard, _)| guard.clone())))
        .label(format!("fits this {noun} only"))
        .because(others)
        .help(help)
        .atom(format!("{value}"));
    cx.report(finding);
}
