//! What a template refers to, with when: a branch of `Fn::If` that is not taken refers to nothing.

use crate::cfn::{Output, Owner, Resource, spellings, static_text, variables};
use crate::eval::{Evaluator, Guard};
use crate::project::StackId;
use crate::source::{Span, Str};
use crate::yaml::{Call, Function, Node};

/// A place that refers to something.
#[derive(Clone, Debug)]
pub struct Use<'a> {
    /// The declaration it stands in.
    pub owner: Owner,
    /// When it is evaluated: the branches it stands in, and the condition of an output. The presence of a resource is
    /// left out.
    pub guard: Guard,
    /// What it refers to.
    pub of: Referent<'a>,
    /// The function, or the `${Name}` inside of one.
    pub place: Span,
}

/// What is referred to.
#[derive(Clone, Debug)]
pub enum Referent<'a> {
    /// A parameter or a resource, by `Ref`.
    Name(Str),
    /// An attribute of a resource.
    Attribute(Str, Str),
    /// A resource that must exist before.
    Order(Str),
    /// An export; the node is its name.
    Export(&'a Node),
}

impl Referent<'_> {
    /// The name in the template.
    pub fn name(&self) -> Option<&Str> {
        match self {
            Referent::Name(name) | Referent::Attribute(name, _) | Referent::Order(name) => Some(name),
            Referent::Export(_) => None,
        }
    }
}

/// Everything that the resources and outputs of a stack's template refer to, in document order.
pub fn uses<'a>(eval: &Evaluator<'a>, stack: StackId) -> Vec<Use<'a>> {
    let template = eval.project().template(stack);
    let mut walk = Walk::new(eval, stack);
    for (index, resource) in (0..).zip(template.resources.values()) {
        walk.resource(index, resource);
    }
    for (index, output) in (0..).zip(template.outputs.values()) {
        walk.output(index, output);
    }
    walk.found
}

/// The exports that a stack's template refers to, with the names that stand for them, in document order.
pub fn imports<'a>(eval: &Evaluator<'a>, stack: StackId) -> Vec<(Use<'a>, &'a Node)> {
    let template = eval.project().template(stack);
    let mut walk = Walk::new(eval, stack);
    for owner in &template.importing {
        match owner {
            Owner::Resource(index) => {
                let resource = template.resource_at(*index);
                resource.into_iter().for_each(|(_, it)| walk.resource(*index, it));
            }
            Owner::Output(index) => {
                let output = template.output_at(*index);
                output.into_iter().for_each(|(_, it)| walk.output(*index, it));
            }
            Owner::Condition(_) | Owner::Rule(_) => {}
        }
    }
    let exports = walk.found.into_iter().filter_map(|used| match used.of {
        Referent::Export(name) => Some((used, name)),
        _ => None,
    });
    exports.collect()
}

struct Walk<'e, 'a> {
    eval: &'e Evaluator<'a>,
    stack: StackId,
    owner: Owner,
    found: Vec<Use<'a>>,
}

impl<'e, 'a> Walk<'e, 'a> {
    fn new(eval: &'e Evaluator<'a>, stack: StackId) -> Self {
        Self {
            eval,
            stack,
            owner: Owner::Output(0),
            found: Vec::new(),
        }
    }

    fn resource(&mut self, index: u32, resource: &'a Resource) {
        self.owner = Owner::Resource(index);
        for name in &resource.depends_on {
            self.push(Referent::Order(name.text.clone()), name.span, &Guard::True);
        }
        for node in resource.properties.iter().chain(resource.metadata.as_deref()) {
            self.node(node, &Guard::True);
        }
    }

    fn output(&mut self, index: u32, output: &'a Output) {
        self.owner = Owner::Output(index);
        let condition = output.condition.as_ref();
        let guard = condition.map_or(Guard::True, |name| self.eval.condition(self.stack, &name.text));
        for node in output.value.iter().chain(&output.export) {
            self.node(node, &guard);
        }
    }

    fn push(&mut self, of: Referent<'a>, place: Span, guard: &Guard) {
        self.found.push(Use {
            owner: self.owner,
            guard: guard.clone(),
            of,
            place,
        });
    }

    fn node(&mut self, node: &'a Node, guard: &Guard) {
        if let Some(call) = node.as_call() {
            match (&call.function, call.argument.as_sequence()) {
                (Function::If, Some([condition, yes, no])) => {
                    if let Some(name) = condition.as_text() {
                        let taken = self.eval.condition(self.stack, name);
                        self.node(yes, &guard.and(&taken));
                        self.node(no, &guard.and(&taken.negated()));
                    }
                    return;
                }
                (Function::Ref, _) => {
                    if let Some(name) = static_text(&call.argument) {
                        self.push(Referent::Name(name), node.span, guard);
                    }
                }
                (Function::GetAtt, Some([resource, attribute])) => {
                    if let Some(resource) = static_text(resource) {
                        // An attribute given by a function is empty here.
                        let attribute = static_text(attribute).unwrap_or_default();
                        self.push(Referent::Attribute(resource, attribute), node.span, guard);
                    }
                }
                (Function::Sub, _) => self.substitution(call, node.span, guard),
                (Function::ImportValue, _) => {
                    self.push(Referent::Export(&call.argument), node.span, guard);
                }
                _ => {}
            }
        }
        for child in node.children() {
            self.node(child, guard);
        }
    }

    fn substitution(&mut self, call: &'a Call, span: Span, guard: &Guard) {
        let spelled = spellings(self.eval.project().sources.text(span), span);
        for name in variables(&call.argument) {
            let place = spelled.get(name).and_then(|places| places.first());
            let of = match name.split_once('.') {
                Some((resource, attribute)) => Referent::Attribute(resource.into(), attribute.into()),
                None => Referent::Name(name.into()),
            };
            self.push(of, place.copied().unwrap_or(span), guard);
        }
    }
}
