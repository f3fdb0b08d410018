//! What a rule is: its name, its words, its check.

mod context;
pub mod declared;
mod finding;
pub mod selector;
pub mod setting;

pub use context::Context;
pub use declared::Declaration;
pub use finding::{Finding, Question};
pub use selector::Selector;
pub use setting::{RuleOption, RuleSettings};

use crate::diag::Severity;

/// The family a rule belongs to; also a name that `--select` accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// Subnets, routes, gateways, endpoints.
    Network,
    /// Security groups.
    SecurityGroup,
    /// Roles and policies.
    Iam,
    /// Secrets and credentials.
    Secrets,
    /// Services.
    Service,
    /// Task definitions.
    Task,
    /// Load balancers, listeners, target groups.
    LoadBalancer,
    /// Container images and registries.
    Image,
    /// Logs, metrics, alarms, traces.
    Observability,
    /// Container instances and capacity providers.
    Capacity,
    /// The templates themselves.
    Template,
    /// Pipelines and deployments.
    Delivery,
    /// Rules of the user's own that name no other family.
    Custom,
}

impl Category {
    /// Every category, in the order of the catalogue.
    pub const ALL: &'static [Category] = &[
        Category::Network,
        Category::SecurityGroup,
        Category::Iam,
        Category::Secrets,
        Category::Service,
        Category::Task,
        Category::LoadBalancer,
        Category::Image,
        Category::Observability,
        Category::Capacity,
        Category::Template,
        Category::Delivery,
        Category::Custom,
    ];

    /// What its rules are about, a few words.
    pub fn about(self) -> &'static str {
        match self {
            Category::Network => "subnets, routes, NAT gateways, endpoints",
            Category::SecurityGroup => "who may connect to whom",
            Category::Iam => "roles, policies and who may assume them",
            Category::Secrets => "secrets and credentials in templates",
            Category::Service => "services, their deployments and their scaling",
            Category::Task => "task definitions and containers",
            Category::LoadBalancer => "load balancers, listeners, target groups",
            Category::Image => "container images and registries",
            Category::Observability => "logs, metrics, alarms, traces, audit",
            Category::Capacity => "container instances and capacity providers",
            Category::Template => "the templates themselves, and what they pass to each other",
            Category::Delivery => "pipelines and deployments",
            Category::Custom => "rules of your own",
        }
    }

    /// The category's name in kebab-case.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Network => "network",
            Category::SecurityGroup => "security-group",
            Category::Iam => "iam",
            Category::Secrets => "secrets",
            Category::Service => "service",
            Category::Task => "task",
            Category::LoadBalancer => "load-balancer",
            Category::Image => "image",
            Category::Observability => "observability",
            Category::Capacity => "capacity",
            Category::Template => "template",
            Category::Delivery => "delivery",
            Category::Custom => "custom",
        }
    }
}

/// From which profile on a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Profile {
    /// Few false positives; the default.
    Recommended,
    /// Adds hygiene.
    Strict,
    /// Everything.
    All,
}

impl Profile {
    /// Every profile, the narrowest first.
    pub const EVERY: &'static [Profile] = &[Profile::Recommended, Profile::Strict, Profile::All];

    /// The profile's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Recommended => "recommended",
            Profile::Strict => "strict",
            Profile::All => "all",
        }
    }
}

/// The words of a rule, from which every page about it is made.
#[derive(Clone, Debug)]
pub struct Docs {
    /// Why it matters.
    pub why: &'static str,
    /// How the rule decides, and when it cannot.
    pub decides: &'static str,
    /// How to mend what it reports.
    pub fix: &'static str,
    /// What mending it can do to what runs.
    pub safety: Safety,
}

/// What mending a finding can do to what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// Nothing that runs changes.
    Safe,
    /// Safe where the templates prove that nothing relies on it.
    Depends,
    /// Behaviour changes, or a resource is replaced.
    Unsafe,
    /// There is no one edit; it takes a decision.
    Advice,
}

impl Safety {
    /// All of them.
    pub const ALL: &'static [Safety] = &[Safety::Safe, Safety::Depends, Safety::Unsafe, Safety::Advice];

    /// The word in rule files and machine formats.
    pub fn as_str(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Depends => "depends",
            Safety::Unsafe => "unsafe",
            Safety::Advice => "advice",
        }
    }

    /// What it means, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Safety::Safe => "Mending it does not change how anything runs.",
            Safety::Depends => {
                "Mending it is safe where nothing relies on what it takes away; look before you deploy."
            }
            Safety::Unsafe => {
                "Mending it changes how something runs, or replaces a resource; look before you deploy."
            }
            Safety::Advice => "No single edit mends it; it takes a decision.",
        }
    }
}

/// A rule: data, and a check over facts.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Kebab-case; the rule's only identity.
    pub name: &'static str,
    /// One line, lower case: what the rule asks for.
    pub summary: &'static str,
    /// The longer words.
    pub docs: Docs,
    /// Its family.
    pub category: Category,
    /// How bad a violation is, unless the rule says otherwise for one.
    pub severity: Severity,
    /// SARIF `security-severity`, 0.1 to 10.0; `None` for functional and reliability rules.
    pub security_severity: Option<f32>,
    /// From which profile on it runs.
    pub profile: Profile,
    /// The version that brought it.
    pub since: &'static str,
    /// Ids of other tools' rules that mean the same.
    pub references: &'static [&'static str],
    /// The page of the AWS documentation that the rule follows.
    pub aws_page: &'static str,
    /// What users can tune.
    pub options: &'static [RuleOption],
    /// The check.
    pub check: Check,
}

/// How a rule decides: it reads facts, and reports findings and questions.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// A function.
    Native(fn(&mut Context<'_, '_>)),
    /// A file that says what must hold.
    Declared(&'static Declaration),
    /// The pipeline itself, after all other rules: it alone knows what they said and which of it the templates accept.
    Suppressions,
}

impl Check {
    /// Decides.
    pub fn run(&self, cx: &mut Context<'_, '_>) {
        match self {
            Check::Native(check) => check(cx),
            Check::Declared(declaration) => declaration.check(cx),
            Check::Suppressions => {}
        }
    }
}
