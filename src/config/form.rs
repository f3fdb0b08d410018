//! How texts in a configuration are written, and the words that some of its keys take.

use serde_json::json;

use crate::diag::Problem;
use crate::lint::suppression::date;
use crate::project::discover::Patterns;
use crate::yaml::shape::{Form, anything, one_of, text_schema};
use crate::yaml::{Kind, Node, ScalarKind};

/// A rule or a category, in the place of a key.
pub(super) static RULE: Form = Form {
    name: "the name of a rule or a category",
    check: anything,
    schema: text_schema,
};

/// A rule, a category or `ALL`.
pub(super) static SELECTOR: Form = Form {
    name: "the name of a rule or a category",
    check: anything,
    schema: text_schema,
};

/// A rule or a category whose findings are accepted, perhaps with what they must match: `wildcard-action(s3:*)`.
pub(super) static NAMED_RULE: Form = Form {
    name: "the name of a rule or a category",
    check: anything,
    schema: text_schema,
};

/// An option of a rule.
pub(super) static OPTION: Form = Form {
    name: "the name of an option",
    check: anything,
    schema: text_schema,
};

/// An environment.
pub(super) static ENVIRONMENT: Form = Form {
    name: "the name of an environment",
    check: environment,
    schema: text_schema,
};

/// An environment that is declared elsewhere.
pub(super) static NAMED_ENVIRONMENT: Form = Form {
    name: "the name of an environment",
    check: anything,
    schema: text_schema,
};

/// An export.
pub(super) static EXPORT: Form = Form {
    name: "the name of an export",
    check: anything,
    schema: text_schema,
};

/// A preset or a file to build on.
pub(super) static EXTENDED: Form = Form {
    name: "a preset or a file",
    check: anything,
    schema: text_schema,
};

/// A path.
pub(super) static PATH: Form = Form {
    name: "a path",
    check: path,
    schema: || json!({"type": "string", "minLength": 1}),
};

/// A pattern of paths.
pub(super) static GLOB: Form = Form {
    name: "a pattern",
    check: glob,
    schema: text_schema,
};

/// A pattern of logical ids.
pub(super) static RESOURCE: Form = Form {
    name: "a pattern",
    check: resource,
    schema: text_schema,
};

/// A day.
pub(super) static DATE: Form = Form {
    name: "a date",
    check: day,
    schema: || json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
};

/// The version of the format.
pub(super) static VERSION: Form = Form {
    name: "1",
    check: version,
    schema: || json!({"const": 1}),
};

/// A whole number of at least 1.
pub(super) static WHOLE_NUMBER: Form = Form {
    name: "a whole number",
    check: whole_number,
    schema: || json!({"type": "integer", "minimum": 1}),
};

/// A severity, or `off`, which YAML takes for `false`.
pub(super) static LEVEL: Form = Form {
    name: "a severity or `off`",
    check: level,
    schema: || json!({"enum": ["error", "warning", "info", "off", false]}),
};

fn text(node: &Node) -> &str {
    node.as_text().map_or("", |text| text)
}

fn environment(node: &Node) -> Option<Problem> {
    /// Stands for every environment on the command line.
    const EVERY: &str = "all";
    let name = text(node);
    if name == EVERY {
        let problem = Problem::new(node.span, "no environment can be called `all`");
        return Some(problem.with_help("`--env all` stands for every environment; choose another name"));
    }
    name.is_empty()
        .then(|| Problem::new(node.span, "an environment without a name"))
}

fn path(node: &Node) -> Option<Problem> {
    text(node)
        .is_empty()
        .then(|| Problem::new(node.span, "an empty path"))
}

fn glob(node: &Node) -> Option<Problem> {
    let error = Patterns::new(&[text(node).to_owned()]).err()?;
    Some(Problem::new(node.span, error.to_string()))
}

fn resource(node: &Node) -> Option<Problem> {
    let text = text(node);
    let error = glob::Pattern::new(text).err()?;
    let problem = Problem::new(node.span, format!("`{text}` is not a pattern: {}", error.msg));
    Some(problem.with_help("`*` stands for any text, `?` for one character"))
}

fn day(node: &Node) -> Option<Problem> {
    let text = text(node);
    if date(text).is_none() {
        let problem = Problem::new(node.span, format!("`{text}` is not a date"));
        return Some(problem.with_help("write a day as \"YYYY-MM-DD\", with quotes"));
    }
    // The span of a scalar in quotes is longer than its text.
    let is_quoted = node.span.len() as usize > text.len();
    (!is_quoted).then(|| {
        let message = format!("`{text}` has no quotes: YAML takes it for a time");
        Problem::new(node.span, message).with_help(format!("write \"{text}\""))
    })
}

fn version(node: &Node) -> Option<Problem> {
    let text = text(node);
    (text != "1").then(|| {
        let message = format!("version `{text}` of the format is not known");
        Problem::new(node.span, message).with_help("write `version: 1`")
    })
}

fn whole_number(node: &Node) -> Option<Problem> {
    let is_whole = match &node.kind {
        Kind::Scalar(scalar) if scalar.kind == ScalarKind::Number => {
            scalar.text.parse::<u32>().is_ok_and(|number| number > 0)
        }
        _ => false,
    };
    (!is_whole).then(|| {
        let message = format!("expected a whole number of at least 1, found `{}`", text(node));
        Problem::new(node.span, message)
    })
}

fn level(node: &Node) -> Option<Problem> {
    let is_off = matches!(&node.kind, Kind::Scalar(scalar) if scalar.kind == ScalarKind::Bool(false));
    if is_off {
        return None;
    }
    one_of(node, &words::levels())
}

/// The words that keys take.
pub(super) mod words {
    use crate::diag::{Confidence, Severity};
    use crate::report::Format;
    use crate::rule::Profile;

    /// The severity of a rule that does not run.
    pub(in crate::config) const OFF: &str = "off";

    /// The severity from which on nothing fails.
    pub(in crate::config) const NEVER: &str = "never";

    pub(in crate::config) fn profiles() -> Vec<&'static str> {
        Profile::EVERY.iter().map(|profile| profile.as_str()).collect()
    }

    pub(in crate::config) fn severities() -> Vec<&'static str> {
        Severity::ALL.iter().map(|severity| severity.as_str()).collect()
    }

    pub(in crate::config) fn confidences() -> Vec<&'static str> {
        let all = Confidence::ALL.iter();
        all.map(|confidence| confidence.as_str()).collect()
    }

    pub(in crate::config) fn levels() -> Vec<&'static str> {
        [severities(), vec![OFF]].concat()
    }

    pub(in crate::config) fn fail_on() -> Vec<&'static str> {
        [severities(), vec![NEVER]].concat()
    }

    pub(in crate::config) fn formats() -> Vec<&'static str> {
        Format::ALL.iter().map(|format| format.as_str()).collect()
    }

    pub(in crate::config) fn languages() -> Vec<&'static str> {
        vec!["auto", "en", "ko"]
    }

    pub(in crate::config) fn on_missing() -> Vec<&'static str> {
        vec!["ignore", "note", "error"]
    }

    pub(in crate::config) fn suppression_kinds() -> Vec<&'static str> {
        vec!["comment", "metadata", "config", "baseline", "compat"]
    }
}
