//! The grammar of suppression comments: `# ecslint: ignore[rule, rule(match)] until=YYYY-MM-DD -- reason`.

use std::fmt;

use jiff::civil::Date;

/// What every directive begins with, after the `#`.
const MARK: &str = "ecslint:";

/// The bytes of a date, `YYYY-MM-DD`.
const DATE_BYTES: usize = 10;

/// A comment that accepts findings. Printing one and reading it again gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// How far it reaches.
    pub reach: Reach,
    /// The rules it names; at least one.
    pub rules: Vec<RuleName>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Why the findings are accepted; one line, trimmed, not empty.
    pub reason: Option<String>,
}

/// How far a directive reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The node it stands at: `ignore`.
    Node,
    /// The template: `ignore-file`.
    File,
}

impl Reach {
    /// The word in the comment.
    pub fn as_str(self) -> &'static str {
        match self {
            Reach::Node => "ignore",
            Reach::File => "ignore-file",
        }
    }
}

/// A rule or a category in a directive, perhaps narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleName {
    /// The name as it was written; it need not exist.
    pub name: String,
    /// The pattern that the finding's atom must match, such as `s3:*`.
    pub matching: Option<String>,
}

/// Why a comment that begins as a directive is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Another word than `ignore` and `ignore-file`.
    #[error("no directive is called `{0}`")]
    Word(String),
    /// `ignore` alone, or with an empty list.
    #[error("the directive names no rule")]
    NoRules,
    /// A bracket is missing.
    #[error("the list of rules is not closed")]
    Unclosed,
    /// Not a name, or a match without a pattern.
    #[error("`{0}` is not the name of a rule")]
    Name(String),
    /// Not `YYYY-MM-DD`, or no day of the calendar.
    #[error("`{0}` is not a date")]
    Date(String),
    /// Something that the grammar has no place for.
    #[error("`{0}` is neither a date nor a reason")]
    Rest(String),
}

impl Directive {
    /// Reads a comment with its `#`; `None` when it is not meant as a directive.
    pub fn parse(comment: &str) -> Option<Result<Directive, Malformed>> {
        let text = comment.strip_prefix('#')?.trim_start().strip_prefix(MARK)?;
        Some(parse(text.trim()))
    }

    /// The offset of the bracket that closes the list of rules in a comment, where the comment is a directive.
    pub(super) fn list_end(comment: &str) -> Option<usize> {
        let open = comment.find('[')? + 1;
        let (_, rest) = rule_list(comment.get(open..)?).ok()?;
        Some(comment.len() - rest.len() - 1)
    }
}

fn parse(text: &str) -> Result<Directive, Malformed> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let (word, rest) = text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()));
    let reach = match word {
        "ignore" => Reach::Node,
        "ignore-file" => Reach::File,
        _ => {
            let shown = text.split_whitespace().next().unwrap_or_default();
            return Err(Malformed::Word(
                if word.is_empty() { shown } else { word }.to_owned(),
            ));
        }
    };
    let list = rest.strip_prefix('[').ok_or(Malformed::NoRules)?;
    let (rules, rest) = rule_list(list)?;
    let (until, rest) = expiry(rest)?;
    let reason = reason(rest)?;
    Ok(Directive {
        reach,
        rules,
        until,
        reason,
    })
}

/// The rules up to the closing bracket, and what follows it.
fn rule_list(mut text: &str) -> Result<(Vec<RuleName>, &str), Malformed> {
    let mut rules = Vec::new();
    loop {
        let (rule, rest) = rule(text)?;
        rules.extend(rule);
        let rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix(',') {
            text = rest;
        } else if let Some(rest) = rest.strip_prefix(']') {
            return if rules.is_empty() {
                Err(Malformed::NoRules)
            } else {
                Ok((rules, rest))
            };
        } else {
            return Err(Malformed::Unclosed);
        }
    }
}

/// One rule, and what follows it; nothing before the bracket that closes the list.
fn rule(text: &str) -> Result<(Option<RuleName>, &str), Malformed> {
    let text = text.trim_start();
    let end = text.find([',', '(', ']']).ok_or(Malformed::Unclosed)?;
    let (name, rest) = text.split_at(end);
    let name = name.trim_end();
    if name.is_empty() && rest.starts_with(']') {
        return Ok((None, rest));
    }
    if !is_name(name) {
        return Err(Malformed::Name(name.to_owned()));
    }
    let Some(pattern) = rest.strip_prefix('(') else {
        return Ok((Some(RuleName::new(name, None)), rest));
    };
    let (pattern, rest) = pattern.split_once(')').ok_or(Malformed::Unclosed)?;
    match pattern.trim() {
        "" => Err(Malformed::Name(format!("{name}()"))),
        pattern => Ok((Some(RuleName::new(name, Some(pattern.to_owned()))), rest)),
    }
}

/// True for what can be a rule's name, here or in another tool.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl RuleName {
    /// A name with the pattern it is narrowed to.
    pub fn new(name: &str, matching: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            matching,
        }
    }

    /// Reads `rule` or `rule(match)`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<RuleName, Malformed> {
        let malformed = || Malformed::Name(text.to_owned());
        let closed = format!("{text}]");
        match rule(&closed) {
            Ok((Some(rule), "]")) => Ok(rule),
            _ => Err(malformed()),
        }
    }
}

