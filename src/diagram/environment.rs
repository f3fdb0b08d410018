//! The environment that a picture shows, where the templates are deployed to several.

use crate::source::Str;

/// The environment of a picture, and what it therefore leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The name of the environment; `None` for what no environment covers.
    pub environment: Option<Str>,
    /// The other environments of the run.
    pub others: Vec<Str>,
    /// True when there are templates that no environment covers, and the picture is of one.
    pub leaves_rest: bool,
}

impl Surroundings {
    /// What is not drawn, and how it is, as a sentence without a full stop; nothing when there is nothing else.
    pub fn note(&self) -> Option<String> {
        let shown = match &self.environment {
            Some(name) => format!("drawn as in environment `{name}`"),
            None => "drawn as outside of environments".to_owned(),
        };
        let rest = "templates that no environment covers are not drawn, `ecslint graph PATH` draws them";
        let others = match self.others.as_slice() {
            [] => None,
            [other] => Some(format!("`--env {other}` draws the other one")),
            others => Some(format!(
                "`--env NAME` draws one of the others: {}",
                others.join(", ")
            )),
        };
        match (others, self.leaves_rest) {
            (None, false) => None,
            (Some(others), false) => Some(format!("{shown}; {others}")),
            (None, true) => Some(format!("{shown}; {rest}")),
            (Some(others), true) => Some(format!("{shown}; {others}; {rest}")),
        }
    }
}
