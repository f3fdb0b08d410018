//! Every rule over the facts, in parallel: one that panics costs its own answers only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rayon::prelude::*;

use super::{Crash, Timings};
use crate::diag::Diagnostic;
use crate::diagram::{self, Picture, View};
use crate::facts::Facts;
use crate::project::Project;
use crate::rule::{Context, Rule, RuleSettings};

/// The name under which a crash before all rules is told.
pub(super) const FACTS: &str = "facts";

/// The name under which a crash of a picture is told.
const PICTURE: &str = "picture";

/// What the rules said, and the picture that was asked for.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) crashes: Vec<Crash>,
    pub(super) picture: Option<Picture>,
}

/// Runs every rule; one that panics costs its own answers only.
pub(super) fn check(
    project: &Project,
    rules: &[&'static Rule],
    settings: &RuleSettings,
    view: Option<View>,
    timings: &mut Timings,
) -> Checked {
    let facts = match catch_unwind(AssertUnwindSafe(|| Facts::build(project))) {
        Ok(facts) => facts,
        Err(panic) => {
            return Checked {
                crashes: vec![crash(FACTS, &*panic)],
                ..Checked::default()
            };
        }
    };
    timings.end("deriving facts");
    let now = timings.clock().unwrap_or(Duration::default);
    let answers: Vec<(Result<Vec<Diagnostic>, Crash>, Duration)> = rules
        .par_iter()
        .map(|rule| {
            let start = now();
            let answer = catch_unwind(AssertUnwindSafe(|| {
                let mut context = Context::new(&facts, rule, settings);
                rule.check.run(&mut context);
                context.finish()
            }));
            let answer = answer.map_err(|panic| crash(rule.name, &*panic));
            (answer, now().saturating_sub(start))
        })
        .collect();
    timings.end("rules");
    let mut checked = Checked::default();
    for (rule, (answer, took)) in rules.iter().zip(answers) {
        timings.rule(rule.name, took);
        match answer {
            Ok(found) => checked.diagnostics.extend(found),
            Err(crash) => checked.crashes.push(crash),
        }
    }
    let picture = view.map(|view| catch_unwind(AssertUnwindSafe(|| diagram::draw(&facts, view))));
    match picture {
        Some(Ok(picture)) => checked.picture = Some(picture),
        Some(Err(panic)) => checked.crashes.push(crash(PICTURE, &*panic)),
        None => {}
    }
    timings.end("drawing");
    checked
}

fn crash(what: &str, panic: &(dyn std::any::Any + Send)) -> Crash {
    Crash {
        rule: what.into(),
        message: panic_message(panic),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::diag::Severity;
    use crate::files::Disk;
    use crate::lint::{Linter, Stdin};
    use crate::rule::{Category, Check, Docs, Finding, Profile, Safety};

    const fn rule(name: &'static str, check: fn(&mut Context<'_, '_>)) -> Rule {
        Rule {
            name,
            summary: "",
            docs: Docs {
                why: "",
                decides: "",
                fix: "",
                safety: Safety::Advice,
            },
            category: Category::Template,
            severity: Severity::Error,
            security_severity: None,
            profile: Profile::Recommended,
            since: "0.1.0",
            references: &[],
            aws_page: "",
            options: &[],
            check: Check::Native(check),
        }
    }

    static CRASHES: Rule = rule("crashes", |_| panic!("of no use"));
    static FINDS: Rule = rule("finds", |cx| {
        for id in cx.inventory().project().resource_ids() {
            let place = cx.inventory().project().resource(id).id.span;
            cx.report(Finding::new(id, place, "found"));
        }
    });

    #[test]
    fn a_rule_that_crashes_costs_its_own_answers_only() {
        let stdin = Stdin {
            bytes: b"Resources: {Topic: {Type: AWS::SNS::Topic}}".to_vec(),
        };
        let linter = Linter {
            stdin: Some(stdin),
            rules: vec![&CRASHES, &FINDS],
            ..Linter::new(&Disk, std::env::temp_dir(), vec![PathBuf::from("-")])
        };
        let report = linter.run().unwrap();
        assert_eq!(report.crashes.len(), 1);
        assert_eq!(
            (&*report.crashes[0].rule, report.crashes[0].message.as_str()),
            ("crashes", "of no use")
        );
        assert_eq!(report.findings.len(), 1);
        assert_eq!(&*report.findings[0].rule, "finds");
    }
}
