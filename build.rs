//! Turns checked-in files into the forms the program embeds: the facts about AWS (`data/*.txt`) into an `fst` map and
//! static tables, the rules that are files into others, so that nothing is parsed when it starts, and the first fixtures of
//! each rule into its examples.
//!
//! The output depends on those files alone. A line that breaks the format stops the build with
//! its file and number.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/declared_rules.rs"]
mod declared_rules;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ACTIONS: &str = "data/iam-actions.txt";
const RESOURCES: &str = "data/iam-resources.txt";
const POLICIES: &str = "data/managed-policies.txt";
const TLS_POLICIES: &str = "data/tls-policies.txt";
const SIZES: &str = "data/fargate-sizes.txt";
const LOG_ACCOUNTS: &str = "data/elb-log-accounts.txt";

/// Letters of the access levels; the position is the bit in the value of an action. Kept in step
/// with `Access` in src/aws/iam_actions.rs, whose tests compare the two.
const LEVELS: &str = "LRWTP";

/// Bits of an action's value that hold its access levels; the rest is the number of its resource set.
const LEVEL_BITS: u32 = 5;

/// Longest `service:Action` in bytes: the matcher keeps one bit for each position in 128 bits.
const MAX_NAME: usize = 127;

/// What every ARN format starts with; left out of the embedded text.
const ARN_START: &str = "arn:${Partition}:";

/// The commonest part of an ARN format, and the byte that stands for it in the embedded text.
const REGION_AND_ACCOUNT: (&str, &str) = (":${Region}:${Account}:", "\u{1}");

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: build.rs runs under cargo")?;
    iam_actions(Path::new(&out))?;
    managed_policies(Path::new(&out))?;
    tls_policies(Path::new(&out))?;
    fargate_sizes(Path::new(&out))?;
    log_accounts(Path::new(&out))?;
    declared_rules::table(Path::new(&out))?;
    examples(Path::new(&out))
}

/// Writes the table that src/aws/fargate.rs includes: CPU units and the amounts of memory that go with them, and the
/// date of the data.
fn fargate_sizes(out: &Path) -> Result<()> {
    let text = read(SIZES)?;
    let date = text
        .lines()
        .find(|line| line.starts_with("# Date"))
        .and_then(|line| line.split_whitespace().last());
    let date = date.ok_or("data/fargate-sizes.txt has no line with its date")?;
    let mut source = format!("const SIZES_OF: &str = {date:?};\nstatic SIZES: &[(u64, &[u64])] = &[\n");
    let mut last = 0;
    for line in lines(SIZES, &text) {
        let numbers: std::result::Result<Vec<u64>, _> = line.text.split(' ').map(str::parse).collect();
        let numbers = numbers.map_err(|error| line.error(error))?;
        let [cpu, memory @ ..] = numbers.as_slice() else {
            return Err(line.error("expected CPU units and amounts of memory"));
        };
        if *cpu <= last || memory.is_empty() || !memory.is_sorted() {
            return Err(line.error("the numbers are not ascending"));
        }
        last = *cpu;
        writeln!(source, "({cpu}, &{memory:?}),")?;
    }
    source.push_str("];\n");
    fs::write(out.join("fargate_sizes.rs"), source)?;
    Ok(())
}

/// Writes the sorted table of accounts that src/aws/accounts.rs includes.
fn log_accounts(out: &Path) -> Result<()> {
    /// Digits of an account id.
    const DIGITS: usize = 12;
    let text = read(LOG_ACCOUNTS)?;
    let mut accounts = Vec::new();
    for line in lines(LOG_ACCOUNTS, &text) {
        match line.text.split_once(' ') {
            Some((_, id)) if id.len() == DIGITS && id.bytes().all(|byte| byte.is_ascii_digit()) => {
                accounts.push(id);
            }
            _ => return Err(line.error("expected `REGION ACCOUNT`")),
        }
    }
    accounts.sort_unstable();
    let source = format!(
        "static LOG_ACCOUNTS: [&str; {}] = {accounts:?};\n",
        accounts.len()
    );
    fs::write(out.join("elb_log_accounts.rs"), source)?;
    Ok(())
}

/// Where the cases of a rule lie: `fixtures/<rule>/{fail,pass}/<case>`.
const FIXTURES: &str = "fixtures";

