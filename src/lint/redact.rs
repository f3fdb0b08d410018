//! Keeps secrets out of what a run prints. Reporters quote sources and the words of diagnostics, and nothing else; both
//! are cleared here, once for all formats.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::diag::{Diagnostic, Reason, When};
use crate::facts::credential::{self, MASK};
use crate::project::Project;
use crate::source::{Sources, Span, Str};

/// Hides the secrets that diagnostics lead to in any environment, the defaults of `NoEcho` parameters, and everything in the files with the
/// shape of a credential, whichever rules ran: a snippet shows the lines around its place as well.
pub(super) fn secrets(found: &mut [(Option<Str>, Vec<Diagnostic>)], project: &mut Project) {
    let mut places: Vec<Span> = found
        .iter()
        .flat_map(|(_, diagnostics)| diagnostics)
        .flat_map(|diagnostic| diagnostic.secrets.iter().copied())
        .collect();
    let parameters = project
        .templates
        .iter()
        .flat_map(|template| template.parameters.values());
    let silent = parameters.filter(|parameter| parameter.no_echo);
    places.extend(silent.filter_map(|parameter| Some(parameter.default.as_ref()?.span)));
    let values: BTreeSet<Str> = places
        .iter()
        .map(|span| project.sources.text(*span).trim_matches(['"', '\'']).into())
        .filter(|value: &Str| !value.is_empty())
        .collect();
    places.extend(shapes(&project.sources));
    for (_, diagnostics) in found {
        diagnostics
            .par_iter_mut()
            .for_each(|diagnostic| words(diagnostic, &values));
    }
    project.sources.mask(places);
}

/// Places of all texts with the shape of a credential.
fn shapes(sources: &Sources) -> Vec<Span> {
    let files: Vec<_> = sources.iter().collect();
    let found = files.par_iter().flat_map_iter(|(file, source)| {
        let found = credential::find(source.text()).into_iter();
        found.map(|found| Span::new(*file, found.range.start as u32, found.range.end as u32))
    });
    found.collect()
}

/// Hides what has the shape of a credential in the words of a diagnostic that was not there when the others were cleared.
pub(super) fn credentials(diagnostic: &mut Diagnostic) {
    words(diagnostic, &BTreeSet::new());
}

/// Clears the words of a diagnostic.
fn words(diagnostic: &mut Diagnostic, values: &BTreeSet<Str>) {
    let texts = [
        &mut diagnostic.message,
        &mut diagnostic.primary.text,
        &mut diagnostic.atom,
    ];
    let suppression = diagnostic.suppression.iter_mut();
    let suppression =
        suppression.flat_map(|suppression| suppression.reason.iter_mut().chain([&mut suppression.by]));
    let related = diagnostic.related.iter_mut().map(|label| &mut label.text);
    let reasons = diagnostic.because.iter_mut();
    let reasons = reasons.flat_map(|Reason { text, settle }| [text, settle]);
    for text in texts
        .into_iter()
        .chain(&mut diagnostic.help)
        .chain(related)
        .chain(reasons)
        .chain(suppression)
    {
        if let Some(masked) = credential::masked(text) {
            *text = masked.to_string();
        }
    }
    if let When::ByDefault(choices) | When::Sometimes(choices) = &mut diagnostic.when {
        for choice in choices {
            let shown = choice.split_once(" = ").or_else(|| choice.split_once(" is not "));
            let is_secret = shown.is_some_and(|(_, value)| values.contains(value));
            if let (true, Some((name, value))) = (is_secret, shown) {
                let between = choice.len() - name.len() - value.len();
                let sign = choice.get(name.len()..name.len() + between).unwrap_or(" = ");
                *choice = format!("{name}{sign}{MASK}");
            } else if let Some(masked) = credential::masked(choice) {
                *choice = masked.to_string();
            }
        }
    }
}
