//! Stacks: what a template becomes when it is deployed. A template used twice is two stacks.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::Focus;
use crate::cfn::{Resource, Template};
use crate::source::{FileId, Sources, Span, Str};

/// The identity of a loaded template; an index into [`Project::templates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateId(pub u32);

/// The identity of a stack instance; an index into [`Project::stacks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId(pub u32);

/// The identity of a resource of a stack instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId {
    /// The stack instance.
    pub stack: StackId,
    /// The resource's index in its template.
    pub index: u32,
}

/// A value that the user gave for a root stack's parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The value, lists joined with commas.
    pub value: Str,
    /// Where it stands in a parameter file; `None` for the command line.
    pub span: Option<Span>,
}

/// A stack instance.
#[derive(Debug)]
pub struct Stack {
    /// The template it is made from.
    pub template: TemplateId,
    /// The resource in the parent stack that makes this one; `None` for a root stack.
    pub parent: Option<ResourceId>,
    /// The root of the deployment; of a root stack its own id.
    pub root: StackId,
    /// Logical ids of the nested stacks from the root, joined by `/`; empty for a root stack.
    pub path: Str,
    /// Parameter values from the command line and parameter files.
    pub given: IndexMap<Str, Given>,
    /// The nested stacks, by the logical id of the resource that makes them.
    pub children: IndexMap<Str, Child>,
}

/// What a nested stack resource leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Child {
    /// A stack of this project.
    Stack {
        /// Which.
        id: StackId,
        /// True when the template was found by the end of its URL, not by an exact path.
        assumed: bool,
    },
    /// No template that could be loaded.
    Missing(MissingChild),
}

/// Why a nested stack's template is not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingChild {
    /// The relative path leads to no file.
    NotFound(Str),
    /// The path leaves the project root.
    Outside(Str),
    /// The file is there and is no readable template.
    Unreadable {
        /// The path.
        path: Str,
        /// What is wrong with it.
        reason: Str,
    },
    /// The template is an ancestor of itself; the logical ids of the loop.
    Cycle(Str),
    /// A URL that no loaded template ends like.
    Remote(Str),
    /// A URL of an object that `aws cloudformation package` uploaded, named by what is in it.
    Packaged(Str),
    /// A URL whose place is known, and no file is there.
    Unmapped {
        /// The URL.
        url: Str,
        /// Where its file should be.
        path: Str,
    },
    /// Nested stacks are left alone in this run.
    NotFollowed,
    /// Several templates end like the URL.
    Ambiguous(Vec<Str>),
    /// The location depends on values that are not known.
    Unresolved(Str),
    /// The run was told to load nothing but its inputs.
    NotLoaded(Str),
    /// Nested deeper than `link::MAX_NESTING` or more stacks than `link::MAX_STACKS`.
    Limit(&'static str),
}

/// What is said of nested stacks whose template is not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMissing {
    /// Nothing; what they hold is not known all the same.
    Ignore,
    /// That it is not known, for a template that may lie elsewhere; a path that leads to no file is a mistake.
    #[default]
    Note,
    /// That it is a mistake.
    Error,
}

impl OnMissing {
    /// The one with a name.
    pub fn named(name: &str) -> Option<OnMissing> {
        match name {
            "ignore" => Some(OnMissing::Ignore),
            "note" => Some(OnMissing::Note),
            "error" => Some(OnMissing::Error),
            _ => None,
        }
    }
}

/// Values of the pseudo parameters, where the user gave them.
#[derive(Clone, Debug, Default)]
pub struct PseudoParameters {
    /// `AWS::Region`
    pub region: Option<Str>,
    /// `AWS::AccountId`
    pub account: Option<Str>,
    /// `AWS::Partition`
    pub partition: Option<Str>,
    /// `AWS::StackName` of root stacks
    pub stack_name: Option<Str>,
}

