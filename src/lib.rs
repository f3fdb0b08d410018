//! ecslint: a policy linter for AWS ECS on CloudFormation that looks at the deployment, not at one file.

pub mod aws;
pub mod cfn;
pub mod cli;
pub mod config;
pub mod diag;
pub mod diagram;
pub mod eval;
pub mod facts;
pub mod files;
pub mod link;
pub mod lint;
pub mod project;
pub mod report;
pub mod rule;
pub mod rules;
pub mod source;
pub mod yaml;
