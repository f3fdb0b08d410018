//! What ecslint has to say: diagnostics with their evidence, problems of a document, and the words for severity and confidence.

mod visible;
pub(crate) mod xml;

pub use visible::{excerpt, push_visible, steers, visible};

use std::fmt;
use std::sync::Arc;

use crate::source::{Span, Str};

/// How bad a finding is. Ordered: `Info < Warning < Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Severity {
    /// Worth knowing; never fails a run by default.
    Info,
    /// Should be changed.
    Warning,
    /// Must be changed.
    Error,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: &'static [Severity] = &[Severity::Error, Severity::Warning, Severity::Info];

    /// The word users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How certain a finding is; computed from when it holds and how its links were found, never chosen by a rule.
/// Ordered: `Low < Medium < High`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Confidence {
    /// Holds only sometimes and rests on an assumed link.
    Low,
    /// Holds only for some parameter values, or rests on an assumed link.
    Medium,
    /// Holds always or with the defaults, by what the templates say.
    High,
}

impl Confidence {
    /// All of them, the most certain first.
    pub const ALL: &'static [Confidence] = &[Confidence::High, Confidence::Medium, Confidence::Low];

    /// The word users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }

    /// One step less certain.
    pub fn lowered(self) -> Confidence {
        match self {
            Confidence::High => Confidence::Medium,
            Confidence::Medium | Confidence::Low => Confidence::Low,
        }
    }
}

/// Whether a diagnostic states a violation or that a check could not be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The templates break the rule.
    Violation,
    /// What the templates say is not enough to decide.
    Undetermined,
}

/// What a [`Label`] contributes to a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A fact the finding rests on, such as a route.
    Evidence,
    /// A place the value passed through, such as the argument in a parent template.
    Parent,
    /// Where the thing spoken of is declared.
    Definition,
}

impl Role {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Evidence => "evidence",
            Role::Parent => "parent",
            Role::Definition => "definition",
        }
    }
}

/// A resource as users know it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// Logical id in its template.
    pub logical_id: Str,
    /// CloudFormation type, for example `AWS::ECS::Service`.
    pub type_name: Str,
    /// The logical id where it stands as a key; its file is the template of the resource.
    pub span: Span,
    /// Stack path from the root: logical ids of the nested stacks, joined by `/`; empty for a root stack.
    pub stack: Str,
    /// `aws:cdk:path` of the resource's metadata.
    pub cdk_path: Option<Str>,
}

/// A place with what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, as a phrase: "route to internet gateway `Igw`".
    pub text: String,
    /// Its part in the argument.
    pub role: Role,
    /// The resource the place belongs to, where it is one.
    pub resource: Option<Arc<Subject>>,
}

/// When a violation holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum When {
    /// In every deployment that has the resource.
    Always,
    /// With the default values of these parameters, written `Name = value`.
    ByDefault(Vec<String>),
    /// Only with these values, written `Name = value` or `Name is not value`.
    Sometimes(Vec<String>),
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            When::Always => f.write_str("always"),
            When::ByDefault(values) if values.is_empty() => f.write_str("by default"),
            When::ByDefault(values) => write!(f, "by default: {}", values.join(", ")),
            When::Sometimes(values) => write!(f, "when {}", values.join(" and ")),
        }
    }
}

/// Why something could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reason {
    /// What is not known: "parameter `SubnetIds` has no value".
    pub text: String,
    /// What would settle it: "pass `--param SubnetIds=…`".
    pub settle: String,
}

/// A finding, or a check that could not be decided.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The rule's name.
    pub rule: Str,
    /// Violation or undetermined.
    pub outcome: Outcome,
    /// How bad.
    pub severity: Severity,
    /// How certain.
    pub confidence: Confidence,
    /// One sentence, lower case, no full stop, with names and values.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The line to edit.
    pub primary: Label,
    /// The chain of evidence, in the order it is to be read.
    pub related: Vec<Label>,
    /// When it holds.
    pub when: When,
    /// Why it is undetermined; empty for a violation.
    pub because: Vec<Reason>,
    /// Places of secrets, which no format may show: their text is replaced in the sources of the report.
    pub secrets: Vec<Span>,
    /// The resource it is about.
    pub subject: Option<Arc<Subject>>,
    /// Stack paths in which it holds, sorted; the empty path is the root stack.
    pub stacks: Vec<Str>,
    /// The file of the primary place from the root of the repository; filled in by the pipeline, as what follows.
    pub path: Str,
    /// JSON pointer of the primary place in its template, empty when it has none.
    pub pointer: String,
    /// The pointer with positions in lists replaced by what tells the items apart.
    pub shape: String,
    /// The matched atom, such as the IAM action, which tells two findings at one place apart.
    pub atom: String,
    /// `ecslintFindingId/v1`: 16 hexadecimal digits, `#n` appended from the second equal one.
    pub id: String,
    /// True when what the run was asked about has a part in it; the others are not reported.
    pub touched: bool,
    /// By what it is accepted; `None` for one that stands.
    pub suppression: Option<Suppression>,
    /// In which environments of the run it holds, in their order, with what each makes of it; empty in a run without. The
    /// diagnostic itself says what the environment does in which it is worst.
    pub environments: Vec<Occurrence>,
}

/// What one environment of a run makes of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The environment's name; `None` for stacks outside of all.
    pub environment: Option<Str>,
    /// How bad.
    pub severity: Severity,
    /// How certain.
    pub confidence: Confidence,
    /// When it holds there.
    pub when: When,
    /// The sentence, with the names and values of there.
    pub message: String,
}