/// Writes the table of examples that src/report/catalogue.rs includes: rule, outcome, text of the first case. A package
/// without fixtures gives an empty table.
fn examples(out: &Path) -> Result<()> {
    println!("cargo:rerun-if-changed={FIXTURES}");
    let mut source = "static EXAMPLES: &[(&str, &str, &str)] = &[\n".to_owned();
    for rule in entries(Path::new(FIXTURES))? {
        for outcome in ["fail", "pass"] {
            if let Some(text) = first_case(&rule.join(outcome))? {
                let name = rule.file_name().unwrap_or_default().to_string_lossy();
                writeln!(source, "({name:?}, {outcome:?}, {text:?}),")?;
            }
        }
    }
    source.push_str("];\n");
    fs::write(out.join("examples.rs"), source)?;
    Ok(())
}

/// The first case that is a single template; of cases that are folders, the templates of the first one after a line with
/// the name of each.
fn first_case(folder: &Path) -> Result<Option<String>> {
    let read =
        |path: &PathBuf| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let is_template = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        path.is_file() && matches!(extension, Some("yaml" | "yml" | "json"))
    };
    let cases = entries(folder)?;
    if let Some(case) = cases.iter().find(|path| is_template(path)) {
        return Ok(Some(read(case)?));
    }
    let Some(case) = cases.iter().find(|path| path.is_dir()) else {
        return Ok(None);
    };
    let mut text = String::new();
    for path in entries(case)?.iter().filter(|path| is_template(path)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        writeln!(text, "# {name}\n{}", read(path)?)?;
    }
    Ok(Some(text))
}

/// What lies in a folder, sorted; nothing where there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

/// A line of a fact file that is neither a comment nor blank.
struct Line<'a> {
    file: &'static str,
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    fn error(&self, what: impl Display) -> Box<dyn Error> {
        format!("{}:{}: {what}: {:?}", self.file, self.number, self.text).into()
    }
}

fn read(file: &'static str) -> Result<String> {
    println!("cargo:rerun-if-changed={file}");
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}").into())
}

fn lines<'a>(file: &'static str, text: &'a str) -> impl Iterator<Item = Line<'a>> {
    text.lines()
        .enumerate()
        .map(move |(index, text)| Line {
            file,
            number: index + 1,
            text,
        })
        .filter(|line| !line.text.starts_with('#') && !line.text.trim().is_empty())
}

/// The resource types an action names, as numbers of lines in the resource file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ResourceSet {
    required: Vec<u16>,
    optional: Vec<u16>,
}

fn iam_actions(out: &Path) -> Result<()> {
    let (formats, types) = resource_formats(&read(RESOURCES)?)?;
    let text = read(ACTIONS)?;
    let mut sets: BTreeMap<ResourceSet, u64> = BTreeMap::new();
    let mut map = fst::MapBuilder::memory();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines(ACTIONS, &text) {
        let mut words = line.text.split(' ');
        let (Some(name), Some(levels)) = (words.next(), words.next()) else {
            return Err(line.error("expected `service:Action LEVELS [resource types]`"));
        };
        let service = action_service(name).map_err(|what| line.error(what))?;
        if let Some(first) = names.insert(name.to_ascii_lowercase(), line.number) {
            return Err(line.error(format!("the action of line {first} again")));
        }
        let levels = level_bits(levels).map_err(|what| line.error(what))?;
        let set = resource_set(service, words, &types).map_err(|what| line.error(what))?;
        let next = sets.len() as u64;
        let number = *sets.entry(set).or_insert(next);
        map.insert(name, number << LEVEL_BITS | levels)
            .map_err(|error| line.error(error))?;
    }
    fs::write(out.join("iam_actions.fst"), map.into_inner()?)?;
    fs::write(out.join("iam_resources.rs"), resource_tables(&sets, &formats)?)?;
    Ok(())
}

/// The service of `service:Action`; the name must be one that the matcher in the library can hold.
fn action_service(name: &str) -> std::result::Result<&str, String> {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match name.split_once(':') {
        _ if name.len() > MAX_NAME => Err(format!("a name of more than {MAX_NAME} bytes")),
        Some((service, action))
            if plain(service) && plain(action) && service == service.to_ascii_lowercase() =>
        {
            Ok(service)
        }
        _ => Err("expected a name `service:Action`".to_owned()),
    }
}

fn level_bits(letters: &str) -> std::result::Result<u64, String> {
    letters
        .chars()
        .try_fold(0, |bits, letter| match LEVELS.find(letter) {
            Some(bit) if bits & (1 << bit) == 0 => Ok(bits | 1 << bit),
            _ => Err(format!("access levels are different letters of {LEVELS}")),
        })
}

