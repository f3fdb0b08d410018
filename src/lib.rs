//! ecslint: a policy linter for AWS ECS on CloudFormation that looks at the deployment, not at one file.

pub mod diag;
pub mod files;
pub mod lint;
pub mod report;
pub mod rule;
pub mod source;
pub mod yaml;
