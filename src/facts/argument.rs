//! Arguments of nested stacks, and what the parameters they are for let pass.

use regex::bytes::{Regex, RegexBuilder};

use crate::cfn::{Parameter, ParameterKind, Template};
use crate::diag::nearest;
use crate::eval::{Evaluator, Guard, Part, Text};
use crate::project::StackId;
use crate::source::Str;
use crate::yaml::{Function, Node};

/// Most allowed values that a message lists.
const MAX_LISTED: usize = 8;

/// Bytes of a compiled pattern. Those of the field take a few thousand; repetitions of repetitions take any number in a few
/// characters, and a pattern is compiled for every stack that gives the parameter a value.
const MAX_PATTERN_BYTES: usize = 256 << 10;

/// True for a text that surely is one element of its own.
pub fn is_one_id(text: &Text) -> bool {
    matches!(text.as_part(), Some(Part::Literal(_) | Part::Attribute(..)))
}

/// What a parameter lets pass.
pub struct Constraint<'a> {
    parameter: &'a Parameter,
    /// `None` where there is none, where it needs what only Java's patterns have, such as look-ahead, or where it takes more
    /// than [`MAX_PATTERN_BYTES`]. Its classes are those of ASCII, as in Java.
    pattern: Option<Regex>,
}

impl<'a> Constraint<'a> {
    /// The constraint of a parameter.
    pub fn of(parameter: &'a Parameter) -> Self {
        let pattern = parameter.allowed_pattern.as_ref();
        Self {
            parameter,
            pattern: pattern.and_then(|pattern| {
                let mut builder = RegexBuilder::new(&format!("^(?:{pattern})$"));
                builder.unicode(false).size_limit(MAX_PATTERN_BYTES).build().ok()
            }),
        }
    }

    /// Why the parameter does not take a value, as a clause about the parameter, and what was meant instead.
    pub fn complaint(&self, value: &str) -> Option<(String, Option<String>)> {
        let Parameter { allowed, kind, .. } = self.parameter;
        if !allowed.is_empty() && !allowed.iter().any(|known| is_equal(*kind, known, value)) {
            let near = nearest(value, allowed.iter().map(|known| &**known));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            let complaint = if allowed.len() <= MAX_LISTED {
                let listed: Vec<String> = allowed.iter().map(|known| format!("`{known}`")).collect();
                format!("which allows only {}", listed.join(", "))
            } else {
                format!("which has {} allowed values and not this one", allowed.len())
            };
            return Some((complaint, help));
        }
        if self
            .pattern
            .as_ref()
            // Bytes are characters there; of other texts nothing is said.
            .is_some_and(|pattern| value.is_ascii() && !pattern.is_match(value.as_bytes()))
        {
            let pattern = self.parameter.allowed_pattern.as_deref().unwrap_or_default();
            return Some((format!("which does not match its pattern `{pattern}`"), None));
        }
        let is_number = *kind != ParameterKind::Number || value.trim().parse::<f64>().is_ok();
        (!is_number).then(|| ("which takes a number".to_owned(), None))
    }
}

fn is_equal(kind: ParameterKind, known: &str, value: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    known == value
        || kind == ParameterKind::Number && number(known).is_some_and(|known| number(value) == Some(known))
}

/// The branches of `Fn::If`, each with when it is taken.
pub fn branches<'a>(
    eval: &Evaluator<'a>,
    stack: StackId,
    node: &'a Node,
    guard: Guard,
) -> Vec<(Guard, &'a Node)> {
    let arguments = node
        .as_call()
        .filter(|call| call.function == Function::If)
        .and_then(|call| call.argument.as_sequence());
    match arguments {
        Some([condition, yes, no]) => {
            let Some(name) = condition.as_text() else {
                return Vec::new();
            };
            let taken = eval.condition(stack, name);
            let mut out = branches(eval, stack, yes, guard.and(&taken));
            out.extend(branches(eval, stack, no, guard.and(&taken.negated())));
            out
        }
        _ => vec![(guard, node)],
    }
}

/// True for a value that is a list however its parameters are set.
pub fn is_list(template: &Template, node: &Node) -> bool {
    if node.as_sequence().is_some() {
        return true;
    }
    let Some(call) = node.as_call() else {
        return false;
    };
    match call.function {
        Function::Split | Function::Cidr | Function::GetAZs => true,
        Function::Ref => {
            let parameter = call
                .argument
                .as_text()
                .and_then(|name| template.parameters.get(name));
            parameter.is_some_and(|parameter| {
                matches!(
                    parameter.kind,
                    ParameterKind::List | ParameterKind::Ssm { list: true }
                )
            })
        }
        _ => false,
    }
}

/// The macro that may declare further parameters, if there is one; those of AWS declare none.
pub fn macro_of(template: &Template) -> Option<Str> {
    let mut transforms = template.transforms.iter().map(|name| &name.text);
    let own = transforms.find(|name| !name.starts_with("AWS::"));
    let inline = template
        .unexpanded
        .iter()
        .map(|unexpanded| &unexpanded.name)
        .find(|name| !name.starts_with("Fn::ForEach"));
    let declared = template.parameters.keys().find(|name| name.starts_with("Fn::"));
    own.or(inline).or(declared).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfn::lower;
    use crate::source::FileId;
    use crate::yaml::parse;

    /// The complaint about a value for a parameter with these attributes.
    fn complaint(attributes: &str, value: &str) -> Option<String> {
        let text = format!("Parameters: {{ P: {{ {attributes} }} }}");
        let template = lower(parse(FileId(0), &text).unwrap(), &indexmap::IndexMap::new());
        let parameter = template.parameters.get("P").unwrap();
        Constraint::of(parameter)
            .complaint(value)
            .map(|(complaint, _)| complaint)
    }

    #[test]
    fn a_pattern_must_match_the_whole_value() {
        assert_eq!(complaint("Type: String, AllowedPattern: 'a|b'", "b"), None);
        assert!(complaint("Type: String, AllowedPattern: 'a|b'", "bc").is_some());
        assert!(complaint("Type: String, AllowedPattern: '[a-z]+'", "").is_some());
    }

    #[test]
    fn a_pattern_that_only_java_knows_lets_everything_pass() {
        assert_eq!(complaint("Type: String, AllowedPattern: '(?!a).*'", "a"), None);
    }

    #[test]
    fn classes_of_a_pattern_are_those_of_ascii() {
        let name = "Type: String, AllowedPattern: '[\\w+=,.@-]{1,64}'";
        assert_eq!(complaint(name, "role.name"), None);
        assert!(complaint(name, &"x".repeat(65)).is_some());
        assert_eq!(complaint("Type: String, AllowedPattern: '.{2}'", "é"), None);
        assert_eq!(complaint("Type: String, AllowedPattern: '한+'", "한한"), None);
    }

    #[test]
    fn a_pattern_that_grows_too_large_lets_everything_pass() {
        assert_eq!(
            complaint("Type: String, AllowedPattern: '([a-z]{999}){999}'", "1"),
            None
        );
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!(complaint("Type: Number, AllowedValues: [1, 2]", "1.0"), None);
        assert!(complaint("Type: String, AllowedValues: ['1']", "1.0").is_some());
        assert!(complaint("Type: Number", "one").is_some());
    }
}
