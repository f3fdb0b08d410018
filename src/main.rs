//! The `ecslint` command.

use std::process::ExitCode;

/// Values are many small pieces of memory, made by one thread and given back by another: a sixth of a run over a thousand
/// templates on one core, and a quarter on two, goes with the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ecslint::cli::main()
}
