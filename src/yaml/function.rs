//! The intrinsic functions of CloudFormation: their names, tags and forms.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use crate::source::Str;

/// An intrinsic function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `Ref`
    Ref,
    /// `Fn::GetAtt`
    GetAtt,
    /// `Fn::Sub`
    Sub,
    /// `Fn::Join`
    Join,
    /// `Fn::Select`
    Select,
    /// `Fn::Split`
    Split,
    /// `Fn::If`
    If,
    /// `Fn::FindInMap`
    FindInMap,
    /// `Fn::ImportValue`
    ImportValue,
    /// `Fn::Base64`
    Base64,
    /// `Fn::Cidr`
    Cidr,
    /// `Fn::GetAZs`
    GetAZs,
    /// `Fn::Equals`
    Equals,
    /// `Fn::And`
    And,
    /// `Fn::Or`
    Or,
    /// `Fn::Not`
    Not,
    /// `Condition`, the reference to a named condition
    Condition,
    /// `Fn::Length` (AWS::LanguageExtensions)
    Length,
    /// `Fn::ToJsonString` (AWS::LanguageExtensions)
    ToJsonString,
    /// `Fn::Transform`, a macro called in place
    Transform,
    /// `Fn::Contains` of a Rules section
    Contains,
    /// `Fn::EachMemberEquals` of a Rules section
    EachMemberEquals,
    /// `Fn::EachMemberIn` of a Rules section
    EachMemberIn,
    /// `Fn::RefAll` of a Rules section
    RefAll,
    /// `Fn::ValueOf` of a Rules section
    ValueOf,
    /// `Fn::ValueOfAll` of a Rules section
    ValueOfAll,
    /// Any other tag or `Fn::` key, by its name without `!` and `Fn::`.
    Other(Str),
}

/// How a function was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `!Ref x`
    Tag,
    /// `{Ref: x}` or `{"Fn::Sub": …}`
    Key,
}

/// Name without prefix, function, and whether its key is written without `Fn::`.
const NAMES: &[(&str, Function, bool)] = &[
    ("Ref", Function::Ref, true),
    ("GetAtt", Function::GetAtt, false),
    ("Sub", Function::Sub, false),
    ("Join", Function::Join, false),
    ("Select", Function::Select, false),
    ("Split", Function::Split, false),
    ("If", Function::If, false),
    ("FindInMap", Function::FindInMap, false),
    ("ImportValue", Function::ImportValue, false),
    ("Base64", Function::Base64, false),
    ("Cidr", Function::Cidr, false),
    ("GetAZs", Function::GetAZs, false),
    ("Equals", Function::Equals, false),
    ("And", Function::And, false),
    ("Or", Function::Or, false),
    ("Not", Function::Not, false),
    ("Condition", Function::Condition, true),
    ("Length", Function::Length, false),
    ("ToJsonString", Function::ToJsonString, false),
    ("Transform", Function::Transform, false),
    ("Contains", Function::Contains, false),
    ("EachMemberEquals", Function::EachMemberEquals, false),
    ("EachMemberIn", Function::EachMemberIn, false),
    ("RefAll", Function::RefAll, false),
    ("ValueOf", Function::ValueOf, false),
    ("ValueOfAll", Function::ValueOfAll, false),
];

impl Function {
    /// The function of a tag's name, the `!` left out.
    pub fn from_tag(name: &str) -> Function {
        NAMES.iter().find(|(known, ..)| *known == name).map_or_else(
            || Function::Other(name.into()),
            |(_, function, _)| function.clone(),
        )
    }

    /// The function that a one-entry mapping with this key calls; `None` when the key is data.
    /// `Fn::ForEach::Name` is not a call but a loop over entries, see `cfn::transform`.
    pub fn from_key(key: &str) -> Option<Function> {
        if let Some((_, function, _)) = NAMES.iter().find(|(known, _, bare)| *bare && *known == key) {
            return Some(function.clone());
        }
        let name = key.strip_prefix("Fn::")?;
        if name.starts_with("ForEach") {
            return None;
        }
        Some(Function::from_tag(name))
    }

    /// The key of the long form, for example `Fn::Sub`.
    pub fn key(&self) -> String {
        match self {
            Function::Other(name) => format!("Fn::{name}"),
            _ => NAMES
                .iter()
                .find(|(_, function, _)| function == self)
                .map_or_else(String::new, |(name, _, bare)| {
                    if *bare {
                        (*name).to_owned()
                    } else {
                        format!("Fn::{name}")
                    }
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_survives_the_round_trip() {
        for (name, function, _) in NAMES {
            assert_eq!(&Function::from_tag(name), function);
            assert_eq!(Function::from_key(&function.key()).as_ref(), Some(function));
        }
    }

    #[test]
    fn loops_and_data_are_not_calls() {
        assert_eq!(Function::from_key("Fn::ForEach::Subnets"), None);
        assert_eq!(Function::from_key("Properties"), None);
        assert_eq!(Function::from_key("Sub"), None);
        assert_eq!(Function::from_key("Fn::New"), Some(Function::Other("New".into())));
    }
}
