//! What AWS documents and the rules need to know: facts of the platform, embedded at build time.

pub mod iam_actions;
pub mod managed_policies;
