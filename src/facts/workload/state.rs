//! Tasks that Step Functions run: states whose resource is `arn:…:states:::ecs:runTask`.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html>

use indexmap::IndexMap;

use super::{Carrier, Interface, Launch, Workload, WorkloadKind};
use crate::aws::triggers::{ServerlessStateMachine, StateMachine, run_task};
use crate::eval::{Case, Cases, Guard, Known, Part, Text, Unknown, Value};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::{Span, Str};

/// Deepest nesting of a definition; states nest by `Parallel` and `Map`, a few levels in practice.
const MAX_DEPTH: usize = 64;

/// First of the private-use characters that stand for the parts of a definition that are no characters.
const FIRST_PLACEHOLDER: u32 = 0xF_0000;

/// Most parts of a definition that are no characters; as many as one plane of private-use characters has.
const MAX_PLACEHOLDERS: usize = 0xFFFD;

/// A state machine's definition with the references in it kept.
struct Tree {
    value: Shape,
    span: Span,
}

enum Shape {
    Text(Text),
    List(Vec<Tree>),
    Map(Vec<(Str, Tree)>),
    Unknown(Unknown),
}

impl Tree {
    fn get(&self, key: &str) -> Option<&Tree> {
        match &self.value {
            Shape::Map(entries) => entries
                .iter()
                .find(|(name, _)| &**name == key)
                .map(|(_, tree)| tree),
            _ => None,
        }
    }

    fn at(&self, path: &[&str]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// True when the key is there, or is there as a path that is evaluated when the machine runs (`Key.$`).
    fn runtime(&self, key: &str) -> bool {
        self.get(&format!("{key}.$")).is_some()
    }
}

/// The workloads of state machines.
pub(super) fn workloads(inventory: &Inventory<'_>) -> Vec<Workload> {
    let eval = &inventory.eval;
    let mut out = Vec::new();
    for id in inventory.of_type(StateMachine::TYPE) {
        let view = StateMachine(*id);
        let substitutions = substitutions(inventory, view.substitutions(eval));
        definitions(inventory, *id, view.definition(eval), &substitutions, &mut out);
        for case in view.definition_string(eval) {
            let Value::Text(text) = &case.value else { continue };
            if let Some(tree) = parse(text, case.span, &substitutions) {
                states(inventory, *id, &case.guard, &tree, 0, &mut out);
            }
        }
    }
    for id in inventory.of_type(ServerlessStateMachine::TYPE) {
        let view = ServerlessStateMachine(*id);
        let substitutions = substitutions(inventory, view.substitutions(eval));
        definitions(inventory, *id, view.definition(eval), &substitutions, &mut out);
    }
    out
}

fn definitions<'a>(
    inventory: &Inventory<'a>,
    id: ResourceId,
    cases: Cases<'a>,
    substitutions: &IndexMap<Str, Text>,
    out: &mut Vec<Workload>,
) {
    for case in cases {
        if matches!(case.value, Value::Object(_)) {
            let guard = case.guard.clone();
            let tree = tree(
                inventory,
                vec![Case {
                    guard: Guard::True,
                    ..case
                }],
                substitutions,
                0,
            );
            states(inventory, id, &guard, &tree, 0, out);
        }
    }
}

/// `DefinitionSubstitutions` whose value is the same in every world.
fn substitutions<'a>(inventory: &Inventory<'a>, cases: Cases<'a>) -> IndexMap<Str, Text> {
    let mut out = IndexMap::new();
    for case in cases {
        let Value::Object(object) = &case.value else {
            continue;
        };
        for entry in object.node.as_mapping().unwrap_or(&[]) {
            if let [
                Case {
                    value: Value::Text(text),
                    ..
                },
            ] = inventory.eval.value(object.stack, &entry.value).as_slice()
            {
                out.insert(entry.key.clone(), inventory.identity(text));
            }
        }
    }
    out
}

/// A definition given as a mapping.
fn tree<'a>(
    inventory: &Inventory<'a>,
    cases: Cases<'a>,
    substitutions: &IndexMap<Str, Text>,
    depth: usize,
) -> Tree {
    let [case] = cases.as_slice() else {
        let span = cases
            .first()
            .map_or(Span::new(crate::source::FileId(0), 0, 0), |case| case.span);
        return Tree {
            value: Shape::Unknown(Unknown::Function("Fn::If in a definition".into())),
            span,
        };
    };
    let below = |cases| tree(inventory, cases, substitutions, depth + 1);
    let value = match &case.value {
        _ if depth > MAX_DEPTH => Shape::Unknown(Unknown::Limit("MAX_DEPTH")),
        Value::Text(text) => Shape::Text(substituted(&inventory.identity(text), substitutions)),
        Value::List(elements) => Shape::List(
            elements
                .iter()
                .map(|element| below(vec![element.clone()]))
                .collect(),
        ),
        Value::Object(object) => {
            let entries = object.node.as_mapping().unwrap_or(&[]).iter();
            let entry = |entry: &'a crate::yaml::Entry| {
                (
                    entry.key.clone(),
                    below(inventory.eval.value(object.stack, &entry.value)),
                )
            };
            Shape::Map(entries.map(entry).collect())
        }
        Value::Unknown(reason) => Shape::Unknown(reason.clone()),
        Value::Absent => Shape::List(Vec::new()),
    };
    Tree {
        value,
        span: case.span,
    }
}

