//! What a check finds: a violation with its evidence, or a question that is not settled.

use crate::diag::{Label, Severity};
use crate::eval::{Case, Guard, Trail, Unknown};
use crate::facts::Inventory;
use crate::project::ResourceId;
use crate::source::{FileId, Span};

/// A violation that a check found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The resource it is about; its presence is what "always" is relative to.
    pub subject: Option<ResourceId>,
    /// When it holds, the subject's presence left out.
    pub guard: Guard,
    /// The place to edit, with what is to be seen there.
    pub place: Span,
    /// What is to be seen at the place.
    pub label: String,
    /// One sentence, lower case, no full stop, with names and values.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Another severity than the rule's.
    pub severity: Option<Severity>,
    /// The chain of evidence.
    pub related: Vec<Label>,
    /// True when it rests on an assumed link.
    pub assumed: bool,
    /// What tells two findings at one place apart.
    pub atom: String,
    /// Places of secrets that the finding leads to, which no format may show.
    pub secrets: Vec<Span>,
    /// Templates that it speaks of, beside those in which its places lie.
    pub about: Vec<FileId>,
}

impl Finding {
    /// A finding about a resource that always holds.
    pub fn new(subject: ResourceId, place: Span, message: impl Into<String>) -> Self {
        Self {
            subject: Some(subject),
            guard: Guard::True,
            place,
            label: String::new(),
            message: message.into(),
            help: None,
            severity: None,
            related: Vec::new(),
            assumed: false,
            atom: String::new(),
            secrets: Vec::new(),
            about: Vec::new(),
        }
    }

    /// A finding about a place that belongs to no resource.
    pub fn at(place: Span, message: impl Into<String>) -> Self {
        Self {
            subject: None,
            ..Self::new(
                ResourceId {
                    stack: crate::project::StackId(0),
                    index: 0,
                },
                place,
                message,
            )
        }
    }

    /// Narrows when it holds.
    #[must_use]
    pub fn when(mut self, guard: &Guard) -> Self {
        self.guard = self.guard.and(guard);
        self
    }

    /// Says what is to be seen at the place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Sets another severity than the rule's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Adds evidence; a place that is there already is not repeated.
    #[must_use]
    pub fn because(mut self, labels: impl IntoIterator<Item = Label>) -> Self {
        for label in labels {
            if !self.related.contains(&label) {
                self.related.push(label);
            }
        }
        self
    }

    /// Adds the places a value passed through.
    #[must_use]
    pub fn through(mut self, inventory: &Inventory<'_>, trail: &Trail) -> Self {
        self.assumed |= trail.is_assumed();
        self.because(inventory.hops(trail))
    }

    /// Keeps a secret out of every format: its text is hidden where it stands in these places, all of a place whose text
    /// spells it differently. The words of the finding must not hold it.
    #[must_use]
    pub fn hiding(
        mut self,
        inventory: &Inventory<'_>,
        secret: &str,
        places: impl IntoIterator<Item = Span>,
    ) -> Self {
        for place in places {
            let text = inventory.project().sources.text(place);
            let mut found = text
                .match_indices(secret)
                .filter(|(_, found)| !found.is_empty())
                .peekable();
            let is_function =
                text.starts_with(['!', '{', '[', '*']) || text.contains("Ref") || text.contains("Fn::");
            if found.peek().is_none() && !is_function {
                self.secrets.push(place);
            }
            self.secrets.extend(found.map(|(at, found)| {
                let start = place.start + at as u32;
                Span::new(place.file, start, start + found.len() as u32)
            }));
        }
        self
    }

    /// Names a template that it speaks of and in which none of its places need lie, because what it misses there is not there.
    #[must_use]
    pub fn about(mut self, template: FileId) -> Self {
        self.about.push(template);
        self
    }

    /// Sets what tells two findings at one place apart.
    #[must_use]
    pub fn atom(mut self, atom: impl Into<String>) -> Self {
        self.atom = atom.into();
        self
    }
}

/// A check that may be undetermined.
#[derive(Clone, Debug)]
pub struct Question {
    /// The resource it is about.
    pub subject: ResourceId,
    /// The place whose value would settle it.
    pub place: Span,
    /// What cannot be decided: "whether tasks of service `X` sit in public subnets".
    pub message: String,
    /// When and why it is not known.
    pub open: Vec<Case<Unknown>>,
}
