//! The `ecslint` command.

fn main() {}