/// The date behind `until=`, and what follows it.
fn expiry(text: &str) -> Result<(Option<Date>, &str), Malformed> {
    let trimmed = text.trim_start();
    let Some(rest) = trimmed.strip_prefix("until=") else {
        return Ok((None, text));
    };
    if trimmed.len() == text.len() {
        return Err(Malformed::Rest(trimmed.to_owned()));
    }
    let (word, rest) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let date = date(word).ok_or_else(|| Malformed::Date(word.to_owned()))?;
    Ok((Some(date), rest))
}

/// A day written `YYYY-MM-DD`, and in no other of the forms of ISO 8601.
pub fn date(text: &str) -> Option<Date> {
    let is_plain = text.len() == DATE_BYTES && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|_| is_plain)
}

/// The reason behind `--`. Another comment may follow where no reason is given, such as one of another tool.
fn reason(text: &str) -> Result<Option<String>, Malformed> {
    let trimmed = text.trim_start();
    let is_apart = trimmed.len() < text.len();
    if trimmed.is_empty() || is_apart && trimmed.starts_with('#') {
        return Ok(None);
    }
    let malformed = || Malformed::Rest(trimmed.to_owned());
    let reason = trimmed
        .strip_prefix("--")
        .filter(|reason| is_apart && (reason.is_empty() || reason.starts_with([' ', '\t'])))
        .ok_or_else(malformed)?;
    Ok(Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()))
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.matching {
            Some(pattern) => write!(f, "({pattern})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.rules.iter().map(RuleName::to_string).collect();
        write!(f, "# {MARK} {}[{}]", self.reach.as_str(), names.join(", "))?;
        if let Some(until) = self.until {
            write!(f, " until={until}")?;
        }
        match &self.reason {
            Some(reason) => write!(f, " -- {reason}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(comment: &str) -> Directive {
        Directive::parse(comment).unwrap().unwrap()
    }

    fn refused(comment: &str) -> Malformed {
        Directive::parse(comment).unwrap().unwrap_err()
    }

    #[test]
    fn every_part_is_read() {
        let directive = read(
            "#ecslint:  ignore[ task-public-ip ,wildcard-action(s3:*) ] until=2027-06-30 -- see #12, SEC-1 ",
        );
        assert_eq!(directive.reach, Reach::Node);
        assert_eq!(
            directive.rules,
            [
                RuleName::new("task-public-ip", None),
                RuleName::new("wildcard-action", Some("s3:*".to_owned()))
            ]
        );
        assert_eq!(directive.until.unwrap().to_string(), "2027-06-30");
        assert_eq!(directive.reason.as_deref(), Some("see #12, SEC-1"));
        assert_eq!(read("# ecslint: ignore-file[iam]").reach, Reach::File);
    }

    #[test]
    fn other_comments_are_none_and_another_comment_may_follow() {
        for comment in [
            "# about ecslint: ignore[x]",
            "# eclint: ignore[x]",
            "## ecslint: ignore[x]",
        ] {
            assert_eq!(Directive::parse(comment), None, "{comment}");
        }
        assert_eq!(read("# ecslint: ignore[x] # noqa").reason, None);
        assert_eq!(read("# ecslint: ignore[x] --").reason, None);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases = [
            ("ignore", Malformed::NoRules),
            ("ignore[]", Malformed::NoRules),
            ("ignore task-public-ip", Malformed::NoRules),
            ("ignroe[x]", Malformed::Word("ignroe".to_owned())),
            ("ignore[x", Malformed::Unclosed),
            ("ignore[x(s3:*]", Malformed::Unclosed),
            ("ignore[,x]", Malformed::Name(String::new())),
            ("ignore[a b]", Malformed::Name("a b".to_owned())),
            ("ignore[x()]", Malformed::Name("x()".to_owned())),
            (
                "ignore[x] until=2027-02-30",
                Malformed::Date("2027-02-30".to_owned()),
            ),
            (
                "ignore[x] until=2027-06-30T00:00",
                Malformed::Date("2027-06-30T00:00".to_owned()),
            ),
            ("ignore[x] because so", Malformed::Rest("because so".to_owned())),
            ("ignore[x]-- so", Malformed::Rest("-- so".to_owned())),
        ];
        for (text, wanted) in cases {
            assert_eq!(refused(&format!("# ecslint: {text}")), wanted, "{text}");
        }
    }

    fn directives() -> impl Strategy<Value = Directive> {
        let pattern = proptest::option::of("[a-z*][a-zA-Z0-9:*?,/ \\[\\]#-]{0,12}[a-z*]");
        let rule = ("[a-z][a-z0-9-]{0,20}", pattern).prop_map(|(name, matching)| RuleName { name, matching });
        let until = proptest::option::of((1900_i16..2200, 1_i8..=12, 1_i8..=28))
            .prop_map(|day| day.and_then(|(year, month, day)| Date::new(year, month, day).ok()));
        let reason = proptest::option::of("[^\\p{Cc}\\s]([^\\p{Cc}]{0,40}[^\\p{Cc}\\s])?");
        let reach = prop_oneof![Just(Reach::Node), Just(Reach::File)];
        (reach, proptest::collection::vec(rule, 1..4), until, reason).prop_map(
            |(reach, rules, until, reason)| Directive {
                reach,
                rules,
                until,
                reason,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(directive in directives()) {
            let printed = directive.to_string();
            prop_assert_eq!(Directive::parse(&printed), Some(Ok(directive)));
        }

        #[test]
        fn nothing_makes_the_reader_fall_over(text in "# ?ecslint: ?(ignore)?[\\[\\](),a-z =#-]{0,30}\\PC{0,10}") {
            let _ = Directive::parse(&text);
        }
    }
}
