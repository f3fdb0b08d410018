//! The `awslogs` driver has what it needs.

use crate::aws::ecs::awslogs;
use crate::aws::logs::LogGroup;
use crate::diag::Severity;
use crate::eval::{Case, Cases, Guard, Known, Part, Text, Value, when_any};
use crate::facts::iam::grant::listed;
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::project::ResourceId;
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Question, Rule, Safety};
use crate::source::{Span, Str};

/// See the module.
pub static RULE: Rule = Rule {
    name: "log-configuration-broken",
    summary: "the `awslogs` driver has what it needs",
    docs: Docs {
        why: "A log configuration that lacks an option is refused with the task definition, and one that names a group or a \
              region in which there is none stops the task before it starts.",
        decides: "For containers with the driver `awslogs`: `awslogs-group` and `awslogs-region` are there, on Fargate \
                  `awslogs-stream-prefix` as well. A log group of the templates lies in the region that the option names, \
                  where `--region` or the environment tells which that is. A group by a name that no template declares is \
                  reported where a declared one differs in case or a slash alone; any other one may exist already and is \
                  left alone, and so is every group with `awslogs-create-group`.",
        fix: "Add the option, or name the log group with `!Ref`.",
        safety: Safety::Safe,
    },
    category: Category::Observability,
    severity: Severity::Error,
    security_severity: None,
    profile: Profile::Recommended,
    since: "0.1.0",
    references: &["E3046"],
    aws_page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html",
    options: &[],
    check: Check::Native(check),
};

fn check(cx: &mut Context<'_, '_>) {
    for definition in &cx.facts.task_definitions {
        for container in &definition.containers {
            judge(cx, definition, container);
        }
    }
}

/// A container that logs with `awslogs`.
struct Logging<'c, 'a> {
    definition: &'c TaskDefinition<'a>,
    shown: String,
    /// When.
    guard: Guard,
    /// Where it says so.
    place: Span,
    options: Cases<'a>,
}

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let eval = cx.eval();
    let driver = eval.scalars(container.view().log_driver(eval)).into_iter();
    let driver: Vec<Case<Known<Str>>> =
        driver.filter(|case| matches!(&case.value, Known::Value(name) if &**name == awslogs::DRIVER)).collect();
    let Some(place) = driver.first().map(|case| case.span) else {
        return;
    };
    let name = cx.inventory().logical_id(definition.id);
    let logging = Logging {
        definition,
        shown: format!("{} of task definition `{name}`", container.shown()),
        guard: when_any(&driver),
        place,
        options: container.view().log_options(eval),
    };
    let mut findings = missing(cx, &logging);
    findings.extend(group(cx, &logging));
    let open = logging.options.iter().filter_map(|case| match &case.value {
        Value::Unknown(reason) => Some(case.with(reason.clone()).when(&logging.guard)),
        _ => None,
    });
    let question = Question {
        subject: definition.id,
        place,
        message: format!("whether {} has the options that `awslogs` needs", logging.shown),
        open: open.collect(),
    };
    cx.conclude(findings, question);
}

/// Options that are not there: one finding for those that are missing together.
fn missing<'a>(cx: &Context<'_, 'a>, logging: &Logging<'_, 'a>) -> Vec<Finding> {
    let eval = cx.eval();
    let on_fargate = logging.definition.placement(cx.inventory(), cx.facts.starters(logging.definition.id)).held_to_fargate;
    let needed = [
        (awslogs::GROUP, Guard::True),
        (awslogs::REGION, Guard::True),
        (awslogs::STREAM_PREFIX, on_fargate),
    ];
    let mut groups: Vec<(Guard, Vec<&str>)> = Vec::new();
    for (option, when) in needed {
        let absent = eval.texts(eval.get(logging.options.clone(), option)).into_iter();
        let absent = absent.filter(|case| match &case.value {
            Known::Absent => true,
            Known::Value(text) => text.parts().is_empty(),
            Known::Unknown(_) => false,
        });
        let guard = Guard::all([logging.guard.clone(), when, Guard::any(absent.map(|case| case.guard))]);
        if guard.is_never() || !cx.inventory().possible(&guard) {
            continue;
        }
        match groups.iter_mut().find(|(other, _)| *other == guard) {
            Some((_, options)) => options.push(option),
            None => groups.push((guard, vec![option])),
        }
    }
    let finding = |(guard, options): (Guard, Vec<&str>)| {
        let names = listed(&options.iter().map(|option| Str::from(*option)).collect::<Vec<_>>());
        let text = format!("{} uses the log driver `{}` without {names}", logging.shown, awslogs::DRIVER);
        Finding::new(logging.definition.id, logging.place, text)
            .when(&guard)
            .label(format!("no {names}"))
            .help(format!("add {names} to `Options`"))
            .atom(options.join(" "))
    };
    groups.into_iter().map(finding).collect()
}

