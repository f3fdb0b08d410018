//! Names that a template uses are declared in it.

use rustc_hash::FxHashMap;

use crate::aws::attributes;
use crate::aws::is_expanded;
use crate::cfn::{Owner, PSEUDO_PARAMETERS, Reference, ReferenceKind, Template, spellings};
use crate::diag::{Severity, nearest};
use crate::eval::{Case, Unknown};
use crate::project::{ResourceId, StackId};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Sources, Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unresolved-reference",
    summary: "names that a template uses are declared in it",
    docs: Docs {
        why: "CloudFormation rejects a template that names a parameter, resource, condition, mapping or attribute that \
              does not exist, so nothing of it is deployed.",
        decides: "Looks at every `Ref`, `Fn::GetAtt`, `Fn::Sub`, `DependsOn`, `Condition`, `Fn::If` and `Fn::FindInMap`. \
                  Attributes are judged for common ECS, EC2, load balancing, IAM and log types only. Where a macro or \
                  an open loop may declare more names the rule is undetermined; names that the serverless transform \
                  makes from its own resources are let pass.",
        fix: "Mend the name, or declare what it refers to. What lies in another stack comes in as a parameter or by \
              `Fn::ImportValue`.",
        safety: Safety::Advice,
    },
    category: Category::Template,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E1010", "E1011", "E1019", "E1020", "E3005", "E3015", "E6005", "E8002"],
    aws_page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    let project = cx.inventory().project();
    // Stacks of one template find the same; what they say is merged.
    for stack in project.stack_ids() {
        let template = project.template(stack);
        let mut spelled = Spelled::default();
        for reference in template.references.iter() {
            if let Some(fault) = fault(template, reference) {
                let places = spelled.places(&project.sources, reference);
                report(cx, stack, template, reference, fault, places);
            }
        }
    }
}

/// What is wrong with a reference.
struct Fault {
    message: String,
    label: String,
    help: String,
    /// True when a macro may mend it by a declaration of its own.
    is_undeclared: bool,
}

fn fault(template: &Template, reference: &Reference) -> Option<Fault> {
    let name = &reference.name;
    let is_resource = template.resources.contains_key(name);
    let is_declared = match &reference.kind {
        ReferenceKind::Ref => is_resource || template.parameters.contains_key(name),
        ReferenceKind::GetAtt(attribute) if is_resource => {
            return attribute_fault(template, reference, attribute);
        }
        ReferenceKind::GetAtt(_) | ReferenceKind::DependsOn => is_resource,
        ReferenceKind::Condition => template.conditions.contains_key(name),
        ReferenceKind::Mapping => template.mappings.contains_key(name),
    };
    if is_declared || is_generated(template, name) {
        return None;
    }
    let owner = owner(template, reference.owner);
    let (message, wanted) = match &reference.kind {
        ReferenceKind::Ref => (
            format!("{owner} refers to `{name}`, which is neither a parameter nor a resource of the template"),
            "parameter or resource",
        ),
        ReferenceKind::GetAtt(attribute) => (
            format!("{owner} reads `{name}.{attribute}`, but `{name}` is no resource of the template"),
            "resource",
        ),
        ReferenceKind::DependsOn => (
            format!("{owner} depends on `{name}`, which is no resource of the template"),
            "resource",
        ),
        ReferenceKind::Condition => (
            format!("{owner} uses condition `{name}`, which the template does not declare"),
            "condition",
        ),
        ReferenceKind::Mapping => (
            format!("{owner} looks up mapping `{name}`, which the template does not declare"),
            "mapping",
        ),
    };
    let help = match (section_of(template, name), nearest(name, candidates(template, &reference.kind))) {
        (Some(section), _) => format!("`{name}` is a {section}; a {wanted} belongs here"),
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => format!("declare a {wanted} named `{name}`, or mend the name"),
    };
    Some(Fault {
        message,
        label: format!("no such {wanted}"),
        help,
        is_undeclared: true,
    })
}

fn attribute_fault(template: &Template, reference: &Reference, attribute: &str) -> Option<Fault> {
    let type_name = &template.resources.get(&reference.name)?.type_name.text;
    // An attribute given by a function is empty here.
    if attribute.is_empty() || attributes::may_have(type_name, attribute) {
        return None;
    }
    let known = attributes::of_type(type_name)?;
    let help = match nearest(attribute, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its attributes: {}", known.join(", ")),
    };
    Some(Fault {
        message: format!(
            "{} reads `{}.{attribute}`, but `{type_name}` has no attribute `{attribute}`",
            owner(template, reference.owner),
            reference.name
        ),
        label: "no such attribute".to_owned(),
        help,
        is_undeclared: false,
    })
}

/// The section that declares a name which does not belong where it is used.
fn section_of(template: &Template, name: &Str) -> Option<&'static str> {
    let sections = [
        (template.resources.contains_key(name), "resource"),
        (template.parameters.contains_key(name), "parameter"),
        (template.conditions.contains_key(name), "condition"),
        (template.mappings.contains_key(name), "mapping"),
    ];
    sections
        .into_iter()
        .find(|(declares, _)| *declares)
        .map(|(_, section)| section)
}