fn resource_set<'a>(
    service: &str,
    words: impl Iterator<Item = &'a str>,
    types: &BTreeMap<String, u16>,
) -> std::result::Result<ResourceSet, String> {
    let mut set = ResourceSet {
        required: Vec::new(),
        optional: Vec::new(),
    };
    for word in words {
        let name = word.strip_suffix('?').unwrap_or(word);
        let number = types.get(&format!("{service}:{name}"));
        let number = *number.ok_or_else(|| format!("{service}:{name} is not in {RESOURCES}"))?;
        if name == word {
            set.required.push(number)
        } else {
            set.optional.push(number)
        }
    }
    Ok(set)
}

/// The embedded text of each resource type's formats, and the number of each type by its name.
fn resource_formats(text: &str) -> Result<(Vec<String>, BTreeMap<String, u16>)> {
    let mut formats = Vec::new();
    let mut types = BTreeMap::new();
    for line in lines(RESOURCES, text) {
        let Some((name, arns)) = line.text.split_once(' ') else {
            return Err(line.error("expected `service:type ARN...`"));
        };
        let mut short = Vec::new();
        for arn in arns.split(' ') {
            let rest = arn.strip_prefix(ARN_START);
            let rest = rest.ok_or_else(|| line.error(format!("an ARN format starts with {ARN_START}")))?;
            short.push(rest.replace(REGION_AND_ACCOUNT.0, REGION_AND_ACCOUNT.1));
        }
        if types
            .insert(name.to_owned(), u16::try_from(formats.len())?)
            .is_some()
        {
            return Err(line.error("a resource type twice"));
        }
        formats.push(short.join(" "));
    }
    Ok((formats, types))
}

/// Rust source of the static tables that src/aws/iam_actions.rs includes and describes.
fn resource_tables(sets: &BTreeMap<ResourceSet, u64>, formats: &[String]) -> Result<String> {
    let mut by_number: Vec<&ResourceSet> = sets.keys().collect();
    by_number.sort_by_key(|set| sets.get(set));

    let mut types: Vec<u16> = Vec::new();
    let mut source = String::new();
    writeln!(
        source,
        "static RESOURCE_SETS: [ResourceSet; {}] = [",
        by_number.len()
    )?;
    for set in by_number {
        let (first, required) = (u16::try_from(types.len())?, u8::try_from(set.required.len())?);
        let optional = u8::try_from(set.optional.len())?;
        writeln!(
            source,
            "ResourceSet {{ first: {first}, required: {required}, optional: {optional} }},"
        )?;
        types.extend(set.required.iter().chain(&set.optional));
    }
    writeln!(
        source,
        "];\nstatic RESOURCE_TYPES: [u16; {}] = {types:?};",
        types.len()
    )?;

    let text = formats.concat();
    let mut end = 0;
    let mut ends: Vec<usize> = Vec::new();
    for format in formats {
        end += format.len();
        ends.push(end);
    }
    writeln!(source, "static FORMAT_ENDS: [u32; {}] = {ends:?};", ends.len())?;
    writeln!(source, "static FORMATS: &str = {text:?};")?;
    Ok(source)
}

/// A managed policy as the text file has it.
struct Policy<'a> {
    path: &'a str,
    verdict: &'static str,
    statements: Vec<Statement<'a>>,
}

/// A statement; an element is its keyword (`Action` or `NotAction`) and its words.
#[derive(Default)]
struct Statement<'a> {
    action: Option<(&'a str, Vec<&'a str>)>,
    resource: Option<(&'a str, Vec<&'a str>)>,
    conditions: Vec<Vec<&'a str>>,
}

fn managed_policies(out: &Path) -> Result<()> {
    let text = read(POLICIES)?;
    let mut policies: Vec<Policy> = Vec::new();
    for line in lines(POLICIES, &text) {
        let mut words = line.text.split_whitespace();
        let keyword = words.next().unwrap_or_default();
        let words: Vec<&str> = words.collect();
        if keyword == "policy" {
            let policy = policy(&words).map_err(|what| line.error(what))?;
            if policies.last().is_some_and(|last| last.path >= policy.path) {
                return Err(line.error("the policies are not sorted by their paths"));
            }
            policies.push(policy);
            continue;
        }
        let policy = policies
            .last_mut()
            .ok_or_else(|| line.error("no policy before this line"))?;
        if keyword == "allow" && words.is_empty() {
            policy.statements.push(Statement::default());
            continue;
        }
        let statement = policy
            .statements
            .last_mut()
            .ok_or_else(|| line.error("no `allow` before this line"))?;
        add_element(statement, keyword, words).map_err(|what| line.error(what))?;
    }
    fs::write(out.join("managed_policies.rs"), policy_table(&policies)?)?;
    Ok(())
}

