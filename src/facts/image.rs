//! Image references: `[registry/]name[:tag][@digest]`, as far as their parts are known.
//! <https://pkg.go.dev/github.com/distribution/reference>

mod registry;

pub use registry::{Registry, has_fixed_tags, is_on_docker_hub, registry, repository};

use super::Inventory;
use crate::aws::ecr;
use crate::eval::{Part, Text, Unknown};
use crate::source::Str;

/// By what an image reference names a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// By a digest.
    Digest,
    /// By this tag.
    Tag(Str),
    /// By a tag that is not known and certainly not `latest`.
    OtherTag,
    /// By nothing, which means the tag `latest`.
    Nothing,
    /// Not known.
    Unknown(Unknown),
    /// The text is no image reference but a place to put one, such as `<IMAGE>`.
    Placeholder,
}

/// A piece of the last component of an image reference.
enum Piece<'t> {
    Text(&'t str),
    /// Something that holds no `/`, `:` or `@`.
    Plain,
    /// Something that may hold the tag itself.
    Open(Unknown),
}

/// The version that an image reference names. The tag is what follows the colon in the last component: a colon before
/// a slash belongs to the port of a registry.
pub fn version(inventory: &Inventory<'_>, image: &Text) -> Version {
    let literals = image.parts().iter().filter_map(|part| match part {
        Part::Literal(text) => Some(&**text),
        _ => None,
    });
    let mut has_digest = false;
    for text in literals {
        if !text.chars().all(is_reference_character) {
            return Version::Placeholder;
        }
        has_digest |= text.contains('@');
    }
    if has_digest {
        return Version::Digest;
    }
    let pieces = last_component(inventory, image);
    let colon = pieces
        .iter()
        .enumerate()
        .rev()
        .find_map(|(index, piece)| match piece {
            Piece::Text(text) => text.rsplit_once(':').map(|split| (index, split)),
            _ => None,
        });
    match colon {
        Some((index, (name, tag))) => {
            let is_named = index > 0 || is_name(name);
            let rest = pieces.get(index + 1..).unwrap_or(&[]);
            if is_named {
                tag_of(tag, rest)
            } else {
                Version::Placeholder
            }
        }
        None => untagged(&pieces),
    }
}

fn is_reference_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-/:@".contains(c)
}

/// Names are in lower case; `IMAGE_URI` is a word for a script to replace.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| c.is_ascii_uppercase())
}

/// The pieces after the last slash.
fn last_component<'t>(inventory: &Inventory<'_>, image: &'t Text) -> Vec<Piece<'t>> {
    let mut pieces = Vec::new();
    for part in image.parts().iter().rev() {
        let (piece, is_first) = match part {
            Part::Literal(text) => match text.rsplit_once('/') {
                Some((_, rest)) => (Piece::Text(rest), true),
                None => (Piece::Text(text), false),
            },
            Part::Attribute(id, attribute) if inventory.type_name(*id) == ecr::Repository::TYPE => {
                // The URI ends in the repository's name; `Ref` is the name itself.
                (Piece::Plain, &**attribute == "RepositoryUri")
            }
            Part::Attribute(id, attribute) => {
                (Piece::Open(Unknown::Attribute(*id, attribute.clone())), false)
            }
            Part::Variable(var) if var.name.starts_with("AWS::") => (Piece::Plain, false),
            part => {
                let reason = part.unknown().unwrap_or(Unknown::Limit("image reference"));
                (Piece::Open(reason), false)
            }
        };
        pieces.push(piece);
        if is_first {
            break;
        }
    }
    pieces.reverse();
    pieces
}

/// The version by a tag that begins with `text` and goes on with `rest`.
fn tag_of(text: &str, rest: &[Piece<'_>]) -> Version {
    let mut tag = text.to_owned();
    let mut open = None;
    let mut is_plain = false;
    for piece in rest {
        match piece {
            Piece::Text(text) => tag.push_str(text),
            Piece::Plain => is_plain = true,
            Piece::Open(reason) => open = Some(reason.clone()),
        }
    }
    match open {
        Some(reason) if tag.is_empty() && !is_plain => Version::Unknown(reason),
        Some(_) => Version::OtherTag,
        None if is_plain => Version::OtherTag,
        None if tag.is_empty() => Version::Placeholder,
        None => Version::Tag(tag.into()),
    }
}

fn untagged(pieces: &[Piece<'_>]) -> Version {
    let open = pieces.iter().find_map(|piece| match piece {
        Piece::Open(reason) => Some(reason.clone()),
        _ => None,
    });
    if let Some(reason) = open {
        return Version::Unknown(reason);
    }
    let is_name = match pieces {
        [] => false,
        [Piece::Text(text)] => is_name(text),
        _ => true,
    };
    if is_name {
        Version::Nothing
    } else {
        Version::Placeholder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Evaluator;
    use crate::eval::{Scope, Var};
    use crate::project::{Project, StackId};

    fn variable(name: &str) -> Part {
        Part::Variable(Var {
            scope: Scope::Stack(StackId(0)),
            name: name.into(),
        })
    }

    fn read(parts: &[Part]) -> Version {
        let project = Project::default();
        let inventory = Inventory::new(Evaluator::new(&project));
        let mut text = Text::default();
        parts.iter().cloned().for_each(|part| text.push(part));
        version(&inventory, &text)
    }

    fn literal(text: &str) -> Version {
        read(&[Part::Literal(text.into())])
    }

    #[test]
    fn the_port_of_a_registry_is_no_tag() {
        assert_eq!(literal("registry.example:5000/team/app"), Version::Nothing);
        assert_eq!(
            literal("registry.example:5000/team/app:1.2"),
            Version::Tag("1.2".into())
        );
        assert_eq!(literal("nginx"), Version::Nothing);
    }

    #[test]
    fn a_digest_decides_beside_any_tag() {
        assert_eq!(literal("nginx:latest@sha256:0123"), Version::Digest);
        let parts = [variable("Repository"), Part::Literal("@sha256:0123".into())];
        assert_eq!(read(&parts), Version::Digest);
    }

    #[test]
    fn words_for_a_script_to_replace_are_no_references() {
        for text in ["<IMAGE1_NAME>", "IMAGE_URI", "{{ image }}", "", "app:", "a b"] {
            assert_eq!(literal(text), Version::Placeholder, "{text}");
        }
    }

    #[test]
    fn a_part_that_may_hold_the_tag_leaves_it_open() {
        assert!(matches!(read(&[variable("Image")]), Version::Unknown(_)));
        let tagged = [Part::Literal("app:".into()), variable("Tag")];
        assert!(matches!(read(&tagged), Version::Unknown(_)));
        let latest = [variable("Image"), Part::Literal(":latest".into())];
        assert_eq!(read(&latest), Version::Tag("latest".into()));
    }

    #[test]
    fn a_tag_that_has_more_than_an_open_part_is_not_latest() {
        let parts = [
            Part::Literal("app:".into()),
            variable("Commit"),
            Part::Literal("-latest".into()),
        ];
        assert_eq!(read(&parts), Version::OtherTag);
        let region = [Part::Literal("app:".into()), variable("AWS::Region")];
        assert_eq!(read(&region), Version::OtherTag);
    }

    #[test]
    fn a_pseudo_parameter_in_the_registry_hides_no_tag() {
        let parts = [
            variable("AWS::AccountId"),
            Part::Literal(".dkr.ecr.".into()),
            variable("AWS::Region"),
            Part::Literal(".amazonaws.com/app".into()),
        ];
        assert_eq!(read(&parts), Version::Nothing);
    }
}