/// The names that could have been meant.
fn candidates<'t>(template: &'t Template, kind: &ReferenceKind) -> Vec<&'t str> {
    let resources = template.resources.keys().map(|name| &**name);
    match kind {
        ReferenceKind::Ref => resources
            .chain(template.parameters.keys().map(|name| &**name))
            .chain(PSEUDO_PARAMETERS.iter().copied())
            .collect(),
        ReferenceKind::GetAtt(_) | ReferenceKind::DependsOn => resources.collect(),
        ReferenceKind::Condition => template.conditions.keys().map(|name| &**name).collect(),
        ReferenceKind::Mapping => template.mappings.keys().map(|name| &**name).collect(),
    }
}

/// True for names that are made from the names of declared resources: by the serverless transform
/// (`FunctionRole`, `Function.Version`, `ServerlessRestApi`) and by modules (`ModuleResource`, `Module.Resource`).
/// <https://github.com/aws/serverless-application-model/blob/develop/docs/internals/generated_resources.rst>
fn is_generated(template: &Template, name: &str) -> bool {
    let makers = template.resources.values().filter(|resource| is_expanded(&resource.type_name.text));
    let mut makers = makers.peekable();
    if makers.peek().is_none() {
        return false;
    }
    let is_shared = name.starts_with("Serverless") || name == "CodeDeployServiceRole";
    is_shared || makers.any(|maker| name.starts_with(&*maker.id.text))
}

/// The macro or loop that may declare further names.
fn open_because(template: &Template) -> Option<Str> {
    const MACRO: &str = "Fn::Transform";
    let has_macro = template.mappings.contains_key(MACRO)
        || template.conditions.contains_key(MACRO)
        || template.parameters.contains_key(MACRO);
    template.open_because().or_else(|| has_macro.then(|| MACRO.into()))
}

/// What a reference stands in, for messages.
fn owner(template: &Template, owner: Owner) -> String {
    let named = |section: &str, name: Option<&Str>| match name {
        Some(name) => format!("{section} `{name}`"),
        None => format!("a {section}"),
    };
    match owner {
        Owner::Condition(index) => {
            named("condition", template.condition_at(index).map(|(name, _)| name))
        }
        Owner::Rule(_) => "the Rules section".to_owned(),
        Owner::Resource(index) => {
            named("resource", template.resource_at(index).map(|(name, _)| name))
        }
        Owner::Output(index) => named("output", template.output_at(index).map(|(name, _)| name)),
    }
}

fn report(cx: &mut Context<'_, '_>, stack: StackId, template: &Template, reference: &Reference, fault: Fault, places: Vec<Span>) {
    // Conditions do not matter: CloudFormation checks the names of resources that it will not create, too.
    let subject = match reference.owner {
        Owner::Resource(index) => Some(ResourceId { stack, index }),
        _ => None,
    };
    if let Some(name) = open_because(template).filter(|_| fault.is_undeclared) {
        let message = format!("whether `{}` is declared", reference.name);
        let reason = Unknown::Macro(name);
        match subject {
            Some(subject) => cx.ask(Question {
                subject,
                place: reference.span,
                message,
                open: vec![Case::new(reason, reference.span)],
            }),
            None => cx.ask_at(reference.span, message, &reason),
        }
        return;
    }
    // Shell variables are the commonest thing in a `Fn::Sub` that was never meant as a name of the template.
    let help = if fault.is_undeclared && places != [reference.span] {
        format!("{}; for the characters themselves write `${{!{}}}`", fault.help, reference.name)
    } else {
        fault.help
    };
    for place in places {
        let finding = match subject {
            Some(subject) => Finding::new(subject, place, fault.message.as_str()),
            None => Finding::at(place, fault.message.as_str()),
        };
        cx.report(
            finding
                .label(fault.label.as_str())
                .help(help.as_str())
                .atom(&*reference.name),
        );
    }
}

/// The variables of the `Fn::Sub` that was looked at last: its references follow each other.
#[derive(Default)]
struct Spelled<'s> {
    function: Option<Span>,
    variables: FxHashMap<&'s str, Vec<Span>>,
}

impl<'s> Spelled<'s> {
    /// Where a name stands: every `${Name}` of a `Fn::Sub` that spells it, else the function.
    fn places(&mut self, sources: &'s Sources, reference: &Reference) -> Vec<Span> {
        let span = reference.span;
        if self.function != Some(span) {
            self.function = Some(span);
            self.variables = spellings(sources.text(span), span);
        }
        let found = match &reference.kind {
            ReferenceKind::GetAtt(attribute) => {
                self.variables.get(format!("{}.{attribute}", reference.name).as_str())
            }
            _ => self.variables.get(&*reference.name),
        };
        found.cloned().unwrap_or_else(|| vec![span])
    }
}
