//! The `ecslint` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ecslint::cli::main()
}
