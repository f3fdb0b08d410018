//! What is loaded: the files of a run, parameter values, CDK assemblies, and the stacks that templates become.

pub mod cdk;
pub mod discover;
mod focus;
pub mod parameters;
mod stack;

pub use focus::Focus;
pub use stack::{
    Child, Given, MissingChild, OnMissing, Project, PseudoParameters, ResourceId, Stack, StackId, TemplateId,
};
