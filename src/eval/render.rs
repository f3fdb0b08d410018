//! Values in words for people.

use super::guard::{Choice, Unit};
use super::text::Text;
use super::value::{ExitKind, Part, Unknown};
use super::{Equality, Evaluator, Guard, Scope, Var, World};
use crate::diag::Reason;
use crate::project::ResourceId;
use crate::source::Str;

/// The types of parameters that hold what a network is made of, alone or in a list.
const NETWORK_TYPES: &[&str] = &["AWS::EC2::Subnet::Id", "AWS::EC2::VPC::Id"];

impl Evaluator<'_> {
    /// A text as a template would spell it: `arn:aws:s3:::${Bucket}/*`.
    pub fn render(&self, text: &Text) -> Str {
        let mut out = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(text) | Part::Dynamic(text) => out.push_str(text),
                Part::Attribute(resource, attribute) if &**attribute == "Ref" => {
                    out.push_str(&format!("${{{}}}", self.project.resource(*resource).id.text));
                }
                Part::Attribute(resource, attribute) => {
                    out.push_str(&format!(
                        "${{{}.{attribute}}}",
                        self.project.resource(*resource).id.text
                    ));
                }
                Part::Variable(var) => out.push_str(&format!("${{{}}}", var.name)),
                Part::Zone(index) => out.push_str(&format!("${{zone {index}}}")),
                Part::Unknown(_) => out.push_str("${?}"),
            }
        }
        out.into()
    }

    /// A resource by logical id, with the path of its stack where it is nested.
    pub fn name(&self, resource: ResourceId) -> Str {
        let id = &self.project.resource(resource).id.text;
        let path = &self.project.stack(resource.stack).path;
        if path.is_empty() {
            id.clone()
        } else {
            format!("{path}/{id}").into()
        }
    }

    /// The path of the template that declares a resource.
    fn file(&self, resource: ResourceId) -> &Str {
        let file = self.project.file(resource.stack);
        self.project.sources.get(file).path()
    }

    /// A variable with the path of its stack where it is nested.
    fn variable(&self, var: &Var) -> Str {
        match var.scope {
            Scope::Stack(stack) if !self.project.stack(stack).path.is_empty() => {
                format!("{}/{}", self.project.stack(stack).path, var.name).into()
            }
            Scope::Exporter => "the exporting stack".into(),
            _ => var.name.clone(),
        }
    }

    /// The choices of a world, each as `Name = value` or `Name is not value`, sorted by name. Values of `NoEcho`
    /// parameters are masked.
    pub fn world(&self, world: &World, formula: &Guard) -> Vec<String> {
        let choices = world.iter().map(|(unit, choice)| match (unit, choice) {
            (Unit::Var(var), Choice::Constant(value)) => {
                format!(
                    "{} = {}",
                    self.variable_among(var, world),
                    self.constant(var, value)
                )
            }
            (Unit::Var(var), _) => {
                format!(
                    "{} is not {}",
                    self.variable_among(var, world),
                    self.excluded(var, formula)
                )
            }
            (Unit::Opaque(_), Choice::Truth(truth)) => {
                format!("a comparison ecslint cannot see into is {truth}")
            }
            (Unit::Opaque(_), _) => "a comparison ecslint cannot see into".to_owned(),
        });
        choices.collect()
    }

    /// A variable as it is named in a world; with its template where parameters of two stacks have one name.
    fn variable_among(&self, var: &Var, world: &World) -> Str {
        let name = self.variable(var);
        let is_other =
            |unit: &Unit| matches!(unit, Unit::Var(other) if other != var && self.variable(other) == name);
        match var.scope {
            Scope::Stack(stack) if world.keys().any(is_other) => {
                let path = self.project.sources.get(self.project.file(stack)).path();
                format!("{name} ({path})").into()
            }
            _ => name,
        }
    }

    /// A guard in words: `Stage = prod and not (Size = small or Size = large)`. Values of `NoEcho` parameters are masked.
    pub fn guard(&self, guard: &Guard) -> String {
        match guard {
            Guard::True => "always".to_owned(),
            Guard::False => "never".to_owned(),
            Guard::Is(equality) => {
                let Equality { var, value } = &**equality;
                format!("{} = {}", self.variable(var), self.constant(var, value))
            }
            Guard::Same(pair) => {
                let [left, right] = &**pair;
                format!(
                    "{} has the value of {}",
                    self.variable(left),
                    self.variable(right)
                )
            }
            Guard::Opaque(_) => "a comparison ecslint cannot see into is true".to_owned(),
            Guard::Not(inner) => match &**inner {
                Guard::Is(equality) => {
                    let Equality { var, value } = &**equality;
                    format!("{} is not {}", self.variable(var), self.constant(var, value))
                }
                Guard::Opaque(_) => "a comparison ecslint cannot see into is false".to_owned(),
                inner => format!("not ({})", self.guard(inner)),
            },
            Guard::And(parts) => self.joined(parts, " and "),
            Guard::Or(parts) => self.joined(parts, " or "),
        }
    }

    /// The parts of a conjunction or disjunction, those of the other kind in parentheses.
    fn joined(&self, parts: &[Guard], word: &str) -> String {
        let part = |part: &Guard| match part {
            Guard::And(_) | Guard::Or(_) => format!("({})", self.guard(part)),
            _ => self.guard(part),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(word)
    }

    /// A constant that a variable is compared with.
    fn constant(&self, var: &Var, value: &str) -> String {
        match value {
            _ if self.is_secret(var) => "****".to_owned(),
            "" => "\"\"".to_owned(),
            _ => value.to_owned(),
        }
    }

    /// The constants that a formula compares a variable with, for "is not".
    fn excluded(&self, var: &Var, formula: &Guard) -> String {
        let mut constants: Vec<String> = Vec::new();
        formula.atoms(&mut |atom| {
            if let Guard::Is(equality) = atom
                && equality.var == *var
            {
                let shown = self.constant(var, &equality.value);
                if !constants.contains(&shown) {
                    constants.push(shown);
                }
            }
        });
        constants.sort();
        if constants.is_empty() {
            "equal to another parameter".to_owned()
        } else {
            constants.join(" or ")
        }
    }

    /// True when a parameter is the id of a subnet or a VPC: a value for it names a resource that no template declares.
    fn is_of_network(&self, var: &Var) -> bool {
        let Scope::Stack(stack) = var.scope else {
            return false;
        };
        let parameter = self.project.template(stack).parameters.get(&var.name);
        parameter.is_some_and(|parameter| {
            NETWORK_TYPES
                .iter()
                .any(|name| parameter.type_name.contains(name))
        })
    }

    fn is_secret(&self, var: &Var) -> bool {
        let Scope::Stack(stack) = var.scope else {
            return false;
        };
        self.project
            .template(stack)
            .parameters
            .get(&var.name)
            .is_some_and(|parameter| parameter.no_echo)
    }

    /// Why something is not known, and what would settle it.
    pub fn reason(&self, unknown: &Unknown) -> Reason {
        let (text, settle) = match unknown {
            Unknown::Parameter(var) | Unknown::Network(var) => match var.scope {
                Scope::Stack(stack)
                    if self.project.stack(stack).parent.is_none() && !var.name.starts_with("AWS::") =>
                {
                    (
                        format!("parameter `{}` has no value", self.variable(var)),
                        match matches!(unknown, Unknown::Network(_)) || self.is_of_network(var) {
                            true => format!(
                                "check it together with the template of the VPC, imported or passed by a parent, or \
                                 pass `--param {}=…`",
                                var.name
                            ),
                            false => format!(
                                "pass `--param {}=…`, or a parameter file with `--params`",
                                var.name
                            ),
                        },
                    )
                }
                Scope::Stack(_) => (
                    format!("`{}` has no value", self.variable(var)),
                    "check the root template with the parameters it is deployed with".to_owned(),
                ),
                _ => (
                    format!("`{}` is known only when the stack is deployed", var.name),
                    match &*var.name {
                        "AWS::Region" => "pass `--region`".to_owned(),
                        "AWS::AccountId" => "pass `--account`".to_owned(),
                        "AWS::Partition" => "pass `--partition`".to_owned(),
                        "AWS::StackName" => "pass `--stack-name`".to_owned(),
                        _ => "nothing in the templates can settle it".to_owned(),
                    },
                ),
            },
            Unknown::Import(name) => (
                format!("no loaded template exports `{name}`"),
                "check the template that exports it together with this one".to_owned(),
            ),
            Unknown::RivalExports(rivals) => (
                format!(
                    "several stacks could export `{}`: {}",
                    rivals.name,
                    rivals.candidates.join(", ")
                ),
                "check only the templates that are deployed together".to_owned(),
            ),
            Unknown::MissingTemplate(id) => (
                format!("the template of nested stack `{id}` is not loaded"),
                "check it together with this one, from the folder that holds both; of a URL, say with \
                 `--url-map` which folder it stands for"
                    .to_owned(),
            ),
            Unknown::NotFollowed(id) => (
                format!("nested stack `{id}` is left alone"),
                "leave out `--no-follow`".to_owned(),
            ),
            Unknown::MissingOutput(name) => (
                format!("`{name}` does not exist"),
                "add the output to the nested stack's template".to_owned(),
            ),
            Unknown::Macro(name) => (
                format!("macro `{name}` decides it"),
                "check the processed template (`aws cloudformation get-template --template-stage Processed`)"
                    .to_owned(),
            ),
            Unknown::Function(name) => (
                format!("`{name}` cannot be resolved here"),
                "write the value out, or pass it as a parameter".to_owned(),
            ),
            Unknown::Dynamic(text) => (
                format!("`{text}` is resolved when the stack is deployed"),
                "nothing in the templates can settle it".to_owned(),
            ),
            Unknown::Attribute(resource, attribute) => (
                format!(
                    "`{}.{attribute}` is known only when the stack is deployed",
                    self.name(*resource)
                ),
                "nothing in the templates can settle it".to_owned(),
            ),
            Unknown::External(id) => (
                format!("`{id}` is not declared in the loaded templates"),
                "check the template that declares it together with this one".to_owned(),
            ),
            Unknown::Unlisted(unlisted) => (
                format!(
                    "`{}` is not a {} that ecslint knows",
                    unlisted.name, unlisted.noun
                ),
                "check the name, or update ecslint".to_owned(),
            ),
            Unknown::Undeclared(name) => (
                format!("`{name}` is not declared"),
                "declare it, or mend the name".to_owned(),
            ),
            Unknown::Malformed(what) => (
                format!("{what} is not valid here"),
                "mend the template".to_owned(),
            ),
            Unknown::Limit(limit) => (
                format!("the analysis limit {limit} is reached"),
                "pass parameter values to narrow it down".to_owned(),
            ),
            Unknown::OpenWorld(exit) => (
                match exit.kind {
                    ExitKind::Output => format!(
                        "the id of `{}` leaves by output `{}`, so another stack may use it",
                        self.name(exit.resource),
                        exit.name
                    ),
                    ExitKind::Resource => format!(
                        "the id of `{}` is handed to `{}`, so something else may use it",
                        self.name(exit.resource),
                        exit.name
                    ),
                },
                "check all templates of the deployment together".to_owned(),
            ),
            Unknown::NamedBy(named) => (
                format!(
                    "{} `{}` ({}) names its service by parameter `{}`",
                    named.noun,
                    self.name(named.resource),
                    self.file(named.resource),
                    self.variable(&named.parameter)
                ),
                self.reason(&Unknown::Parameter(named.parameter.clone())).settle,
            ),
        };
        Reason { text, settle }
    }
}
