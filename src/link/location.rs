//! Where a nested stack's template is: CDK assets, relative paths, URLs by the map and by their end.

use std::path::{Path, PathBuf};

use super::url_map::is_packaged;
use super::workspace::{Workspace, normal};
use crate::eval::{Evaluator, Known, Part, Text};
use crate::project::{MissingChild, ResourceId, TemplateId};
use crate::source::Str;

/// What a nested stack resource says about its template.
pub(super) enum Location {
    /// `aws:asset:path` of the CDK: a path relative to the parent's file.
    Asset(Str),
    /// `TemplateURL` or `Location`, with its parts and in words.
    Url(Text, Str),
    /// The same, where it differs between conditions or parameter values; at least two.
    Either(Vec<Text>),
    /// It is not known at all.
    Unresolved(Str),
}

/// Reads the location of a nested stack's template.
pub(super) fn location(eval: &Evaluator<'_>, nested: ResourceId) -> Location {
    let declared = eval.project().resource(nested);
    if let Some(path) = declared.metadata_text("aws:asset:path") {
        return Location::Asset(path.clone());
    }
    let key = declared.location_key();
    let texts = eval.texts(eval.property(nested, &[key]));
    let known = texts.into_iter().filter_map(|case| match case.value {
        Known::Value(text) => Some(text),
        Known::Absent | Known::Unknown(_) => None,
    });
    let known: Vec<Text> = known.collect();
    match known.as_slice() {
        [text] => Location::Url(text.clone(), eval.render(text)),
        [] => Location::Unresolved(format!("`{key}` is not known").into()),
        _ => Location::Either(known),
    }
}

/// A template found for a location.
pub(super) struct Found {
    pub(super) template: TemplateId,
    /// True when only the end of a URL says so.
    pub(super) assumed: bool,
}

