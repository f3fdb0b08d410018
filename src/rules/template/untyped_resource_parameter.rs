//! Parameters that take ids have the type of these ids.

use crate::aws::EACH;
use crate::aws::parameter_types::{self, TYPED_PROPERTIES, TypedProperty, may_be_default};
use crate::cfn::{Owner, Parameter, ParameterKind, Reference, ReferenceKind};
use crate::diag::Severity;
use crate::facts::Inventory;
use crate::project::{Child, ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};
use crate::source::{Span, Str};
use crate::yaml::{Function, Node};

/// See the module.
pub static RULE: Rule = Rule {
    name: "untyped-resource-parameter",
    summary: "parameters that take ids have the type of these ids",
    docs: Docs {
        why: "CloudFormation looks up the value of a parameter such as `AWS::EC2::VPC::Id` before it touches anything, and \
              the console offers what there is. A wrong id in a `String` fails in the middle of the deployment.",
        decides: "Looks at parameters of root stacks of type `String`, `CommaDelimitedList` or `List<String>` that are \
                  nothing but referred to where a VPC, subnets, security groups, a key pair or a hosted zone belong, \
                  directly or through the parameters of nested stacks. Parameters that may be empty, that conditions \
                  look at, or whose default is no such id pass: the types take no stand-ins. Parameters of nested \
                  stacks get their values from the parent and pass. The rule is never undetermined.",
        fix: "Give the parameter the type in the help text. Values that are right stay as they are.",
        safety: Safety::Safe,
    },
    category: Category::Template,
    severity: Severity::Info,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html",
    options: &[],
    check: Check::Native(check),
};

/// Stacks that a parameter is followed down into; CloudFormation's own nesting is not limited, real ones are three deep.
const MAX_FOLLOWED: usize = 16;

/// A use of a parameter where an id belongs.
struct Wanted {
    parameter_type: String,
    resource: ResourceId,
    property: Str,
    place: Span,
}

fn check(cx: &mut Context<'_, '_>) {
    let project = cx.inventory().project();
    for stack in project.stack_ids().filter(|stack| project.stack(*stack).parent.is_none()) {
        for parameter in project.template(stack).parameters.values() {
            let is_untyped = matches!(&*parameter.type_name, "String" | "CommaDelimitedList" | "List<String>");
            if is_untyped && let Some(finding) = judge(cx, stack, parameter) {
                cx.report(finding);
            }
        }
    }
}

fn judge(cx: &Context<'_, '_>, stack: StackId, parameter: &Parameter) -> Option<Finding> {
    let inventory = cx.inventory();
    let mut wanted = Vec::new();
    let mut is_optional = false;
    uses(inventory, stack, &parameter.name.text, 0, &mut wanted, &mut is_optional);
    // The order of declarations does not choose what the message names.
    wanted.sort_by(|a, b| {
        let name = |used: &Wanted| (inventory.logical_id(used.resource).clone(), used.property.clone());
        name(a).cmp(&name(b))
    });
    let first = wanted.first()?;
    let is_one_type = wanted.iter().all(|other| other.parameter_type == first.parameter_type);
    let default = parameter.default.as_ref();
    let fits = default.is_none_or(|default| may_be_default(&first.parameter_type, &default.text));
    if is_optional || !is_one_type || !fits || parameter.allowed.iter().any(|value| value.is_empty()) {
        return None;
    }
    let (name, wanted_type) = (&parameter.name.text, &first.parameter_type);
    let message = format!(
        "`{}` of `{}` comes from parameter `{name}`, whose type is a plain `{}`",
        first.property,
        inventory.logical_id(first.resource),
        parameter.type_name
    );
    let evidence = wanted.iter().map(|used| {
        let text = format!("used as `{}` of `{}`", used.property, inventory.logical_id(used.resource));
        inventory.evidence(used.resource, used.place, text)
    });
    let finding = Finding::at(parameter.name.span, message)
        .label("any text passes for a value")
        .because(evidence)
        .help(format!("make it `{wanted_type}`, so that CloudFormation checks the value before it starts"))
        .atom(&**name);
    Some(finding)
}

