//! Names of exports and imports as texts with holes, and whether two of them can be the same name.

use super::Var;
use super::text::Text;
use super::value::Part;

/// How well the name of an export fits the name of an import. Ordered: the better fit is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Some values of the holes make the names equal.
    Possible,
    /// The same literals around holes.
    SameShape,
    /// The same name, every character known.
    Exact,
}

/// A character of a name, or a hole that stands for any number of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Token {
    Char(char),
    Hole(Hole),
}

/// What a hole may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hole {
    Any,
    /// Letters, digits and hyphens: a stack name or a region.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>
    Name,
    Digits,
}

impl Hole {
    fn takes(self, c: char) -> bool {
        match self {
            Hole::Any => true,
            Hole::Name => c.is_ascii_alphanumeric() || c == '-',
            Hole::Digits => c.is_ascii_digit(),
        }
    }
}

fn tokens(name: &Text) -> Vec<Token> {
    let mut out = Vec::new();
    for part in name.parts() {
        match part {
            Part::Literal(text) => out.extend(text.chars().map(Token::Char)),
            Part::Variable(Var { name, .. }) => out.push(Token::Hole(match &**name {
                "AWS::StackName" | "AWS::Region" | "AWS::Partition" => Hole::Name,
                "AWS::AccountId" => Hole::Digits,
                _ => Hole::Any,
            })),
            _ => out.push(Token::Hole(Hole::Any)),
        }
    }
    out
}

/// A name made ready to be compared with others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    tokens: Vec<Token>,
    is_literal: bool,
}

impl Shape {
    /// The shape of a name.
    pub(super) fn of(name: &Text) -> Shape {
        Shape {
            tokens: tokens(name),
            is_literal: name.as_literal().is_some(),
        }
    }

    /// A name without a literal fits everything and so proves nothing.
    pub(super) fn proves(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Char(_)))
    }

    /// What stands before the first hole.
    pub(super) fn head(&self) -> String {
        self.characters().map_while(|c| c).collect()
    }

    /// What stands behind the last hole, backwards.
    pub(super) fn tail(&self) -> String {
        self.characters().rev().map_while(|c| c).collect()
    }

    fn characters(&self) -> impl DoubleEndedIterator<Item = Option<char>> + '_ {
        self.tokens.iter().map(|token| {
            if let Token::Char(c) = token {
                Some(*c)
            } else {
                None
            }
        })
    }
}

/// Whether an export's name can be the imported one, and how well it fits.
pub(super) fn fit(import: &Shape, export: &Shape) -> Option<Fit> {
    if !meet(&import.tokens, &export.tokens) || !import.proves() || !export.proves() {
        return None;
    }
    if import.is_literal && export.is_literal {
        return Some(Fit::Exact);
    }
    Some(if import.characters().eq(export.characters()) {
        Fit::SameShape
    } else {
        Fit::Possible
    })
}

/// Longest names compared; CloudFormation allows 255 characters for an export's name.
const MAX_NAME_TOKENS: usize = 512;

/// True when two names differ before a hole is met.
fn differ<'t>(left: impl Iterator<Item = &'t Token>, right: impl Iterator<Item = &'t Token>) -> bool {
    let mut pairs = left.zip(right);
    pairs.find_map(|pair| match pair {
        (Token::Char(a), Token::Char(b)) if a == b => None,
        (Token::Char(_), Token::Char(_)) => Some(true),
        _ => Some(false),
    }) == Some(true)
}

/// True when two names with holes can be equal.
fn meet(left: &[Token], right: &[Token]) -> bool {
    if left.len() > MAX_NAME_TOKENS || right.len() > MAX_NAME_TOKENS {
        return false;
    }
    // Most names differ in the characters they begin or end with; that is cheaper to see than to prove.
    if differ(left.iter(), right.iter()) || differ(left.iter().rev(), right.iter().rev()) {
        return false;
    }
    let width = right.len() + 1;
    let mut reached = vec![false; (left.len() + 1) * width];
    reached[0] = true;
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            if !reached[i * width + j] {
                continue;
            }
            let (a, b) = (left.get(i), right.get(j));
            let mut reach = |i: usize, j: usize| reached[i * width + j] = true;
            match (a, b) {
                (Some(Token::Char(a)), Some(Token::Char(b))) if a == b => reach(i + 1, j + 1),
                (Some(Token::Char(_)), Some(Token::Char(_))) => {}
                (Some(Token::Hole(_)), Some(Token::Hole(_))) => {
                    reach(i + 1, j);
                    reach(i, j + 1);
                }
                (Some(Token::Hole(hole)), other) => {
                    reach(i + 1, j);
                    if let Some(Token::Char(c)) = other
                        && hole.takes(*c)
                    {
                        reach(i, j + 1);
                    }
                }
                (other, Some(Token::Hole(hole))) => {
                    reach(i, j + 1);
                    if let Some(Token::Char(c)) = other
                        && hole.takes(*c)
                    {
                        reach(i + 1, j);
                    }
                }
                _ => {}
            }
        }
    }
    reached[left.len() * width + right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Scope;
    use crate::project::StackId;

    fn fits(import: &Text, export: &Text) -> Option<Fit> {
        fit(&Shape::of(import), &Shape::of(export))
    }

    fn name(shape: &str) -> Text {
        let mut text = Text::default();
        for (index, piece) in shape.split('*').enumerate() {
            if index > 0 {
                let var = Var {
                    scope: Scope::Stack(StackId(0)),
                    name: format!("P{index}").into(),
                };
                text.push(Part::Variable(var));
            }
            text.push(Part::Literal(piece.into()));
        }
        text
    }

    #[test]
    fn names_fit_by_their_shape() {
        assert_eq!(fits(&name("*:VPCId"), &name("*:VPCId")), Some(Fit::SameShape));
        assert_eq!(fits(&name("net:VPCId"), &name("*:VPCId")), Some(Fit::Possible));
        assert_eq!(fits(&name("net:VPCId"), &name("net:VPCId")), Some(Fit::Exact));
        assert_eq!(fits(&name("*:VPCId"), &name("*:SubnetId")), None);
        assert_eq!(fits(&name("*"), &name("net:VPCId")), None);
        assert_eq!(
            fits(&name("*-SubnetsPrivate"), &name("*-Subnets*")),
            Some(Fit::Possible)
        );
    }

    #[test]
    fn a_stack_name_holds_no_colon() {
        let mut export = Text::part(Part::Variable(Var {
            scope: Scope::Stack(StackId(1)),
            name: "AWS::StackName".into(),
        }));
        export.push(Part::Literal(":VpcId".into()));
        assert_eq!(fits(&name("prod:network:VpcId"), &export), None);
        assert_eq!(fits(&name("prod-network:VpcId"), &export), Some(Fit::Possible));
    }
}
