//! On what terms findings may be accepted: what the command line and the configuration say about it.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::directive::RuleName;
use crate::lint::baseline::Baseline;
use crate::project::discover::Patterns;
use crate::rule::Rule;
use crate::source::Span;

/// Whether a run honours what is accepted.
#[derive(Clone, Debug, Default)]
pub enum Policy {
    /// Everything is reported, and nothing said about suppressions.
    #[default]
    Ignored,
    /// Accepted findings are kept apart.
    Honoured(Box<Terms>),
}

/// On what terms findings may be accepted.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The day on which suppressions expire or not, in UTC.
    pub today: Date,
    /// Every rule that a suppression may name, whether it runs or not.
    pub known: Vec<&'static Rule>,
    /// Whether a suppression without a reason is reported: `suppressions.require-reason`.
    pub require_reason: bool,
    /// For how many days from today on a suppression may count: `suppressions.max-days`. One without an end counts for
    /// longer than any number.
    pub max_days: Option<u32>,
    /// The names of the rules that nothing may accept: `suppressions.protected`, categories resolved.
    pub protected: Vec<&'static str>,
    /// The forms that count: `suppressions.allow`.
    pub allow: Vec<Form>,
    /// What the configuration itself accepts: `ignore`.
    pub ignores: Vec<Ignore>,
    /// Findings that were there before.
    pub baseline: Option<Baseline>,
}

impl Terms {
    /// The terms without a configuration: every form counts, and must give a reason.
    pub fn new(today: Date, known: Vec<&'static Rule>) -> Self {
        Self {
            today,
            known,
            require_reason: true,
            max_days: None,
            protected: Vec::new(),
            allow: Form::ALL.to_vec(),
            ignores: Vec::new(),
            baseline: None,
        }
    }

    /// True when nothing may accept a rule's findings.
    pub fn is_protected(&self, rule: &str) -> bool {
        self.protected.contains(&rule)
    }

    /// True when a form counts.
    pub fn allows(&self, form: Form) -> bool {
        self.allow.contains(&form)
    }

    /// The last day that `until` may name; `None` for any.
    pub fn latest(&self) -> Option<Date> {
        use jiff::ToSpan;
        let days = i64::from(self.max_days?);
        Some(self.today.saturating_add(days.days()))
    }
}

/// In what findings can be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// `# ecslint: ignore[…]`
    Comment,
    /// `Metadata.ecslint.ignore` of a resource or a template.
    Metadata,
    /// `ignore` in the configuration.
    Config,
    /// A baseline.
    Baseline,
    /// The suppressions of other tools.
    Compat,
}

impl Form {
    /// All of them.
    pub const ALL: &'static [Form] = &[
        Form::Comment,
        Form::Metadata,
        Form::Config,
        Form::Baseline,
        Form::Compat,
    ];

    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Comment => "comment",
            Form::Metadata => "metadata",
            Form::Config => "config",
            Form::Baseline => "baseline",
            Form::Compat => "compat",
        }
    }
}

/// An entry of `ignore` in the configuration: findings that meet all its conditions are accepted.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    /// Where it stands: what is wrong with it is reported there, and not at all without a place.
    pub place: Option<Span>,
    /// Rules and categories, each perhaps with what the finding's atom must match.
    pub rules: Vec<RuleName>,
    /// The folder of its configuration, absolute: all that it can accept lies below.
    pub folder: PathBuf,
    /// The files in which the findings are shown, relative to the folder; any where it is left out.
    pub paths: Option<Patterns>,
    /// The logical ids they are about; any where it is empty.
    pub resources: Vec<glob::Pattern>,
    /// The environments in which they hold; any where it is empty.
    pub environments: Vec<String>,
    /// Why they are accepted; trimmed, not empty.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub until: Option<Date>,
}

impl Ignore {
    /// True for a template, by its absolute path, whose findings can be accepted.
    pub(super) fn names_file(&self, template: &Path) -> bool {
        let Some(paths) = &self.paths else {
            return true;
        };
        template
            .strip_prefix(&self.folder)
            .is_ok_and(|relative| paths.matches(relative, false))
    }
}
