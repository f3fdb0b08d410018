//! What is deployed together: the files of a run, CDK assemblies, and the parameter values of a deployment.

pub mod cdk;
pub mod discover;
pub mod parameters;
