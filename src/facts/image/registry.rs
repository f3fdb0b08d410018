//! Where images come from: the registry that their names begin with, and repositories of the project.
//! <https://pkg.go.dev/github.com/distribution/reference>

use super::{Version, version};
use crate::aws::ecr;
use crate::eval::{Known, Part, Text, Unknown};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::Str;

/// A registry of images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registry {
    /// A private one of ECR.
    Ecr,
    /// Docker Hub, whose name may be left out.
    DockerHub,
    /// The one with this host.
    Host(Str),
}

impl Registry {
    /// The host by which Docker Hub is usually named.
    pub const DOCKER_HUB: &'static str = "docker.io";
}

/// Hosts by which Docker Hub is named.
const DOCKER_HUB: &[&str] = &[Registry::DOCKER_HUB, "index.docker.io", "registry-1.docker.io"];

/// The registry that an image is pulled from: the first component of its name where that has a dot or a port, or is
/// `localhost`; otherwise Docker Hub.
pub fn registry(inventory: &Inventory<'_>, image: &Text) -> Result<Registry, Unknown> {
    let is_ecr = |part: &Part| matches!(part, Part::Literal(text) if text.contains(".dkr.ecr.") || text.contains(".dkr-ecr."));
    if repository(inventory, image).is_some() || image.parts().iter().any(is_ecr) {
        return Ok(Registry::Ecr);
    }
    let prefix = image.prefix();
    let Some((first, _)) = prefix.split_once('/') else {
        // `nginx:${Tag}` is of Docker Hub; `${Image}` and `team${Suffix}` may be anything.
        let is_whole = image.as_literal().is_some_and(|text| !text.is_empty());
        return match is_whole || prefix.contains(':') {
            true if is_name(prefix) => Ok(Registry::DockerHub),
            _ => Err(inventory.unknown_identity(image)),
        };
    };
    match first.contains(['.', ':']) || first == "localhost" {
        true if DOCKER_HUB.contains(&first) => Ok(Registry::DockerHub),
        true => Ok(Registry::Host(first.into())),
        false if is_name(first) => Ok(Registry::DockerHub),
        false => Err(inventory.unknown_identity(image)),
    }
}

/// False for words that a script replaces, such as `<IMAGE>` and `IMAGE_URI`.
fn is_name(text: &str) -> bool {
    let name = text.split([':', '@']).next().unwrap_or_default();
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
}

/// True for an image that certainly lies in Docker Hub.
pub fn is_on_docker_hub(inventory: &Inventory<'_>, image: &Text) -> bool {
    version(inventory, image) != Version::Placeholder && registry(inventory, image) == Ok(Registry::DockerHub)
}

/// The ECR repository of the project that an image lies in.
pub fn repository(inventory: &Inventory<'_>, image: &Text) -> Option<ResourceId> {
    let mut parts = image.parts().iter();
    parts.find_map(|part| match part {
        Part::Attribute(id, _) if inventory.type_name(*id) == ecr::Repository::TYPE => Some(*id),
        _ => None,
    })
}

/// True when no tag of an ECR repository can be moved.
pub fn has_fixed_tags(inventory: &Inventory<'_>, repository: ResourceId) -> bool {
    let eval = &inventory.eval;
    let cases = eval.scalars(ecr::Repository(repository).tag_mutability(eval));
    let is_fixed = |known: &Known<Str>| matches!(known, Known::Value(value) if &**value == "IMMUTABLE");
    !cases.is_empty() && cases.iter().all(|case| is_fixed(&case.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Evaluator, Scope, Var};
    use crate::project::{Project, StackId};

    /// The text of these pieces; one that begins with `$` is a parameter.
    fn text(parts: &[&str]) -> Text {
        let mut text = Text::default();
        for part in parts {
            text.push(match part.strip_prefix('$') {
                Some(name) => Part::Variable(Var {
                    scope: Scope::Stack(StackId(0)),
                    name: name.into(),
                }),
                None => Part::Literal((*part).into()),
            });
        }
        text
    }

    fn of(parts: &[&str]) -> Option<Registry> {
        let project = Project::default();
        let inventory = Inventory::new(Evaluator::new(&project));
        registry(&inventory, &text(parts)).ok()
    }

    fn is_hub(parts: &[&str]) -> bool {
        let project = Project::default();
        let inventory = Inventory::new(Evaluator::new(&project));
        is_on_docker_hub(&inventory, &text(parts))
    }

    fn host(name: &str) -> Option<Registry> {
        Some(Registry::Host(name.into()))
    }

    #[test]
    fn a_first_component_with_a_dot_or_a_port_is_the_registry() {
        assert_eq!(of(&["public.ecr.aws/nginx/nginx:1"]), host("public.ecr.aws"));
        assert_eq!(of(&["registry:5000/app"]), host("registry:5000"));
        assert_eq!(of(&["team/app"]), Some(Registry::DockerHub));
        assert_eq!(of(&["nginx:1.27"]), Some(Registry::DockerHub));
        assert_eq!(of(&["nginx:", "$Tag"]), Some(Registry::DockerHub));
        assert_eq!(of(&["index.docker.io/team/app"]), Some(Registry::DockerHub));
    }

    #[test]
    fn private_repositories_of_ecr_are_found_behind_an_account_that_is_not_known() {
        let image = ["$AWS::AccountId", ".dkr.ecr.eu-west-1.amazonaws.com/app"];
        assert_eq!(of(&image), Some(Registry::Ecr));
    }

    #[test]
    fn an_image_that_may_be_of_any_registry_is_of_none() {
        for image in [
            &["$Image"][..],
            &["$Host", "/app"],
            &["team", "$Rest"],
            &["<IMAGE>"],
            &["IMAGE_URI"],
            &[""],
        ] {
            assert_eq!(of(image), None, "{image:?}");
        }
    }

    #[test]
    fn an_image_without_a_registry_lies_in_docker_hub() {
        for image in [
            "nginx",
            "nginx:1.27",
            "bitnami/redis:7",
            "docker.io/library/nginx",
            "app@sha256:0123",
        ] {
            assert!(is_hub(&[image]), "{image}");
        }
        for image in [
            "public.ecr.aws/nginx/nginx:1.27",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app",
            "localhost/app",
            "registry:5000/app",
            "ghcr.io/team/app",
            "<IMAGE>",
            "team/<IMAGE>",
        ] {
            assert!(!is_hub(&[image]), "{image}");
        }
    }

    #[test]
    fn an_open_part_may_be_the_registry() {
        assert!(!is_hub(&["$Image"]));
        assert!(!is_hub(&["$Registry", "/app:1"]));
        assert!(!is_hub(&["app", "$Rest"]));
        assert!(is_hub(&["nginx:", "$Tag"]));
        assert!(is_hub(&["team/app:", "$Tag"]));
    }
}