/// Replaces `${name}` by the substitution of that name.
fn substituted(text: &Text, substitutions: &IndexMap<Str, Text>) -> Text {
    let mut out = Text::default();
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            out.push(part.clone());
            continue;
        };
        for piece in crate::cfn::substitutions(literal) {
            match piece {
                crate::cfn::Substitution::Literal(text) => out.push(Part::Literal(text.into())),
                crate::cfn::Substitution::Variable(name) => match substitutions.get(name) {
                    Some(value) => out.append(value),
                    None => out.push(Part::Literal(format!("${{{name}}}").into())),
                },
            }
        }
    }
    out
}

/// A definition given as JSON text: every part that is no characters stands in it as one private-use character.
fn parse(text: &Text, span: Span, substitutions: &IndexMap<Str, Text>) -> Option<Tree> {
    let mut json = String::new();
    let mut held: Vec<Part> = Vec::new();
    for part in text.parts() {
        match part {
            Part::Literal(text) => json.push_str(text),
            part => {
                let placeholder = (held.len() < MAX_PLACEHOLDERS)
                    .then(|| char::from_u32(FIRST_PLACEHOLDER + held.len() as u32))
                    .flatten()?;
                json.push(placeholder);
                held.push(part.clone());
            }
        }
    }
    let value: serde_json::Value = serde_json::from_str(&json).ok()?;
    Some(from_json(&value, span, &held, substitutions))
}

fn from_json(
    value: &serde_json::Value,
    span: Span,
    held: &[Part],
    substitutions: &IndexMap<Str, Text>,
) -> Tree {
    let below = |value| from_json(value, span, held, substitutions);
    let value = match value {
        serde_json::Value::String(text) => Shape::Text(substituted(&restored(text, held), substitutions)),
        serde_json::Value::Array(items) => Shape::List(items.iter().map(below).collect()),
        serde_json::Value::Object(entries) => Shape::Map(
            entries
                .iter()
                .map(|(key, value)| (key.as_str().into(), below(value)))
                .collect(),
        ),
        other => Shape::Text(Text::literal(other.to_string())),
    };
    Tree { value, span }
}

/// A JSON text with its placeholders turned back into parts.
fn restored(text: &str, held: &[Part]) -> Text {
    let mut out = Text::default();
    for c in text.chars() {
        let index = (c as u32)
            .checked_sub(FIRST_PLACEHOLDER)
            .and_then(|index| held.get(index as usize));
        out.push(match index {
            Some(part) => part.clone(),
            None => Part::Literal(c.to_string().into()),
        });
    }
    out
}

/// Finds the states that run ECS tasks, nested ones included.
fn states(
    inventory: &Inventory<'_>,
    id: ResourceId,
    guard: &Guard,
    tree: &Tree,
    depth: usize,
    out: &mut Vec<Workload>,
) {
    if depth > MAX_DEPTH {
        return;
    }
    match &tree.value {
        Shape::Map(entries) => {
            if runs_task(tree) {
                out.push(workload(inventory, id, guard, tree));
            }
            entries
                .iter()
                .for_each(|(_, tree)| states(inventory, id, guard, tree, depth + 1, out));
        }
        Shape::List(items) => items
            .iter()
            .for_each(|tree| states(inventory, id, guard, tree, depth + 1, out)),
        Shape::Text(_) | Shape::Unknown(_) => {}
    }
}

fn runs_task(tree: &Tree) -> bool {
    let Some(Tree {
        value: Shape::Text(resource),
        ..
    }) = tree.get(run_task::RESOURCE)
    else {
        return false;
    };
    resource
        .parts()
        .iter()
        .any(|part| matches!(part, Part::Literal(text) if text.contains(run_task::SERVICE)))
}

