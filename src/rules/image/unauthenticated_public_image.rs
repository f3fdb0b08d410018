//! Images of Docker Hub are pulled with an account.

use crate::diag::Severity;
use crate::eval::{Guard, Known, Value};
use crate::facts::image::is_on_docker_hub;
use crate::facts::task_definition::{Container, TaskDefinition};
use crate::rule::{Category, Check, Context, Docs, Finding, Profile, Rule, Safety};

/// See the module.
pub static RULE: Rule = Rule {
    name: "unauthenticated-public-image",
    summary: "images of Docker Hub are pulled with an account",
    docs: Docs {
        why: "Docker Hub limits pulls without an account by address. Behind a NAT gateway all tasks share one, and a \
              service that scales out fails with `toomanyrequests`.",
        decides: "Reports images that name no registry, or `docker.io`, in containers without `RepositoryCredentials`. \
                  Images whose registry a parameter decides are judged by its default; where it is not known the rule \
                  is silent, so that it is never undetermined.",
        fix: "Take the image from Amazon ECR: a copy, a pull through cache rule, or `public.ecr.aws`.",
        safety: Safety::Advice,
    },
    category: Category::Image,
    severity: Severity::Info,
    security_severity: Some(3.5),
    profile: Profile::Strict,
    since: "0.1.0",
    references: &[],
    aws_page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html",
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

fn judge<'a>(cx: &mut Context<'_, 'a>, definition: &TaskDefinition<'a>, container: &Container<'a>) {
    let (eval, inventory) = (cx.eval(), cx.inventory());
    let credentials = eval.texts(container.view().registry_credentials(eval)).into_iter();
    let none = credentials.filter(|case| case.value == Known::Absent);
    let none = Guard::any(none.map(|case| case.guard));
    let owner = format!(
        "{} of task definition `{}`",
        container.shown(),
        inventory.logical_id(definition.id)
    );
    for case in container.view().image(eval) {
        let Value::Text(text) = &case.value else {
            continue;
        };
        for image in eval.concrete(&case.with(text.clone())) {
            if !is_on_docker_hub(inventory, &image.value) {
                continue;
            }
            let shown = eval.render(&image.value);
            let message = format!("{owner} pulls `{shown}` from Docker Hub without an account");
            let finding = Finding::new(definition.id, image.span, message)
                .when(&image.guard.and(&none))
                .label("from Docker Hub")
                .help("take the image from Amazon ECR, or give the container `RepositoryCredentials`")
                .through(inventory, &image.trail);
            cx.report(finding);
        }
    }
}
