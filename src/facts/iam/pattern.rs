//! Wildcards of policies: which names a pattern covers, and how far a resource reaches for an action.

use std::str::Chars;

use crate::aws::iam_actions::{ResourceFormat, resource_formats};
use crate::eval::{Part, Text};

/// Stands for whatever a placeholder of an ARN format may hold; only a star covers it.
const ANYTHING: char = '\u{0}';

/// Stands for a part of a text whose characters are not known; no character of a name equals it.
const SOMETHING: char = '\u{1}';

/// Characters of a pattern that overlap is decided for. Actions have fewer than 128; longer ones match none.
const MAX_OVERLAP: usize = 256;

/// True when everything that `specific` stands for, wildcards included, is matched by `general`; case does not matter.
pub fn covers(general: &str, specific: &str) -> bool {
    let (mut pattern, mut name) = (general.chars(), specific.chars());
    // The pattern behind the last star, and the name behind what the star has taken.
    let mut retry: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let (mut expected, mut next) = (pattern.clone(), name.clone());
        let Some(character) = next.next() else {
            return pattern.all(|c| c == '*');
        };
        let is_same = match expected.next() {
            Some('*') => {
                retry = Some((expected.clone(), name.clone()));
                pattern = expected;
                continue;
            }
            Some('?') => !matches!(character, '*' | ANYTHING),
            Some(wanted) => wanted.eq_ignore_ascii_case(&character) && wanted != SOMETHING,
            None => false,
        };
        match (is_same, &mut retry) {
            (true, _) => (pattern, name) = (expected, next),
            (false, Some((behind, rest))) => {
                rest.next();
                (pattern, name) = (behind.clone(), rest.clone());
            }
            (false, None) => return false,
        }
    }
}

/// True when some name is matched by both patterns; case does not matter.
pub fn overlaps(left: &str, right: &str) -> bool {
    if left.len() > MAX_OVERLAP || right.len() > MAX_OVERLAP {
        return false;
    }
    let left: Vec<u8> = left.bytes().map(|b| b.to_ascii_lowercase()).collect();
    let right: Vec<u8> = right.bytes().map(|b| b.to_ascii_lowercase()).collect();
    // `row[j]`: the rest of `left` behind the current place and `right[j..]` have a name in common.
    let mut row: Vec<bool> = Vec::new();
    for i in (0..=left.len()).rev() {
        let below = std::mem::take(&mut row);
        row = vec![false; right.len() + 1];
        for j in (0..=right.len()).rev() {
            let down = below.get(j).copied().unwrap_or(false);
            let ahead = row.get(j + 1).copied().unwrap_or(false);
            let across = below.get(j + 1).copied().unwrap_or(false);
            let meets = match (left.get(i), right.get(j)) {
                (None, None) => true,
                (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => down || ahead,
                (Some(b'*'), None) => down,
                (None, Some(b'*')) => ahead,
                (Some(a), Some(b)) => (a == b || *a == b'?' || *b == b'?') && across,
                _ => false,
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = meets;
            }
        }
    }
    row.first().copied().unwrap_or(false)
}

/// How much of what an action works on a statement's resources reach, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Some resources, by name; also when that cannot be told.
    Some,
    /// All resources of the type in one region or account that the text names.
    Account,
    /// All resources of the type.
    Every,
}

/// True when a resource text is `*`.
pub fn is_star(resource: &Text) -> bool {
    resource
        .as_literal()
        .is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte == b'*'))
}

/// How far resources reach together for one action, given as `service:Action`. An ARN reaches all resources when it
/// covers every format that AWS lists as required for the action, or any of them where none is.
pub fn reach<'t>(resources: impl IntoIterator<Item = &'t Text>, action: &str) -> Reach {
    let resources: Vec<&Text> = resources
        .into_iter()
        .filter(|text| {
            text.parts()
                .iter()
                .any(|part| matches!(part, Part::Literal(text) if text.contains('*')))
        })
        .collect();
    if resources.iter().any(|text| is_star(text)) {
        return Reach::Every;
    }
    if resources.is_empty() {
        return Reach::Some;
    }
    let formats = resource_formats(action);
    let best = |format: &ResourceFormat| {
        let reached = resources
            .iter()
            .map(|resource| reach_of_format(resource, &format.arn));
        reached.max().unwrap_or(Reach::Some)
    };
    let required = formats.iter().filter(|format| format.required).map(best).min();
    required
        .or_else(|| formats.iter().map(best).max())
        .unwrap_or(Reach::Some)
}

/// How far one resource reaches among those of an ARN format.
fn reach_of_format(resource: &Text, format: &str) -> Reach {
    let format = opened(format);
    if covers(&plain(resource), &format) {
        return Reach::Every;
    }
    let mut wanted = format.splitn(6, ':').skip(2);
    let given: Vec<String> = resource.split(":").iter().map(plain).collect();
    let [_, _, service, region, account, rest @ ..] = given.as_slice() else {
        return Reach::Some;
    };
    let rest = rest.join(":");
    let mut next = || wanted.next().unwrap_or("");
    let (wanted_service, wanted_region, wanted_account, wanted_rest) = (next(), next(), next(), next());
    if !covers(service, wanted_service) || !covers(&rest, wanted_rest) {
        return Reach::Some;
    }
    let mut reach = Reach::Every;
    for (given, wanted) in [(region, wanted_region), (account, wanted_account)] {
        if covers(given, wanted) {
            continue;
        }
        if wanted.is_empty() {
            return Reach::Some;
        }
        reach = Reach::Account;
    }
    reach
}