fn workload(inventory: &Inventory<'_>, id: ResourceId, guard: &Guard, state: &Tree) -> Workload {
    let empty = Tree {
        value: Shape::Map(Vec::new()),
        span: state.span,
    };
    let parameters = run_task::PARAMETERS
        .iter()
        .find_map(|key| state.get(key))
        .unwrap_or(&empty);
    let one = |key: &str| -> Vec<Case<Known<Text>>> {
        if parameters.runtime(key) {
            return vec![Case::new(
                Known::Unknown(decided_at_run_time(key)),
                parameters.span,
            )];
        }
        let absent = || vec![Case::new(Known::Absent, parameters.span)];
        parameters
            .get(key)
            .map_or_else(absent, |tree| known(inventory, tree))
    };
    let launch = one(run_task::LAUNCH_TYPE).into_iter().map(|case| {
        let launch = match &case.value {
            Known::Value(text) => match text.as_literal().as_deref() {
                Some("FARGATE") => Known::Value(Launch::Fargate),
                Some("EXTERNAL") => Known::Value(Launch::External),
                Some(_) => Known::Value(Launch::Ec2),
                None => Known::Unknown(inventory.unknown_identity(text)),
            },
            Known::Absent => Known::Absent,
            Known::Unknown(reason) => Known::Unknown(reason.clone()),
        };
        case.with(launch)
    });
    let network = parameters.at(run_task::NETWORK);
    let mut unplaced = Vec::new();
    if network.is_none() {
        let outer = run_task::NETWORK.first().copied().unwrap_or_default();
        unplaced.push(Case::new(decided_at_run_time(outer), parameters.span));
    }
    Workload {
        id,
        kind: WorkloadKind::State,
        guard: guard.clone(),
        place: state.span,
        cluster: one(run_task::CLUSTER),
        task_definitions: one(run_task::TASK_DEFINITION),
        launch: launch.collect(),
        launch_type: Vec::new(),
        capacity: Vec::new(),
        network: Vec::new(),
        interfaces: network
            .map(|network| interface(inventory, network))
            .into_iter()
            .collect(),
        unplaced,
        bindings: Vec::new(),
        unbound: Vec::new(),
    }
}

fn interface(inventory: &Inventory<'_>, network: &Tree) -> Interface {
    let list = |key: &str| -> (Vec<Case<Known<Text>>>, Span) {
        if network.runtime(key) {
            return (
                vec![Case::new(Known::Unknown(decided_at_run_time(key)), network.span)],
                network.span,
            );
        }
        match network.get(key) {
            Some(Tree {
                value: Shape::List(items),
                span,
            }) => (
                items.iter().flat_map(|item| known(inventory, item)).collect(),
                *span,
            ),
            Some(tree) => (known(inventory, tree), tree.span),
            None => (Vec::new(), network.span),
        }
    };
    let (subnets, subnets_span) = list(run_task::SUBNETS);
    let (groups, groups_span) = list(run_task::SECURITY_GROUPS);
    let public_ip = match network.get(run_task::ASSIGN_PUBLIC_IP) {
        None if network.runtime(run_task::ASSIGN_PUBLIC_IP) => {
            vec![Case::new(
                Known::Unknown(decided_at_run_time(run_task::ASSIGN_PUBLIC_IP)),
                network.span,
            )]
        }
        None => vec![Case::new(Known::Absent, network.span)],
        Some(tree) => known(inventory, tree)
            .iter()
            .map(|case| enabled(inventory, case))
            .collect(),
    };
    Interface {
        guard: Guard::True,
        carrier: Carrier::Task,
        no_groups: if groups.is_empty() {
            Guard::True
        } else {
            Guard::False
        },
        subnets,
        groups,
        public_ip,
        subnets_span,
        groups_span,
    }
}

fn enabled(inventory: &Inventory<'_>, case: &Case<Known<Text>>) -> Case<Known<bool>> {
    let value = match &case.value {
        Known::Value(text) => match text.as_literal().as_deref() {
            Some("ENABLED") => Known::Value(true),
            Some("DISABLED") => Known::Value(false),
            _ => Known::Unknown(inventory.unknown_identity(text)),
        },
        Known::Absent => Known::Absent,
        Known::Unknown(reason) => Known::Unknown(reason.clone()),
    };
    case.with(value)
}

/// The cases of a text of the definition; parameters stand for the values there is evidence for.
fn known(inventory: &Inventory<'_>, tree: &Tree) -> Vec<Case<Known<Text>>> {
    let text = match &tree.value {
        Shape::Text(text) => text,
        Shape::Unknown(reason) => return vec![Case::new(Known::Unknown(reason.clone()), tree.span)],
        Shape::List(_) | Shape::Map(_) => {
            let reason = Unknown::Malformed("a list or mapping where text belongs".into());
            return vec![Case::new(Known::Unknown(reason), tree.span)];
        }
    };
    let concrete = inventory
        .eval
        .concrete(&Case::new(text.clone(), tree.span))
        .into_iter();
    let cases = concrete.map(|case| {
        let value = match case.value.as_part() {
            Some(Part::Unknown(reason)) => Known::Unknown(reason.clone()),
            _ if case.value.prefix().starts_with("$.") || case.value.prefix().starts_with("{%") => {
                Known::Unknown(decided_at_run_time(case.value.prefix()))
            }
            _ => Known::Value(inventory.identity(&case.value)),
        };
        case.with(value)
    });
    cases.collect()
}

fn decided_at_run_time(what: &str) -> Unknown {
    Unknown::Dynamic(format!("{what} of the state").into())
}
