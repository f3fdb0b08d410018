//! The keys of a configuration file: each with what its value must be and what it says. The reader, `--set`, the variables,
//! `config show` and the JSON schema all read this table, and a key's name stands nowhere else.

use super::form::{
    DATE, ENVIRONMENT, EXPORT, EXTENDED, GLOB, LEVEL, NAMED_ENVIRONMENT, NAMED_RULE, OPTION, PATH, RESOURCE,
    RULE, SELECTOR, VERSION, WHOLE_NUMBER, words,
};
use crate::yaml::shape::{Field, Map, Mapping, Shape, none_known, optional, required};

/// The identifier of the JSON schema of configuration files.
pub const SCHEMA_ID: &str = "https://ecslint.dev/schemas/config-v1.json";

/// How the name of a list begins that is added to the ones below it and to the list without this beginning.
pub(super) const EXTEND: &str = "extend-";

const PATHS: Shape = Shape::List(&Shape::Form(&PATH));
const GLOBS: Shape = Shape::List(&Shape::Form(&GLOB));
const SELECTORS: Shape = Shape::List(&Shape::Form(&SELECTOR));
const PATH_OR_PATHS: Shape = Shape::OneOrMany(&Shape::Form(&PATH));
const PRESETS_OR_FILES: Shape = Shape::OneOrMany(&Shape::Form(&EXTENDED));
const ENTRYPOINT_LIST: Shape = Shape::List(&Shape::Mapping(&ENTRYPOINT));
const URL_MAPPINGS: Shape = Shape::List(&Shape::Mapping(&URL_MAPPING));
const ACCEPTED_LIST: Shape = Shape::List(&Shape::Mapping(&ACCEPTED));
const RESOURCE_PATTERNS: Shape = Shape::List(&Shape::Form(&RESOURCE));
const SUPPRESSION_KINDS: Shape = Shape::List(&Shape::OneOf(words::suppression_kinds));
const NAMED: Shape = Shape::List(&Shape::Form(&NAMED_RULE));
const ENVIRONMENT_NAMES: Shape = Shape::List(&Shape::Form(&NAMED_ENVIRONMENT));

pub(super) const VERSION_KEY: Field = required(
    "version",
    Shape::Form(&VERSION),
    "the version of this format: `version: 1`",
);
pub(super) const EXTENDS: Field = optional(
    "extends",
    PRESETS_OR_FILES,
    "what this file builds on, a later one over an earlier one: `ecslint:recommended`, `ecslint:strict`, `ecslint:article`, \
     or files, relative to this one",
);
pub(super) const INCLUDE: Field = optional(
    "include",
    GLOBS,
    "files to look into beside *.yaml, *.yml, *.json, *.template and *.tmpl; the syntax is that of .gitignore",
);
pub(super) const EXCLUDE: Field = optional(
    "exclude",
    GLOBS,
    "files and folders to leave out; the syntax is that of .gitignore",
);
pub(super) const RESPECT_GITIGNORE: Field = optional(
    "respect-gitignore",
    Shape::Bool,
    "whether what .gitignore names is left out",
);
pub(super) const ENTRYPOINTS: Field = optional(
    "entrypoints",
    ENTRYPOINT_LIST,
    "root templates, and the environments they are deployed to",
);
pub(super) const ENVIRONMENTS: Field = optional(
    "environments",
    Shape::Map(&ENVIRONMENTS_MAP),
    "where the stacks are deployed, by name, each with the values they get there",
);
pub(super) const NESTED: Field = optional(
    "nested",
    Shape::Mapping(&NESTED_STACKS),
    "how templates of nested stacks are found",
);
pub(super) const RULES: Field = optional(
    "rules",
    Shape::Map(&RULES_MAP),
    "severities and options by rule or category; what a rule says of itself goes before what its category says",
);
pub(super) const SELECT: Field = optional(
    "select",
    SELECTORS,
    "only these rules, whatever the profile: names, categories, ALL",
);
pub(super) const EXTEND_SELECT: Field = optional("extend-select", SELECTORS, "these rules as well");
pub(super) const DISABLE: Field = optional("disable", SELECTORS, "not these rules");
pub(super) const PROFILE: Field = optional(
    "profile",
    Shape::OneOf(words::profiles),
    "recommended: few false positives; strict: adds hygiene; all: everything",
);
pub(super) const MIN_SEVERITY: Field = optional(
    "min-severity",
    Shape::OneOf(words::severities),
    "leave out findings below this severity",
);
pub(super) const MIN_CONFIDENCE: Field = optional(
    "min-confidence",
    Shape::OneOf(words::confidences),
    "leave out findings that are less certain",
);
pub(super) const STRICT_UNKNOWN: Field = optional(
    "strict-unknown",
    Shape::Bool,
    "count undetermined checks as findings, as `--fail-on-undetermined` does",
);
pub(super) const CUSTOM_RULES: Field = optional(
    "custom-rules",
    PATHS,
    "rules of your own: files, or folders of them",
);
pub(super) const FAIL_ON: Field = optional(
    "fail-on",
    Shape::OneOf(words::fail_on),
    "exit 1 from this severity up; `never` to report only",
);
pub(super) const IGNORE: Field = optional(
    "ignore",
    ACCEPTED_LIST,
    "findings that are accepted; to switch rules off, use `disable`",
);
pub(super) const SUPPRESSIONS: Field = optional(
    "suppressions",
    Shape::Mapping(&SUPPRESSION_POLICY),
    "what accepting a finding takes",
);
pub(super) const BASELINE: Field = optional(
    "baseline",
    Shape::Form(&PATH),
    "the file of findings that do not fail",
);
pub(super) const OUTPUT: Field = optional("output", Shape::Mapping(&OUTPUT_KEYS), "how results are printed");

