//! What the configuration ignores, by rule, path, resource and environment.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::names::Names;
use super::scope::Scope;
use super::{Request, Requests, Terms};
use crate::diag::SuppressionKind;
use crate::project::Project;
use crate::source::FileId;

/// How users find what accepted a finding.
const BY: &str = "ignore";

/// Takes in the entries of the configuration.
///
/// `folders` are those that were asked for as a whole.
pub(super) fn collect(
    project: &Project,
    terms: &Terms,
    folders: &[PathBuf],
    names: Names<'_>,
    requests: &mut Requests,
) {
    for ignore in &terms.ignores {
        let templates = project.templates.iter().zip(&project.places);
        let named = templates.filter(|(_, place)| ignore.names_file(place));
        let files: BTreeSet<FileId> = named.map(|(template, _)| template.file).collect();
        let wanted = requests.wanted(&ignore.rules, ignore.place, names);
        let file = ignore.place.map(|place| project.sources.get(place.file).path());
        requests.requests.push(Request {
            place: ignore.place,
            scope: Scope::Matching {
                files: files.into_iter().collect(),
                resources: ignore.resources.clone(),
                environments: ignore.environments.clone(),
                is_whole: folders.iter().any(|folder| ignore.folder.starts_with(folder)),
            },
            kind: SuppressionKind::Config,
            by: match file {
                Some(file) => format!("{BY} in {file}"),
                None => BY.to_owned(),
            },
            is_foreign: false,
            wanted,
            reason: ignore.reason.clone(),
            until: ignore.until,
        });
    }
}