/// Collects where a parameter stands for ids, in its stack and in the nested ones it is handed to.
fn uses(
    inventory: &Inventory<'_>,
    stack: StackId,
    name: &str,
    depth: usize,
    wanted: &mut Vec<Wanted>,
    is_optional: &mut bool,
) {
    let template = inventory.project().template(stack);
    let references = template.references.to(name);
    for reference in references.filter(|used| used.kind == ReferenceKind::Ref) {
        match reference.owner {
            Owner::Condition(_) | Owner::Rule(_) => *is_optional = true,
            Owner::Output(_) => {}
            Owner::Resource(index) => {
                let id = ResourceId { stack, index };
                if inventory.project().resource(id).is_nested_stack() {
                    handed(inventory, id, reference, depth, wanted, is_optional);
                } else {
                    property(inventory, id, reference, name, wanted);
                }
            }
        }
    }
}

/// A parameter that is an argument of a nested stack, as it stands.
fn handed(
    inventory: &Inventory<'_>,
    nested: ResourceId,
    reference: &Reference,
    depth: usize,
    wanted: &mut Vec<Wanted>,
    is_optional: &mut bool,
) {
    let arguments = inventory.project().resource(nested).arguments();
    let arguments = arguments.and_then(|entry| entry.value.as_mapping());
    let argument = arguments.into_iter().flatten().find(|entry| entry.value.span == reference.span);
    let (Some(argument), Some(Child::Stack { id: child, .. })) = (argument, inventory.eval.child(nested)) else {
        return;
    };
    let Some(parameter) = inventory.project().template(*child).parameters.get(&argument.key) else {
        return;
    };
    if parameter_types::named(&parameter.type_name).is_some_and(|named| !named.is_list) {
        wanted.push(Wanted {
            parameter_type: parameter.type_name.to_string(),
            resource: nested,
            property: argument.key.clone(),
            place: argument.value.span,
        });
    } else if depth < MAX_FOLLOWED && parameter.kind == ParameterKind::Text {
        uses(inventory, *child, &argument.key, depth + 1, wanted, is_optional);
    }
}

/// A parameter that is a property, or an element of one.
fn property(
    inventory: &Inventory<'_>,
    id: ResourceId,
    reference: &Reference,
    name: &str,
    wanted: &mut Vec<Wanted>,
) {
    let resource = inventory.project().resource(id);
    let is_list = inventory
        .project()
        .template(id.stack)
        .parameters
        .get(name)
        .is_some_and(|parameter| parameter.kind == ParameterKind::List);
    let of_type = |typed: &&TypedProperty| typed.type_name == &*resource.type_name.text;
    for typed in TYPED_PROPERTIES.iter().filter(of_type) {
        let Some(properties) = &resource.properties else { return };
        let mut places = Vec::new();
        values(properties, typed.path, typed.is_list && !is_list, &mut places);
        if places.contains(&reference.span) && (typed.is_list || !is_list) {
            let one = typed.parameter_type;
            wanted.push(Wanted {
                parameter_type: if is_list { format!("List<{one}>") } else { one.to_owned() },
                resource: id,
                property: typed.path.iter().rev().find(|key| **key != EACH).map_or("", |key| key).into(),
                place: reference.span,
            });
        }
    }
}

/// The places of the values at a path, with those in the branches of `Fn::If`; of a list its elements, where they are
/// wanted, and otherwise the value as a whole.
fn values(node: &Node, path: &[&str], in_list: bool, out: &mut Vec<Span>) {
    if let Some(call) = node.as_call()
        && call.function == Function::If
        && let Some([_, yes, no]) = call.argument.as_sequence()
    {
        values(yes, path, in_list, out);
        values(no, path, in_list, out);
        return;
    }
    match path {
        [EACH, rest @ ..] => {
            let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
            items.iter().for_each(|item| values(item, rest, in_list, out));
        }
        [key, rest @ ..] => {
            if let Some(inner) = node.get(key) {
                values(inner, rest, in_list, out);
            }
        }
        [] if in_list => {
            let items = node.as_sequence().into_iter().flatten();
            items.for_each(|item| values(item, &[], false, out));
        }
        [] => out.push(node.span),
    }
}
