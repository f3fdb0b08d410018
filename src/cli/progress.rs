//! A line on the terminal that says that a long run goes on.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A run that ends earlier shows nothing: a line that flickers tells nobody anything.
const AFTER: Duration = Duration::from_millis(500);
/// Between two pictures of the line.
const TICK: Duration = Duration::from_millis(100);

/// The line that is to be seen, for whoever ends the process.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the line away, if there is one.
pub(super) fn clear() {
    if let Some(bar) = shown().take() {
        bar.finish_and_clear();
    }
}

/// Work that goes on; its line is gone when this is dropped.
pub(super) struct Progress {
    message: Arc<Mutex<String>>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows nothing.
    pub(super) fn none() -> Self {
        Self {
            message: Arc::default(),
            end: None,
            thread: None,
        }
    }

    /// Shows a line on stderr as soon as the work takes long.
    pub(super) fn on_stderr(ascii: bool) -> Self {
        let message = Arc::new(Mutex::new(String::new()));
        let said = Arc::clone(&message);
        let (end, ended) = channel();
        let thread = spawn(move || {
            if ended.recv_timeout(AFTER) == Err(RecvTimeoutError::Timeout) {
                *shown() = Some(bar(ascii));
            }
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if let Some(bar) = shown().as_ref() {
                    bar.set_message(said.lock().unwrap_or_else(PoisonError::into_inner).clone());
                    bar.tick();
                }
            }
            clear();
        });
        Self {
            message,
            end: Some(end),
            thread: Some(thread),
        }
    }

    /// What is being done from now on.
    pub(super) fn say(&self, message: impl Into<String>) {
        *self.message.lock().unwrap_or_else(PoisonError::into_inner) = message.into();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has shown its last line.
            let _ = thread.join();
        }
    }
}

fn bar(ascii: bool) -> ProgressBar {
    let style = ProgressStyle::default_spinner();
    let style = if ascii { style.tick_chars("|/-\\ ") } else { style };
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
