//! What is loaded: files, parameter values, and the stacks that templates become.

mod stack;

pub use stack::{Child, Environment, Given, MissingChild, Project, ResourceId, Stack, StackId, TemplateId};
