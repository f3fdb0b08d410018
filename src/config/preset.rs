//! Configurations that come with the program.

/// What the names of presets begin with.
pub(super) const PREFIX: &str = "ecslint:";

/// The preset that every configuration builds on: it says all that can be left out.
pub(super) const BASE: &str = "ecslint:recommended";

/// The presets by name.
const PRESETS: &[(&str, &str)] = &[
    (BASE, include_str!("presets/recommended.yaml")),
    ("ecslint:strict", include_str!("presets/strict.yaml")),
    ("ecslint:article", include_str!("presets/article.yaml")),
];

/// The text of a preset.
pub(super) fn find(name: &str) -> Option<&'static str> {
    let found = PRESETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}

/// The names of the presets.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}