fn policy<'a>(words: &[&'a str]) -> std::result::Result<Policy<'a>, &'static str> {
    let [path, verdict, _version] = words else {
        return Err("expected `policy PATH VERDICT VERSION`");
    };
    let verdict = match *verdict {
        "administrator" => "Administrator",
        "elevated" => "Elevated",
        "broad" => "Broad",
        "narrow" => "Narrow",
        "unknown" => "Unknown",
        _ => return Err("a verdict is administrator, elevated, broad, narrow or unknown"),
    };
    Ok(Policy {
        path,
        verdict,
        statements: Vec::new(),
    })
}

fn add_element<'a>(
    statement: &mut Statement<'a>,
    keyword: &'a str,
    words: Vec<&'a str>,
) -> std::result::Result<(), &'static str> {
    let element = match keyword {
        "Action" | "NotAction" => &mut statement.action,
        "Resource" | "NotResource" => &mut statement.resource,
        "Condition" if words.len() > 2 => {
            statement.conditions.push(words);
            return Ok(());
        }
        "Condition" => return Err("expected `Condition OPERATOR KEY VALUES`"),
        _ => return Err("not a line of a managed policy"),
    };
    if words.is_empty() || element.is_some() {
        return Err("an element occurs once, with words");
    }
    *element = Some((keyword, words));
    Ok(())
}

/// Writes the table that src/aws/tls_policies.rs includes: names and the oldest versions they accept, sorted by name.
fn tls_policies(out: &Path) -> Result<()> {
    let text = read(TLS_POLICIES)?;
    let mut source = "static POLICIES: &[(&str, TlsVersion)] = &[\n".to_owned();
    let mut last = "";
    for line in lines(TLS_POLICIES, &text) {
        let Some((name, version)) = line.text.split_once(' ') else {
            return Err(line.error("expected `NAME VERSION`"));
        };
        if name <= last {
            return Err(line.error("the policies are not sorted by their names"));
        }
        last = name;
        let version = match version {
            "1.0" => "Tls10",
            "1.1" => "Tls11",
            "1.2" => "Tls12",
            "1.3" => "Tls13",
            _ => return Err(line.error("a version is 1.0, 1.1, 1.2 or 1.3")),
        };
        writeln!(source, "({name:?}, TlsVersion::{version}),")?;
    }
    source.push_str("];\n");
    fs::write(out.join("tls_policies.rs"), source)?;
    Ok(())
}

/// Rust source of the table that src/aws/managed_policies.rs includes.
fn policy_table(policies: &[Policy]) -> Result<String> {
    let mut source = format!("static POLICIES: [Policy; {}] = [\n", policies.len());
    for Policy {
        path,
        verdict,
        statements,
    } in policies
    {
        writeln!(
            source,
            "Policy {{ path: {path:?}, verdict: Verdict::{verdict}, statements: &["
        )?;
        for statement in statements {
            let (Some(action), Some(resource)) = (&statement.action, &statement.resource) else {
                return Err(format!("{POLICIES}: a statement of {path} lacks Action or Resource").into());
            };
            write!(source, "Statement {{ actions: {}, ", selection(action))?;
            write!(source, "resources: {}, conditions: &[", selection(resource))?;
            for condition in &statement.conditions {
                if let [operator, key, values @ ..] = condition.as_slice() {
                    let operator = format!("operator: {operator:?}, key: {key:?}");
                    write!(source, "Condition {{ {operator}, values: &{values:?} }},")?;
                }
            }
            writeln!(source, "] }},")?;
        }
        writeln!(source, "] }},")?;
    }
    source.push_str("];\n");
    Ok(source)
}

fn selection((keyword, words): &(&str, Vec<&str>)) -> String {
    let kind = if keyword.starts_with("Not") {
        "AllBut"
    } else {
        "Only"
    };
    format!("Selection::{kind}(&{words:?})")
}
