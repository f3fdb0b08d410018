//! What a folder holds: templates, which of them are roots, and parameter files that fit them.

use std::path::Path;

use indexmap::IndexSet;

use crate::cli::exit::Failure;
use crate::files::Disk;
use crate::lint::{Linter, Loaded};
use crate::project::parameters;
use crate::project::{Child, MissingChild, discover};
use crate::source::{FileId, Str};

/// Words in the names of parameter files that do not name an environment.
const NO_ENVIRONMENT: &[&str] = &[
    "cfn",
    "cloudformation",
    "config",
    "configuration",
    "deploy",
    "deployment",
    "env",
    "environment",
    "environments",
    "input",
    "param",
    "parameter",
    "parameters",
    "params",
    "stack",
    "template",
    "values",
    "vars",
];

/// Extensions of parameter files.
const EXTENSIONS: &[&str] = &["json", "yaml", "yml"];

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// How many templates there are.
    pub(super) templates: usize,
    /// The templates that no other one deploys, sorted.
    pub(super) roots: Vec<Str>,
    /// Parameter files that fit a root template, by path.
    pub(super) values: Vec<Values>,
    /// Locations of nested templates that are not here, sorted.
    pub(super) remote: Vec<Str>,
    /// Files that are meant as templates and cannot be read.
    pub(super) broken: Vec<Str>,
    /// Files that are no templates.
    pub(super) others: Vec<Str>,
}

/// A parameter file, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) path: Str,
    /// The root template that declares all of its parameters.
    pub(super) template: Str,
    /// A name for the environment, from the name of the file.
    pub(super) environment: String,
}

impl Survey {
    /// Looks through a folder and all below it.
    pub(super) fn of(cwd: &Path) -> Result<Survey, Failure> {
        let loaded = Linter::new(&Disk, cwd, vec![".".into()])
            .load()
            .map_err(|error| Failure::usage(error.to_string()))?;
        let project = &loaded.project;
        let path = |template: crate::project::TemplateId| {
            let template = &project.templates[template.0 as usize];
            project.sources.get(template.file).path().clone()
        };
        let roots = project.stacks.iter().filter(|stack| stack.parent.is_none());
        let mut roots: Vec<Str> = roots.map(|stack| path(stack.template)).collect();
        roots.sort();
        roots.dedup();
        let children = project.stacks.iter().flat_map(|stack| stack.children.values());
        let mut remote: Vec<Str> = children
            .filter_map(|child| match child {
                Child::Missing(MissingChild::Remote(url)) => Some(url.clone()),
                _ => None,
            })
            .collect();
        remote.sort();
        remote.dedup();
        let templates = project.templates.iter().map(|template| template.file);
        let others: Vec<Str> = loaded.skipped.iter().map(|file| file.path.clone()).collect();
        Ok(Survey {
            templates: templates.collect::<IndexSet<FileId>>().len(),
            values: values(&loaded, cwd, &roots, &others),
            roots,
            remote,
            broken: broken(&loaded),
            others,
        })
    }
}

/// The inputs that could not be read; a folder without templates is none.
fn broken(loaded: &Loaded) -> Vec<Str> {
    let wrong = loaded.errors.iter().filter(|error| error.problem.is_some());
    wrong.map(|error| error.path.clone()).collect()
}

/// The files among the others whose parameters one root template declares.
fn values(loaded: &Loaded, cwd: &Path, roots: &[Str], others: &[Str]) -> Vec<Values> {
    let project = &loaded.project;
    let declared: Vec<(&Str, Vec<&str>)> = roots
        .iter()
        .filter_map(|root| {
            let is_root =
                |template: &&crate::cfn::Template| project.sources.get(template.file).path() == root;
            let template = project.templates.iter().find(is_root)?;
            Some((root, template.parameters.keys().map(|name| &**name).collect()))
        })
        .collect();
    let mut found = Vec::new();
    for path in others {
        let extension = Path::new(&**path).extension().and_then(|text| text.to_str());
        if !extension.is_some_and(|text| EXTENSIONS.contains(&text)) {
            continue;
        }
        let Ok(text) = discover::read(&Disk, &cwd.join(&**path), path) else {
            continue;
        };
        let Ok(file) = parameters::parse(FileId(0), path, None, &text) else {
            continue;
        };
        let fits = |names: &[&str]| file.values.keys().all(|name| names.contains(&&**name));
        let mut fitting = declared.iter().filter(|(_, names)| fits(names));
        if file.values.is_empty() {
            continue;
        }
        // A file that fits several templates says nothing about which it is for.
        if let (Some((root, _)), None) = (fitting.next(), fitting.next()) {
            found.push(Values {
                path: path.clone(),
                template: (*root).clone(),
                environment: environment(path, root),
            });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// What the name of a parameter file says about where its values belong: `params/prod.json`, `root-prod.json`,
/// `prod/parameters.json`.
fn environment(path: &str, template: &str) -> String {
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
    };
    let template_words = words(&stem(template));
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folders = path.rsplit('/').skip(1);
    let mut candidates = std::iter::once(name).chain(folders);
    let telling = candidates.find_map(|candidate| {
        let words = words(candidate).into_iter();
        let left: Vec<String> = words
            .filter(|word| !NO_ENVIRONMENT.contains(&word.as_str()) && !template_words.contains(word))
            .collect();
        (!left.is_empty()).then(|| left.join("-"))
    });
    telling.unwrap_or_else(|| "default".to_owned())
}

/// The words of a name, in small letters.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_named_by_what_tells_its_file_from_others() {
        for (path, expected) in [
            ("params/prod.json", "prod"),
            ("root-params-prod.json", "prod"),
            ("root.staging.parameters.json", "staging"),
            ("deploy/Prod_EU.yaml", "prod-eu"),
            ("environments/dev/parameters.json", "dev"),
            ("params.json", "default"),
        ] {
            assert_eq!(environment(path, "templates/root.yaml"), expected, "{path}");
        }
    }
}