/// What is wrong with the group: it lies in another region, or another one is meant.
fn group<'a>(cx: &Context<'_, 'a>, logging: &Logging<'_, 'a>) -> Vec<Finding> {
    let eval = cx.eval();
    let creates = eval.booleans(eval.get(logging.options.clone(), awslogs::CREATE_GROUP)).into_iter();
    let creates = creates.filter(|case| !matches!(case.value, Known::Absent | Known::Value(false)));
    let creates = Guard::any(creates.map(|case| case.guard));
    let mut out = Vec::new();
    for case in eval.texts(eval.get(logging.options.clone(), awslogs::GROUP)) {
        let Known::Value(text) = &case.value else {
            continue;
        };
        let here = logging.guard.and(&case.guard);
        match text.as_part() {
            Some(Part::Attribute(id, _)) if cx.inventory().type_name(*id) == LogGroup::TYPE => {
                out.extend(region(cx, logging, *id).into_iter().map(|finding| finding.when(&here)));
            }
            _ => {
                let finding = misspelled(cx, logging, text, &case);
                out.extend(finding.map(|finding| finding.when(&here).when(&creates.negated())));
            }
        }
    }
    out
}

/// A group of the templates is not in the region that the driver writes to.
fn region<'a>(cx: &Context<'_, 'a>, logging: &Logging<'_, 'a>, group: ResourceId) -> Vec<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let name = inventory.logical_id(group);
    let own = eval.scalars(eval.named(group.stack, &"AWS::Region".into(), logging.place));
    let mut out = Vec::new();
    for given in eval.scalars(eval.get(logging.options.clone(), awslogs::REGION)) {
        for own in &own {
            let (Known::Value(own), Known::Value(region)) = (&own.value, &given.value) else {
                continue;
            };
            if own == region {
                continue;
            }
            let text = format!(
                "{} writes its log to region `{region}`, and log group `{name}` is in `{own}`",
                logging.shown
            );
            out.push(
                Finding::new(logging.definition.id, given.span, text)
                    .when(&given.guard)
                    .label("another region than the log group's")
                    .because([inventory.declared(group, "the log group")])
                    .through(inventory, &given.trail)
                    .help("write `!Ref AWS::Region`"),
            );
        }
    }
    out
}

/// A group by its name, which no template declares, but one that differs in case or a slash alone.
fn misspelled(
    cx: &Context<'_, '_>,
    logging: &Logging<'_, '_>,
    group: &Text,
    at: &Case<Known<Text>>,
) -> Option<Finding> {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let plain = |text: &Text| eval.render(text).trim_matches('/').to_ascii_lowercase();
    let mut near = None;
    for id in inventory.of_type(LogGroup::TYPE) {
        for case in eval.texts(LogGroup(*id).name(eval)) {
            match &case.value {
                Known::Value(name) if name == group => return None,
                Known::Value(name) if id.stack == logging.definition.id.stack && plain(name) == plain(group) => {
                    near.get_or_insert((*id, eval.render(name)));
                }
                _ => {}
            }
        }
    }
    let (id, name) = near?;
    let text = format!(
        "{} logs to group `{}`, which no template declares; log group `{}` is named `{name}`",
        logging.shown,
        eval.render(group),
        inventory.logical_id(id)
    );
    Some(
        Finding::new(logging.definition.id, at.span, text)
            .severity(Severity::Warning)
            .label("another name than the log group's")
            .because([inventory.declared(id, format!("named `{name}`"))])
            .through(inventory, &at.trail)
            .help(format!("write `!Ref {}`", inventory.logical_id(id))),
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::files::Disk;
    use crate::lint::{Linter, Stdin, Values};
    use crate::project::PseudoParameters;

    /// The messages for a task definition whose group is of the template, with this `awslogs-region`.
    fn messages(region: &str) -> Vec<String> {
        let template = format!(
            "Resources:
  Group: {{Type: AWS::Logs::LogGroup}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          LogConfiguration: {{LogDriver: awslogs, Options: {{awslogs-group: !Ref Group, awslogs-region: {region}}}}}
"
        );
        let linter = Linter {
            stdin: Some(Stdin {
                bytes: template.into_bytes(),
            }),
            values: Values {
                pseudo: PseudoParameters {
                    region: Some("eu-west-1".into()),
                    ..PseudoParameters::default()
                },
                ..Values::default()
            },
            rules: vec![&RULE],
            ..Linter::new(&Disk, PathBuf::from("/nonexistent"), vec![PathBuf::from("-")])
        };
        let report = linter.run().unwrap();
        report.findings.iter().map(|it| it.message.clone()).collect()
    }

    #[test]
    fn a_group_of_the_template_lies_in_the_region_of_the_stack() {
        assert_eq!(
            messages("us-east-1"),
            ["container `app` of task definition `Task` writes its log to region `us-east-1`, and log group `Group` is in `eu-west-1`"]
        );
        assert_eq!(messages("eu-west-1"), Vec::<String>::new());
        assert_eq!(messages("!Ref AWS::Region"), Vec::<String>::new());
    }
}