/// The file.
pub(super) static FILE: Mapping = Mapping {
    name: "configuration",
    doc: "The configuration of ecslint. Relative paths and patterns start at the folder of the file that holds them.",
    fields: &[
        VERSION_KEY,
        EXTENDS,
        INCLUDE,
        EXCLUDE,
        RESPECT_GITIGNORE,
        ENTRYPOINTS,
        ENVIRONMENTS,
        NESTED,
        RULES,
        SELECT,
        EXTEND_SELECT,
        DISABLE,
        PROFILE,
        MIN_SEVERITY,
        MIN_CONFIDENCE,
        STRICT_UNKNOWN,
        CUSTOM_RULES,
        FAIL_ON,
        IGNORE,
        SUPPRESSIONS,
        BASELINE,
        OUTPUT,
    ],
};

/// The keys of `output`.
pub(super) fn output_keys() -> &'static [Field] {
    OUTPUT_KEYS.fields
}

static ENVIRONMENTS_MAP: Map = Map {
    name: "environments",
    key: &ENVIRONMENT,
    value: Shape::Mapping(&ENVIRONMENT_VALUES),
    known: none_known,
};

static RULES_MAP: Map = Map {
    name: "rules",
    key: &RULE,
    value: Shape::Short("severity", &RULE_SETTING),
    known: super::schema::rules,
};

static IMPORTS_MAP: Map = Map {
    name: "imports",
    key: &EXPORT,
    value: Shape::Text,
    known: none_known,
};

static OPTIONS_MAP: Map = Map {
    name: "options",
    key: &OPTION,
    value: Shape::OneOrMany(&Shape::Scalar),
    known: none_known,
};

/// Keys of an entry of `entrypoints`.
pub(super) mod entrypoint {
    use super::*;

    pub(in crate::config) const TEMPLATE: Field =
        required("template", Shape::Form(&PATH), "the root template");
    pub(in crate::config) const ENVIRONMENTS: Field = optional(
        "environments",
        ENVIRONMENT_NAMES,
        "where it is deployed; everywhere when left out",
    );
}

static ENTRYPOINT: Mapping = Mapping {
    name: "entrypoint",
    doc: "A root template.",
    fields: &[entrypoint::TEMPLATE, entrypoint::ENVIRONMENTS],
};

/// Keys of an environment.
pub(super) mod environment {
    use super::*;

    pub(in crate::config) const PARAMS: Field = optional(
        "params",
        PATH_OR_PATHS,
        "parameter files, a later one over an earlier one; the form is detected",
    );
    pub(in crate::config) const REGION: Field = optional("region", Shape::Text, "value of AWS::Region");
    pub(in crate::config) const ACCOUNT: Field = optional("account", Shape::Text, "value of AWS::AccountId");
    pub(in crate::config) const PARTITION: Field =
        optional("partition", Shape::Text, "value of AWS::Partition");
    pub(in crate::config) const STACK_NAME: Field = optional(
        "stack-name",
        Shape::Text,
        "value of AWS::StackName of the root stacks",
    );
    pub(in crate::config) const IMPORTS: Field = optional(
        "imports",
        Shape::Map(&IMPORTS_MAP),
        "values of Fn::ImportValue by export name; never printed",
    );
}

static ENVIRONMENT_VALUES: Mapping = Mapping {
    name: "environment",
    doc: "The values that stacks get in an environment.",
    fields: &[
        environment::PARAMS,
        environment::REGION,
        environment::ACCOUNT,
        environment::PARTITION,
        environment::STACK_NAME,
        environment::IMPORTS,
    ],
};

/// Keys of `nested`.
pub(super) mod nested {
    use super::*;