impl Workspace<'_> {
    /// The template of a location, loaded if it is not yet. `parent` is the template that holds the nested stack.
    pub(super) fn resolve(&mut self, parent: TemplateId, location: &Location) -> Result<Found, MissingChild> {
        if !self.nesting.follow {
            return Err(MissingChild::NotFollowed);
        }
        let folder = self.project.places[parent.0 as usize]
            .parent()
            .map(Path::to_path_buf)
            .unwrap_or_default();
        match location {
            Location::Unresolved(reason) => Err(MissingChild::Unresolved(reason.clone())),
            Location::Asset(path) => self.relative(parent, &folder, path),
            Location::Either(texts) => match self.mapped(parent, &folder, texts) {
                Some(found) => found,
                None => Err(MissingChild::Unresolved(
                    "it differs between parameter values".into(),
                )),
            },
            Location::Url(text, shown) => {
                let words = text.parts().iter().filter_map(|part| match part {
                    Part::Literal(text) => Some(text.clone()),
                    _ => None,
                });
                let words: Vec<Str> = words.collect();
                let asset = words
                    .iter()
                    .find_map(|word| self.assets(&folder).find(word).map(Path::to_path_buf));
                if let Some(path) = asset {
                    let shown = self.shown(parent, &folder, &path);
                    return self.found(&path, &shown, false);
                }
                match text.as_literal() {
                    Some(path) if !path.contains("://") => self.relative(parent, &folder, &path),
                    _ => match self.mapped(parent, &folder, std::slice::from_ref(text)) {
                        Some(found) => found,
                        None => self.by_suffix(parent, &folder, text, shown),
                    },
                }
            }
        }
    }

    /// The file that the map of URLs gives for a location, whose texts are what it may be; `None` where it gives none. When
    /// it gives one for some of the texts only, such as the default of a parameter, the others are taken for the same.
    fn mapped(
        &mut self,
        parent: TemplateId,
        folder: &Path,
        texts: &[Text],
    ) -> Option<Result<Found, MissingChild>> {
        let files = texts.iter().map(|text| self.nesting.url_map.file(text));
        let files: Vec<Option<PathBuf>> = files.collect();
        let mut known = files.iter().flatten();
        let target = known.next()?;
        if known.any(|other| other != target) {
            return None;
        }
        let url = texts.iter().find_map(Text::as_literal);
        let shown = self.shown(parent, folder, target);
        let found = match self.inside(target, &shown) {
            Ok(()) => self.found(target, &shown, files.contains(&None)),
            Err(MissingChild::NotFound(path)) => Err(MissingChild::Unmapped {
                url: url.unwrap_or_else(|| path.clone()),
                path,
            }),
            Err(missing) => Err(missing),
        };
        Some(found)
    }

    fn relative(&mut self, parent: TemplateId, folder: &Path, path: &str) -> Result<Found, MissingChild> {
        let target = normal(&folder.join(path));
        self.inside(&target, path)?;
        let shown = self.shown(parent, folder, &target);
        self.found(&target, &shown, false)
    }

    /// That a file is there, and inside of the project; `shown` is how the template names it.
    fn inside(&self, target: &Path, shown: &str) -> Result<(), MissingChild> {
        let root = &self.project.root;
        if !target.starts_with(root) {
            return Err(MissingChild::Outside(shown.into()));
        }
        if !self.files.is_file(target) {
            return Err(MissingChild::NotFound(shown.into()));
        }
        // A symbolic link must not lead out either.
        match (self.files.canonical(target), self.files.canonical(root)) {
            (Ok(real), Ok(root)) if !real.starts_with(&root) => Err(MissingChild::Outside(shown.into())),
            _ => Ok(()),
        }
    }

    fn found(&mut self, path: &Path, shown: &Str, assumed: bool) -> Result<Found, MissingChild> {
        if !self.opens && !self.has(&normal(path)) {
            return Err(MissingChild::NotLoaded(shown.clone()));
        }
        match self.open(path, shown) {
            Ok(template) => Ok(Found { template, assumed }),
            Err(reason) => Err(MissingChild::Unreadable {
                path: shown.clone(),
                reason: reason.to_string().into(),
            }),
        }
    }

    /// How a file next to a parent template is shown: by the parent's own path.
    fn shown(&self, parent: TemplateId, folder: &Path, target: &Path) -> Str {
        let file = self.project.templates[parent.0 as usize].file;
        let shown = self.project.sources.get(file).path().clone();
        let shown_folder = shown.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut up = PathBuf::from(shown_folder);
        let mut base = folder;
        let rest = loop {
            if let Ok(rest) = target.strip_prefix(base) {
                break rest;
            }
            match base.parent() {
                Some(above) => {
                    base = above;
                    up.push("..");
                }
                None => break target,
            }
        };
        normal(&up.join(rest)).to_string_lossy().replace('\\', "/").into()
    }

    /// The template whose path ends most like the URL: among the loaded ones the longest common end, then the nearest
    /// folder; else a file that stands at the end of the URL below a folder above the parent.
    fn by_suffix(
        &mut self,
        parent: TemplateId,
        folder: &Path,
        url: &Text,
        shown: &Str,
    ) -> Result<Found, MissingChild> {
        let Some(Part::Literal(tail)) = url.parts().last() else {
            return Err(MissingChild::Unresolved(
                format!("`{shown}` does not end in a file name").into(),
            ));
        };
        let tail = tail.split_once("://").map_or(&**tail, |(_, rest)| rest);
        let tail = tail.split(['?', '#']).next().unwrap_or_default();
        let wanted: Vec<&str> = tail.split('/').filter(|piece| !piece.is_empty()).collect();
        let boundary = self.project.boundaries[parent.0 as usize].clone();
        let rank = |path: &Path| (common_suffix(path, &wanted), shared_folders(path, folder));
        let (loaded, _) = self.nearest(parent, &boundary, &rank);
        self.take_offer(&boundary, |path| rank(path).0 > 0 && rank(path) >= loaded);
        let (_, best) = self.nearest(parent, &boundary, &rank);
        match best.as_slice() {
            [template] => Ok(Found {
                template: *template,
                assumed: true,
            }),
            [] => self.on_disk(parent, folder, &wanted, &boundary, shown),
            several => {
                let paths = several.iter().map(|id| {
                    let file = self.project.templates[id.0 as usize].file;
                    self.project.sources.get(file).path().clone()
                });
                Err(MissingChild::Ambiguous(paths.collect()))
            }
        }
    }

    /// The loaded templates of a boundary that rank highest, each once, and their rank; none of those without a common end.
    fn nearest(
        &self,
        parent: TemplateId,
        boundary: &str,
        rank: &dyn Fn(&Path) -> (usize, usize),
    ) -> ((usize, usize), Vec<TemplateId>) {
        let (mut highest, mut best) = ((1, 0), Vec::new());
        for (path, template) in self.loaded() {
            if *self.project.boundaries[template.0 as usize] != *boundary || template == parent {
                continue;
            }
            let rank = rank(path);
            if rank > highest {
                (highest, best) = (rank, Vec::new());
            }
            if rank == highest && !best.contains(&template) {
                best.push(template);
            }
        }
        (highest, best)
    }

    fn on_disk(
        &mut self,
        parent: TemplateId,
        folder: &Path,
        wanted: &[&str],
        boundary: &str,
        shown: &Str,
    ) -> Result<Found, MissingChild> {
        for skip in 0..wanted.len() {
            let suffix: PathBuf = wanted[skip..].iter().collect();
            for above in folder.ancestors().take_while(|above| above.starts_with(boundary)) {
                let candidate = normal(&above.join(&suffix));
                if candidate.starts_with(boundary) && self.files.is_file(&candidate) {
                    let shown = self.shown(parent, folder, &candidate);
                    return self.found(&candidate, &shown, true);
                }
            }
        }
        if is_packaged(shown) {
            return Err(MissingChild::Packaged(shown.clone()));
        }
        Err(MissingChild::Remote(shown.clone()))
    }
}

fn common_suffix(path: &Path, wanted: &[&str]) -> usize {
    let pieces: Vec<_> = path
        .components()
        .map(|component| component.as_os_str().to_string_lossy())
        .collect();
    pieces
        .iter()
        .rev()
        .zip(wanted.iter().rev())
        .take_while(|(have, want)| have == *want)
        .count()
}

fn shared_folders(path: &Path, folder: &Path) -> usize {
    path.components()
        .zip(folder.components())
        .take_while(|(a, b)| a == b)
        .count()
}
