//! What a run says about the suppressions themselves: unused, expired, without a reason, without an end, not allowed.

use jiff::ToSpan;
use jiff::civil::Date;
use rustc_hash::FxHashSet;

use super::apply::Run;
use super::index::Position;
use super::scope::Scope;
use super::{Form, Objection, Request, Terms, Wanted};
use crate::diag::{Severity, SuppressionKind};
use crate::source::Span;

/// For how many days before its end a suppression is announced.
const NOTICE_DAYS: i32 = 14;

/// Judges the requests; those of other tools are left alone, and so are those without a place to point at.
pub(super) fn judge(
    requests: &[Request],
    used: &FxHashSet<Position>,
    terms: &Terms,
    run: &Run<'_>,
) -> Vec<Objection> {
    let mut out = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        if request.is_foreign || request.wanted.is_empty() {
            continue;
        }
        let Some(place) = request.place else {
            continue;
        };
        let judged = Judged { request, place };
        if !terms.allows(request.form()) {
            out.push(judged.not_allowed(terms));
            continue;
        }
        if request.reason.is_none() && terms.require_reason {
            out.push(judged.unexplained());
        }
        match request.until {
            Some(until) if until < terms.today => {
                out.push(judged.expired(until));
                continue;
            }
            Some(until) if until <= terms.today.saturating_add(NOTICE_DAYS.days()) => {
                out.push(judged.expiring(until));
            }
            _ => {}
        }
        if let (Some(latest), Some(days)) = (terms.latest(), terms.max_days)
            && request.until.is_none_or(|until| until > latest)
        {
            out.push(judged.overlong(days, latest));
        }
        for (name, wanted) in request.wanted.iter().enumerate() {
            if judged.is_protected(wanted, terms) {
                out.push(judged.protected(wanted));
            } else if !used.contains(&(at, name)) && judged.is_decided(wanted, terms, run) {
                out.push(judged.unused(wanted));
            }
        }
    }
    out
}

/// A request with its place.
struct Judged<'r> {
    request: &'r Request,
    place: Span,
}

impl Judged<'_> {
    fn objection(&self, rule: &'static str, atom: String) -> Objection {
        Objection {
            rule,
            place: self.place,
            message: String::new(),
            label: "",
            help: String::new(),
            severity: None,
            atom,
        }
    }

    /// True for the name of a protected rule. A category is none: it stands for its other rules.
    fn is_protected(&self, wanted: &Wanted, terms: &Terms) -> bool {
        matches!(wanted.rules.as_slice(), [rule] if terms.is_protected(rule))
    }

    /// True when a name that accepted nothing is known to have nothing to accept.
    fn is_decided(&self, wanted: &Wanted, terms: &Terms, run: &Run<'_>) -> bool {
        let files = self.request.scope.files();
        let rules = wanted.rules.iter().filter(|rule| !terms.is_protected(rule));
        let is_told = match &self.request.scope {
            // Elsewhere, or in another environment, there may be what it accepts.
            Scope::Matching {
                environments,
                is_whole,
                ..
            } => {
                let is_checked = |name: &String| run.environments.iter().any(|checked| **checked == **name);
                *is_whole && environments.iter().all(is_checked)
            }
            _ => true,
        };
        is_told
            && rules.into_iter().all(|rule| {
                run.complete.contains(rule) && files.iter().all(|file| run.is_decided(*file, rule))
            })
    }

    fn unused(&self, wanted: &Wanted) -> Objection {
        Objection {
            message: format!("the suppression of `{}` suppresses nothing", wanted.shown),
            label: match &self.request.scope {
                Scope::Matching { files, .. } if files.is_empty() => "names no template",
                Scope::Matching { .. } => "no finding of it where it says",
                _ => "no finding of it here",
            },
            help: match self.request.wanted.len() {
                1 => "remove it".to_owned(),
                _ => format!("remove `{}` from its list", wanted.shown),
            },
            ..self.objection("unused-suppression", wanted.shown.clone())
        }
    }

    fn expired(&self, until: Date) -> Objection {
        let shown = self.request.shown();
        Objection {
            message: format!("the suppression of {shown} expired on {until}"),
            label: "counts no more",
            help: "mend what it accepted and remove it, or decide again and give a later date".to_owned(),
            ..self.objection("expired-suppression", shown)
        }
    }

    fn expiring(&self, until: Date) -> Objection {
        let shown = self.request.shown();
        Objection {
            message: format!("the suppression of {shown} ends on {until}"),
            label: "counts for a few more days",
            help: "mend what it accepts, or decide again and give a later date".to_owned(),
            severity: Some(Severity::Info),
            ..self.objection("expired-suppression", shown)
        }
    }

    fn overlong(&self, days: u32, latest: Date) -> Objection {
        let shown = self.request.shown();
        let message = match self.request.until {
            Some(until) => {
                format!("the suppression of {shown} counts until {until}, more than {days} days from now")
            }
            None => format!("the suppression of {shown} has no end, and {days} days are allowed"),
        };
        Objection {
            message,
            label: "counts for too long",
            help: match self.request.kind {
                SuppressionKind::Comment => format!("write `until={latest}` or an earlier day"),
                _ => format!("write `until: \"{latest}\"` or an earlier day"),
            },
            ..self.objection("overlong-suppression", shown)
        }
    }

    fn protected(&self, wanted: &Wanted) -> Objection {
        Objection {
            message: format!(
                "`{}` is protected: the configuration lets nothing suppress it",
                wanted.shown
            ),
            label: "suppresses nothing",
            help: match self.request.wanted.len() {
                1 => "mend what it reports, and remove the suppression".to_owned(),
                _ => format!(
                    "mend what it reports, and remove `{}` from the list",
                    wanted.shown
                ),
            },
            ..self.objection("forbidden-suppression", wanted.shown.clone())
        }
    }

    fn not_allowed(&self, terms: &Terms) -> Objection {
        let shown = self.request.shown();
        let what = match self.request.kind {
            SuppressionKind::Comment => "a comment",
            SuppressionKind::Metadata => "metadata",
            SuppressionKind::Config => "`ignore` in the configuration",
            SuppressionKind::Baseline => "a baseline",
        };
        let own = Form::ALL.iter().filter(|form| **form != Form::Compat);
        let allowed: Vec<&str> = own
            .filter(|form| terms.allows(**form))
            .map(|form| form.as_str())
            .collect();
        Objection {
            message: format!("{what} may not suppress {shown}: the configuration does not allow the form"),
            label: "suppresses nothing",
            help: if allowed.is_empty() {
                "mend what it reports, and remove the suppression".to_owned()
            } else {
                format!(
                    "`suppressions.allow` has {}; use one of these, or mend what it reports",
                    allowed.join(", ")
                )
            },
            ..self.objection("forbidden-suppression", shown)
        }
    }

    fn unexplained(&self) -> Objection {
        let shown = self.request.shown();
        Objection {
            message: format!("the suppression of {shown} gives no reason"),
            label: "why?",
            help: match self.request.kind {
                SuppressionKind::Comment => "end the comment with ` -- ` and the reason".to_owned(),
                _ => "add `reason: …` beside `rules`".to_owned(),
            },
            ..self.objection("unexplained-suppression", shown)
        }
    }
}
