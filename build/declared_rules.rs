//! The words of the rules that are files, `rules/<name>.yaml`, as a static table: nothing of them is read when the program
//! starts, and what they assert only where there is a resource that they are about.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_yaml::Value;

use crate::Result;

/// Where the rules lie.
const RULES: &str = "rules";

/// Writes the table that src/rules/mod.rs includes, sorted by name.
pub(crate) fn table(out: &Path) -> Result<()> {
    println!("cargo:rerun-if-changed={RULES}");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let (mut declarations, mut rules) = (String::new(), String::new());
    let files = crate::entries(Path::new(RULES))?;
    let is_rule = |path: &&std::path::PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let files: Vec<_> = files.iter().filter(is_rule).collect();
    for (number, path) in files.iter().enumerate() {
        let file = File::read(path)?;
        let place = Path::new(&root).join(path);
        writeln!(
            declarations,
            "static DECLARATION_{number}: Declaration = Declaration::embedded(&{:?}, include_str!({place:?}));",
            file.list("resource")?,
        )?;
        writeln!(rules, "{},", file.rule(number)?)?;
    }
    let count = files.len();
    let source = format!(
        "{declarations}/// The rules that are files, sorted by name.\nstatic DECLARED: [Rule; {count}] = [{rules}];\n"
    );
    fs::write(out.join("declared_rules.rs"), source)?;
    Ok(())
}

/// A rule file.
struct File<'p> {
    path: &'p Path,
    content: Value,
}

impl<'p> File<'p> {
    fn read(path: &'p Path) -> Result<Self> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let content = serde_yaml::from_str(&text).map_err(|error| wrong(&error))?;
        Ok(Self { path, content })
    }

    /// The text of a key that every rule of ours has.
    fn text(&self, key: &str) -> Result<&str> {
        let text = self.content.get(key).and_then(Value::as_str);
        text.ok_or_else(|| format!("{}: no text for `{key}`", self.path.display()).into())
    }

    /// The texts of a key that holds one or several.
    fn list(&self, key: &str) -> Result<Vec<&str>> {
        match self.content.get(key) {
            Some(Value::Sequence(items)) => Ok(items.iter().filter_map(Value::as_str).collect()),
            _ => Ok(vec![self.text(key)?]),
        }
    }

    /// The name of a key's value as a variant: `security-group` is `SecurityGroup`.
    fn variant(&self, key: &str) -> Result<String> {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        let words = self.text(key)?.split('-').filter(|word| !word.is_empty());
        Ok(words.map(capital).collect())
    }

    /// The rule as source text.
    fn rule(&self, number: usize) -> Result<String> {
        let severity = match self.content.get("security-severity").and_then(Value::as_f64) {
            Some(severity) => format!("Some({severity:?})"),
            None => "None".to_owned(),
        };
        let safety = match self.content.get("fix-safety") {
            Some(_) => self.variant("fix-safety")?,
            None => "Advice".to_owned(),
        };
        Ok(format!(
            "Rule {{ name: {:?}, summary: {:?}, docs: Docs {{ why: {:?}, decides: {:?}, fix: {:?}, \
             safety: Safety::{safety} }}, category: Category::{}, severity: Severity::{}, \
             security_severity: {severity}, profile: Profile::{}, since: {:?}, references: &{:?}, aws_page: {:?}, \
             options: &[], check: Check::Declared(&DECLARATION_{number}) }}",
            self.text("name")?,
            self.text("summary")?,
            self.text("why")?,
            self.text("decides")?,
            self.text("fix")?,
            self.variant("category")?,
            self.variant("severity")?,
            self.variant("profile")?,
            self.text("since")?,
            self.list("references").unwrap_or_default(),
            self.text("aws-page")?,
        ))
    }
}