/// A format with one character for every placeholder.
fn opened(format: &str) -> String {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        out.push(ANYTHING);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

/// A text with one character for every part that is not literal.
fn plain(text: &Text) -> String {
    let mut out = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(text) => out.push_str(text),
            _ => out.push(SOMETHING),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Scope, Var};

    fn arn(text: &str) -> Text {
        let mut out = Text::default();
        for (index, piece) in text.split('$').enumerate() {
            if index > 0 {
                let name = "X".into();
                out.push(Part::Variable(Var {
                    scope: Scope::Everywhere,
                    name,
                }));
            }
            out.push(Part::Literal(piece.into()));
        }
        out
    }

    fn reached(text: &str, action: &str) -> Reach {
        reach([&arn(text)], action)
    }

    #[test]
    fn a_pattern_covers_what_all_of_the_other_matches() {
        assert!(covers("iam:*", "iam:PassRole"));
        assert!(covers("*", "iam:*"));
        assert!(covers("IAM:Pass*", "iam:passrole"));
        assert!(covers("iam:?assRole", "iam:PassRole"));
        assert!(covers("a*b*c", "a*b*bc"));
        assert!(!covers("iam:PassRole", "iam:Pass*"));
        assert!(!covers("iam:?", "iam:*"));
        assert!(!covers("iam:PassRol", "iam:PassRole"));
        assert!(covers("*:*", "iam:PassRole"));
        assert!(covers("", "") && covers("**", "") && !covers("", "a"));
        assert!(
            !covers("a\u{1}", "a\u{1}"),
            "two unknown parts are not known to be equal"
        );
        assert!(covers("a*", "a\u{1}") && !covers("a?", "a\u{0}"));
    }

    #[test]
    fn patterns_overlap_when_a_name_fits_both() {
        assert!(overlaps("s3:*Object", "s3:Get*"));
        assert!(overlaps("*", "s3:GetObject"));
        assert!(overlaps("s3:Get?bject", "s3:GetObject"));
        assert!(!overlaps("s3:Put*", "s3:Get*"));
        assert!(!overlaps("s3:*", "ecs:*"));
        assert!(overlaps("", "*"));
    }

    #[test]
    fn an_arn_that_names_nothing_reaches_everything() {
        for (text, action) in [
            ("*", "ecs:UpdateService"),
            ("arn:aws:s3:::*", "s3:GetObject"),
            (
                "arn:$:secretsmanager:*:*:secret:*",
                "secretsmanager:GetSecretValue",
            ),
            ("arn:aws:iam::*:role/*", "iam:PassRole"),
            ("arn:aws:logs:*:*:*", "logs:CreateLogGroup"),
            ("arn:aws:logs:*:*:log-group:*", "logs:PutLogEvents"),
            ("arn:*", "sqs:SendMessage"),
        ] {
            assert_eq!(reached(text, action), Reach::Every, "{text}");
        }
    }

    #[test]
    fn an_arn_with_region_or_account_reaches_the_account() {
        for (text, action) in [
            ("arn:aws:logs:$:$:log-group:*", "logs:PutLogEvents"),
            ("arn:aws:ecr:$:$:repository/*", "ecr:BatchGetImage"),
            ("arn:aws:iam::$:role/*", "iam:PassRole"),
            ("arn:aws:ecs:eu-west-1:*:*", "ecs:UpdateService"),
        ] {
            assert_eq!(reached(text, action), Reach::Account, "{text}");
        }
    }

    #[test]
    fn an_arn_that_names_something_is_scoped() {
        for (text, action) in [
            ("arn:aws:s3:::bucket/*", "s3:GetObject"),
            ("arn:aws:s3:::$/*", "s3:GetObject"),
            ("$/*", "s3:GetObject"),
            ("$", "s3:GetObject"),
            ("arn:aws:logs:$:$:log-group:/ecs/*", "logs:PutLogEvents"),
            ("arn:aws:iam::*:role/ecs-*", "iam:PassRole"),
            ("arn:aws:ecs:*:*:service/$/*", "ecs:UpdateService"),
            ("arn:aws:s3:::*", "ecs:UpdateService"),
        ] {
            assert_eq!(reached(text, action), Reach::Some, "{text}");
        }
    }

    #[test]
    fn every_required_type_must_be_open() {
        assert_eq!(
            reached("arn:aws:ec2:*:*:instance/*", "ec2:RunInstances"),
            Reach::Some
        );
        assert_eq!(reached("arn:aws:ec2:*:*:*", "ec2:RunInstances"), Reach::Every);
    }
}