impl Occurrence {
    /// The order in which what two environments make of a diagnostic stands for both: how bad, then how certain, then how
    /// often.
    pub fn badness(&self) -> (Severity, Confidence, u8) {
        let often = match self.when {
            When::Always => 2,
            When::ByDefault(_) => 1,
            When::Sometimes(_) => 0,
        };
        (self.severity, self.confidence, often)
    }
}

impl Diagnostic {
    /// What the diagnostic is in some of its environments, of which there is at least one; it says what the worst of them
    /// makes of it.
    #[must_use]
    pub fn within(mut self, environments: Vec<Occurrence>) -> Diagnostic {
        // Of several that are equally bad the first.
        if let Some(worst) = environments
            .iter()
            .rev()
            .max_by_key(|occurrence| occurrence.badness())
        {
            self.severity = worst.severity;
            self.confidence = worst.confidence;
            self.when = worst.when.clone();
            self.message = worst.message.clone();
        }
        self.environments = environments;
        self
    }

    /// What the diagnostic is where it holds.
    pub fn occurrence(&self, environment: Option<Str>) -> Occurrence {
        Occurrence {
            environment,
            severity: self.severity,
            confidence: self.confidence,
            when: self.when.clone(),
            message: self.message.clone(),
        }
    }

    /// The occurrences that differ from what the diagnostic says.
    pub fn exceptions(&self) -> impl Iterator<Item = &Occurrence> {
        self.environments
            .iter()
            .filter(|it| **it != self.occurrence(it.environment.clone()))
    }

    /// The names of the environments in which it holds.
    pub fn environment_names(&self) -> Vec<&str> {
        let names = self.environments.iter();
        names
            .filter_map(|occurrence| occurrence.environment.as_deref())
            .collect()
    }
}

impl Diagnostic {
    /// The declaration that the primary place lies in, as `Resources/MyService`. It need not be the subject: a rule of a
    /// security group is reported for the service that wears the group.
    pub fn declaration(&self) -> Option<String> {
        let mut segments = self.pointer.split('/').skip(1);
        let (section, name) = (segments.next()?, segments.next()?);
        // RFC 6901, section 4: `~1` first, so that `~01` becomes `~1`.
        Some(format!(
            "{section}/{}",
            name.replace("~1", "/").replace("~0", "~")
        ))
    }
}

/// By what a finding is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// In what it is written.
    pub kind: SuppressionKind,
    /// Its words, as one would search for them: `ecslint: ignore[task-public-ip]`, `checkov:skip=CKV_AWS_65`. Of a
    /// baseline, its file.
    pub by: String,
    /// Why, in the words of whoever wrote it.
    pub reason: Option<String>,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// The day on which a baseline took it in, `YYYY-MM-DD`.
    pub since: Option<String>,
}

/// In what a suppression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressionKind {
    /// A comment.
    Comment,
    /// The metadata of a resource or of the template.
    Metadata,
    /// The configuration.
    Config,
    /// A baseline: a record of the findings of an earlier day.
    Baseline,
}

impl SuppressionKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SuppressionKind::Comment => "comment",
            SuppressionKind::Metadata => "metadata",
            SuppressionKind::Config => "config",
            SuppressionKind::Baseline => "baseline",
        }
    }
}

/// Something wrong with a document itself, found while reading it.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Other places that matter, such as the first of two equal keys.
    pub labels: Vec<Label>,
    /// How bad it is: a warning where CloudFormation takes the document all the same.
    pub severity: Severity,
}

impl Problem {
    /// A problem with no other places and no advice.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
            labels: Vec::new(),
            severity: Severity::Error,
        }
    }

    /// The same problem as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same problem with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same problem with one more place.
    #[must_use]
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
            role: Role::Definition,
            resource: None,
        });
        self
    }
}

/// The known name nearest to a mistyped one, when one is near enough to be meant: a few letters off, or cut short.
/// A common beginning alone is not enough, since names of one template often share a prefix.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            is_near(&typed, &lower).then(|| (strsim::jaro_winkler(&typed, &lower), name))
        })
        .max_by(|(left, a), (right, b)| left.total_cmp(right).then_with(|| b.cmp(a)))
        .map(|(_, name)| name)
}

/// True when one name may be a slip for the other; both in lower case.
fn is_near(typed: &str, known: &str) -> bool {
    /// Letters of a name for one that may be wrong.
    const LETTERS_PER_SLIP: usize = 4;
    /// Shorter beginnings are shared by chance.
    const SHORTEST_BEGINNING: usize = 3;
    let longer = typed.chars().count().max(known.chars().count());
    let slips = (longer / LETTERS_PER_SLIP).max(1);
    let is_beginning = |short: &str, long: &str| short.len() >= SHORTEST_BEGINNING && long.starts_with(short);
    is_beginning(typed, known)
        || is_beginning(known, typed)
        || longer >= SHORTEST_BEGINNING && strsim::damerau_levenshtein(typed, known) <= slips
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_and_a_cut_name_are_near() {
        assert_eq!(nearest("Evn", ["Env", "Image"]), Some("Env"));
        assert_eq!(nearest("Environment", ["Env", "Image"]), Some("Env"));
        assert_eq!(
            nearest("AWS::Regoin", ["AWS::Region", "AWS::Partition"]),
            Some("AWS::Region")
        );
        assert_eq!(
            nearest("Paramters", ["Parameters", "Resources"]),
            Some("Parameters")
        );
    }

    #[test]
    fn a_common_beginning_is_not_near() {
        assert_eq!(nearest("MySecurityGroup", ["MyService", "MyVPC"]), None);
        assert_eq!(nearest("A", ["B"]), None);
    }
}