/// Everything that was loaded for a run.
#[derive(Debug, Default)]
pub struct Project {
    /// The files.
    pub sources: Sources,
    /// The project root, absolute: the repository, or else the folder that holds all inputs.
    pub root: PathBuf,
    /// The templates.
    pub templates: Vec<Template>,
    /// Where each template was read from, absolute; parallel to `templates`.
    pub places: Vec<PathBuf>,
    /// The folder of each template that links may not leave: the nearest one above it with a repository or licence
    /// of its own; parallel to `templates`.
    pub boundaries: Vec<Str>,
    /// The templates that the run was asked about.
    pub focus: Focus,
    /// The stack instances; parents stand before their children.
    pub stacks: Vec<Stack>,
    /// Values of the pseudo parameters.
    pub pseudo: PseudoParameters,
    /// What a CDK app says about the stacks it makes, by template; the values above go first.
    pub app_pseudo: IndexMap<TemplateId, PseudoParameters>,
    /// Values of `Fn::ImportValue` by export name.
    pub imports: IndexMap<Str, Str>,
    /// What is said of nested stacks whose template is not found.
    pub on_missing: OnMissing,
}

impl Project {
    /// A stack instance.
    pub fn stack(&self, id: StackId) -> &Stack {
        &self.stacks[id.0 as usize]
    }

    /// The template of a stack instance.
    pub fn template(&self, id: StackId) -> &Template {
        &self.templates[self.stack(id).template.0 as usize]
    }

    /// The declaration of a resource.
    pub fn resource(&self, id: ResourceId) -> &Resource {
        &self.template(id.stack).resources[id.index as usize]
    }

    /// The values of the pseudo parameters in a stack; a nested stack has those of its root, the name apart.
    pub fn pseudo_of(&self, stack: StackId) -> PseudoParameters {
        let own = &self.pseudo;
        let root = self.stack(stack).root;
        let app = self
            .app_pseudo
            .get(&self.stack(root).template)
            .cloned()
            .unwrap_or_default();
        PseudoParameters {
            region: own.region.clone().or(app.region),
            account: own.account.clone().or(app.account),
            partition: own.partition.clone().or(app.partition),
            stack_name: own
                .stack_name
                .clone()
                .or(app.stack_name)
                .filter(|_| root == stack),
        }
    }

    /// True when links may lead from one stack to another: they are of one deployment, or their templates belong to one
    /// project folder.
    pub fn are_related(&self, left: StackId, right: StackId) -> bool {
        self.stack(left).root == self.stack(right).root || self.boundary(left) == self.boundary(right)
    }

    /// The project folder that the template of a stack belongs to, where it is known.
    pub fn boundary(&self, stack: StackId) -> Option<&Str> {
        self.boundaries.get(self.stack(stack).template.0 as usize)
    }

    /// Where a template's file lies; `None` for a file that is no template.
    pub fn place(&self, file: FileId) -> Option<&Path> {
        let at = self.templates.iter().position(|template| template.file == file)?;
        self.places.get(at).map(PathBuf::as_path)
    }

    /// The file a stack's template was read from.
    pub fn file(&self, id: StackId) -> FileId {
        self.template(id).file
    }

    /// The identity of a logical id in a stack.
    pub fn find(&self, stack: StackId, logical_id: &str) -> Option<ResourceId> {
        let index = self.template(stack).resources.get_index_of(logical_id)?;
        Some(ResourceId {
            stack,
            index: index as u32,
        })
    }

    /// All stack instances.
    pub fn stack_ids(&self) -> impl Iterator<Item = StackId> + use<> {
        (0..self.stacks.len() as u32).map(StackId)
    }

    /// All resources of all stack instances, stack by stack in document order.
    pub fn resource_ids(&self) -> impl Iterator<Item = ResourceId> + '_ {
        self.stack_ids().flat_map(|stack| {
            (0..self.template(stack).resources.len() as u32).map(move |index| ResourceId { stack, index })
        })
    }
}
