//! Whether two values are the same, as far as it can be known.

use crate::eval::{Case, Guard, Known, Part, Text, Unknown};
use crate::source::Str;

/// How two values compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal, whatever their parts turn out to be.
    Same,
    /// They differ.
    Different,
    /// It depends on something that is not known.
    Unknown(Unknown),
}

/// When some value of a set is equal to a wanted one.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// When.
    pub same: Vec<Guard>,
    /// When and why it may be.
    pub open: Vec<Case<Unknown>>,
}

/// Compares two texts. Equal texts are the same even where parts of them are not known; two texts that differ are only
/// certain to differ when both are known.
pub fn texts(left: &Known<Text>, right: &Known<Text>) -> Comparison {
    match (left, right) {
        (Known::Value(left), Known::Value(right)) if left == right => Comparison::Same,
        (Known::Value(left), Known::Value(right)) => match opaque(left).or_else(|| opaque(right)) {
            Some(reason) => Comparison::Unknown(reason),
            None => Comparison::Different,
        },
        (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Comparison::Unknown(reason.clone()),
        (Known::Absent, Known::Absent) => Comparison::Same,
        (Known::Absent, Known::Value(_)) | (Known::Value(_), Known::Absent) => Comparison::Different,
    }
}

/// Why not every character of a text is known.
fn opaque(text: &Text) -> Option<Unknown> {
    text.unknown().or_else(|| {
        text.parts().iter().find_map(|part| match part {
            Part::Attribute(id, attribute) => Some(Unknown::Attribute(*id, attribute.clone())),
            Part::Zone(_) => Some(Unknown::Function("Fn::GetAZs".into())),
            _ => None,
        })
    })
}

/// Compares two scalars; the same parameter without a value is the same.
pub fn scalars(left: &Known<Str>, right: &Known<Str>) -> Comparison {
    match (left, right) {
        (left, right) if left == right && !is_opaque(left) => Comparison::Same,
        (Known::Unknown(reason), _) | (_, Known::Unknown(reason)) => Comparison::Unknown(reason.clone()),
        _ => Comparison::Different,
    }
}

/// True when equality of the reasons says nothing about equality of the values.
fn is_opaque(known: &Known<Str>) -> bool {
    matches!(known, Known::Unknown(reason) if !matches!(reason, Unknown::Parameter(_)))
}

impl Matches {
    /// Adds one comparison that is made under a guard, at the place of a case.
    pub fn add<T>(&mut self, comparison: Comparison, guard: Guard, at: &Case<T>) {
        match comparison {
            _ if guard.is_never() => {}
            Comparison::Same => self.same.push(guard),
            Comparison::Unknown(reason) => self.open.push(Case {
                guard,
                ..at.with(reason)
            }),
            Comparison::Different => {}
        }
    }

    /// When something is equal.
    pub fn is_same(&self) -> Guard {
        Guard::any(self.same.iter().cloned())
    }

    /// When nothing is, for certain.
    pub fn is_none(&self) -> Guard {
        let open = self.open.iter().map(|case| case.guard.clone());
        Guard::any(self.same.iter().cloned().chain(open)).negated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Scope, Var};
    use crate::project::StackId;

    fn variable(name: &str) -> Text {
        Text::part(Part::Variable(Var {
            scope: Scope::Stack(StackId(0)),
            name: name.into(),
        }))
    }

    #[test]
    fn an_unknown_name_equals_itself_and_may_equal_any_other() {
        let name = Known::Value(variable("Name"));
        assert_eq!(texts(&name, &name), Comparison::Same);
        let app = Known::Value(Text::literal("app"));
        assert!(matches!(texts(&name, &app), Comparison::Unknown(_)));
        assert_eq!(
            texts(&app, &Known::Value(Text::literal("web"))),
            Comparison::Different
        );
    }

    #[test]
    fn two_imports_that_are_not_known_are_not_the_same() {
        let import = Known::Unknown(Unknown::Import("name".into()));
        assert!(matches!(scalars(&import, &import), Comparison::Unknown(_)));
    }
}