    pub(in crate::config) const URL_MAP: Field = optional(
        "url-map",
        URL_MAPPINGS,
        "where TemplateURLs lie locally; the longest prefix counts",
    );
    pub(in crate::config) const ON_MISSING: Field = optional(
        "on-missing",
        Shape::OneOf(words::on_missing),
        "what is said of a nested template that is not found",
    );
    pub(in crate::config) const PREFIX: Field = required("prefix", Shape::Text, "how the TemplateURL begins");
    pub(in crate::config) const DIR: Field = required(
        "dir",
        Shape::Form(&PATH),
        "the folder that what follows is relative to",
    );
}

static NESTED_STACKS: Mapping = Mapping {
    name: "nested-stacks",
    doc: "How templates of nested stacks are found.",
    fields: &[nested::URL_MAP, nested::ON_MISSING],
};

static URL_MAPPING: Mapping = Mapping {
    name: "url-mapping",
    doc: "Where TemplateURLs that begin alike lie.",
    fields: &[nested::PREFIX, nested::DIR],
};

/// Keys of what is said of a rule.
pub(super) mod rule {
    use super::*;

    pub(in crate::config) const SEVERITY: Field = optional(
        "severity",
        Shape::Form(&LEVEL),
        "the severity of its findings (those that the rule itself finds milder stay milder), or `off`",
    );
    pub(in crate::config) const OPTIONS: Field = optional(
        "options",
        Shape::Map(&OPTIONS_MAP),
        "its options by name; `ecslint explain RULE` lists them",
    );
}

static RULE_SETTING: Mapping = Mapping {
    name: "rule-setting",
    doc: "What is said of a rule or a category.",
    fields: &[rule::SEVERITY, rule::OPTIONS],
};

/// Keys of an entry of `ignore`.
pub(super) mod ignore {
    use super::*;

    pub(in crate::config) const RULES: Field = required(
        "rules",
        NAMED,
        "the rules or categories whose findings are accepted",
    );
    pub(in crate::config) const PATHS: Field = optional(
        "paths",
        GLOBS,
        "only in these templates; the syntax is that of .gitignore",
    );
    pub(in crate::config) const RESOURCES: Field = optional(
        "resources",
        RESOURCE_PATTERNS,
        "only about resources with these logical ids; `*` stands for any text",
    );
    pub(in crate::config) const ENVIRONMENTS: Field =
        optional("environments", ENVIRONMENT_NAMES, "only in these environments");
    pub(in crate::config) const REASON: Field = optional("reason", Shape::Text, "why they are accepted");
    pub(in crate::config) const UNTIL: Field = optional(
        "until",
        Shape::Form(&DATE),
        "the last day on which they are, as \"YYYY-MM-DD\"",
    );
}

static ACCEPTED: Mapping = Mapping {
    name: "accepted",
    doc: "Findings that are accepted: those for which everything that is said here is true.",
    fields: &[
        ignore::RULES,
        ignore::PATHS,
        ignore::RESOURCES,
        ignore::ENVIRONMENTS,
        ignore::REASON,
        ignore::UNTIL,
    ],
};

/// Keys of `suppressions`.
pub(super) mod suppressions {
    use super::*;

    pub(in crate::config) const REQUIRE_REASON: Field =
        optional("require-reason", Shape::Bool, "whether each must say why");
    pub(in crate::config) const MAX_DAYS: Field = optional(
        "max-days",
        Shape::Form(&WHOLE_NUMBER),
        "the most days from today that `until` may lie ahead",
    );
    pub(in crate::config) const PROTECTED: Field = optional(
        "protected",
        NAMED,
        "rules and categories whose findings cannot be accepted",
    );
    pub(in crate::config) const ALLOW: Field = optional(
        "allow",
        SUPPRESSION_KINDS,
        "where findings may be accepted; `compat` stands for other tools' comments and metadata",
    );
}

static SUPPRESSION_POLICY: Mapping = Mapping {
    name: "suppression-policy",
    doc: "What accepting a finding takes.",
    fields: &[
        suppressions::REQUIRE_REASON,
        suppressions::MAX_DAYS,
        suppressions::PROTECTED,
        suppressions::ALLOW,
    ],
};

/// Keys of `output`.
pub(super) mod output {
    use super::*;

    pub(in crate::config) const FORMAT: Field =
        optional("format", Shape::OneOf(words::formats), "the format on stdout");
    pub(in crate::config) const LANG: Field =
        optional("lang", Shape::OneOf(words::languages), "the language of messages");
    pub(in crate::config) const DOCS_URL: Field = optional(
        "docs-url",
        Shape::Text,
        "where pages of rules are published: `{rule}` is replaced by the rule's name",
    );
}

static OUTPUT_KEYS: Mapping = Mapping {
    name: "output",
    doc: "How results are printed.",
    fields: &[output::FORMAT, output::LANG, output::DOCS_URL],
};
