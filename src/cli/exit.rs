//! How a command ends.

use std::io;
use std::process::ExitCode;

/// The exit code; the numbers are a contract with scripts. Ordered by precedence: where several apply, the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Complete, nothing at or above the threshold.
    Clean,
    /// Complete, something at or above the threshold.
    Findings,
    /// An input is missing, unreadable or not parsable.
    Incomplete,
    /// A mistake in the arguments, or in a parameter file.
    Usage,
    /// A bug.
    Internal,
}

impl Exit {
    /// The number.
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
            Exit::Internal => 4,
        }
    }
}

/// What the process exits with on an interrupt: 128 and the number of the signal, as shells have it.
pub(super) const INTERRUPTED: i32 = 130;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// What the process exits with.
    pub(super) exit: Exit,
    /// One sentence, lower case, no full stop.
    pub(super) message: String,
    /// What to do or to type next.
    pub(super) help: Option<String>,
}

impl Failure {
    /// A mistake in what the user typed or in a file that steers the run.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A bug.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        let message = format!("internal error: {}", message.into());
        Self::new(Exit::Internal, message).help(
            "this is a bug in ecslint; ECSLINT_BACKTRACE=1 shows where it is, please report it with the template",
        )
    }

    /// An input without which nothing can be done.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::Incomplete, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: None,
        }
    }

    /// The same failure with advice.
    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The outcome of writing to a stream: a reader that has seen enough is no failure.
pub(super) fn written(result: io::Result<()>, name: &str) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::input(format!("cannot write to {name}: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_beats_a_mistake_beats_an_unreadable_input_beats_findings() {
        let order = [
            Exit::Clean,
            Exit::Findings,
            Exit::Incomplete,
            Exit::Usage,
            Exit::Internal,
        ];
        assert!(order.is_sorted());
        assert_eq!(order.map(Exit::code), [0, 1, 3, 2, 4]);
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is() {
        let outcome = |kind: io::ErrorKind| written(Err(kind.into()), "stdout").is_err();
        assert!(!outcome(io::ErrorKind::BrokenPipe));
        assert!(outcome(io::ErrorKind::StorageFull));
    }
}
