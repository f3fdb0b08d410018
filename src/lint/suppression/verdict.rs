//! What a run says about the suppressions themselves: unused, expired, without a reason.

use jiff::ToSpan;
use jiff::civil::Date;
use rustc_hash::FxHashSet;

use super::apply::Run;
use super::index::Position;
use super::{Objection, Request, Wanted};
use crate::diag::{Severity, SuppressionKind};
use crate::source::FileId;

/// For how many days before its end a suppression is announced.
const NOTICE_DAYS: i32 = 14;

/// Judges the requests; those of other tools are left alone. `is_open` says whether a rule could not decide something that
/// has to do with a file.
pub(super) fn judge(
    requests: &[Request],
    used: &FxHashSet<Position>,
    today: Date,
    run: &Run<'_>,
    is_open: &dyn Fn(FileId, &str) -> bool,
) -> Vec<Objection> {
    let mut out = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        if request.is_foreign || request.wanted.is_empty() {
            continue;
        }
        if request.reason.is_none() {
            out.push(unexplained(request));
        }
        match request.until {
            Some(until) if until < today => {
                out.push(expired(request, until));
                continue;
            }
            Some(until) if until <= today.saturating_add(NOTICE_DAYS.days()) => {
                out.push(expiring(request, until));
            }
            _ => {}
        }
        let file = request.scope.file();
        for (name, wanted) in request.wanted.iter().enumerate() {
            let is_decided = |rule: &&str| run.complete.contains(rule) && !is_open(file, rule);
            let is_unused = !used.contains(&(at, name))
                && run.checked.contains(&file)
                && wanted.rules.iter().all(is_decided);
            if is_unused {
                out.push(unused(request, wanted));
            }
        }
    }
    out
}

fn objection(rule: &'static str, request: &Request, atom: String) -> Objection {
    Objection {
        rule,
        place: request.place,
        message: String::new(),
        label: "",
        help: String::new(),
        severity: None,
        atom,
    }
}

fn unused(request: &Request, wanted: &Wanted) -> Objection {
    Objection {
        message: format!("the suppression of `{}` suppresses nothing", wanted.shown),
        label: "no finding of it here",
        help: match request.wanted.len() {
            1 => "remove it".to_owned(),
            _ => format!("remove `{}` from its list", wanted.shown),
        },
        ..objection("unused-suppression", request, wanted.shown.clone())
    }
}

fn expired(request: &Request, until: Date) -> Objection {
    Objection {
        message: format!("the suppression of {} expired on {until}", request.shown()),
        label: "counts no more",
        help: "mend what it accepted and remove it, or decide again and give a later date".to_owned(),
        ..objection("expired-suppression", request, request.shown())
    }
}

fn expiring(request: &Request, until: Date) -> Objection {
    Objection {
        message: format!("the suppression of {} ends on {until}", request.shown()),
        label: "counts for a few more days",
        help: "mend what it accepts, or decide again and give a later date".to_owned(),
        severity: Some(Severity::Info),
        ..objection("expired-suppression", request, request.shown())
    }
}

fn unexplained(request: &Request) -> Objection {
    Objection {
        message: format!("the suppression of {} gives no reason", request.shown()),
        label: "why?",
        help: match request.kind {
            SuppressionKind::Comment => "end the comment with ` -- ` and the reason".to_owned(),
            SuppressionKind::Metadata => "add `reason: …` beside `rules`".to_owned(),
        },
        ..objection("unexplained-suppression", request, request.shown())
    }
}
