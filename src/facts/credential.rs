//! What looks like a credential: texts of a known shape, and names that speak of a secret.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::source::Str;

/// A kind of credential that its shape gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The id of an AWS access key, which stands beside its secret.
    AccessKey,
    /// A private key in PEM.
    PrivateKey,
    /// A JSON Web Token.
    WebToken,
    /// A token of a service that marks its tokens.
    Token(&'static str),
    /// A password before the host of a URL.
    UrlPassword,
}

impl Kind {
    /// The kind in words, with an article.
    pub fn noun(self) -> String {
        match self {
            Kind::AccessKey => "an AWS access key".to_owned(),
            Kind::PrivateKey => "a private key".to_owned(),
            Kind::WebToken => "a JSON Web Token".to_owned(),
            Kind::Token(issuer) => format!("a {issuer} token"),
            Kind::UrlPassword => "a URL with a password".to_owned(),
        }
    }
}

/// A credential in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// The bytes that nobody may see: of a URL the password only.
    pub range: Range<usize>,
}

/// A shape of credentials.
struct Shape {
    /// What the text holds where a search is worth it; compiling and running the pattern is left for then.
    anchor: &'static str,
    kind: Kind,
    /// The group `secret` is what must be hidden; without one, all of it.
    pattern: LazyLock<Regex>,
}

macro_rules! shapes {
    ($($anchor:literal, $kind:expr, $pattern:literal;)*) => {
        [$(Shape { anchor: $anchor, kind: $kind, pattern: LazyLock::new(|| compiled($pattern)) }),*]
    };
}

/// The shapes, as their issuers document them.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>,
/// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>,
/// <https://docs.gitlab.com/security/tokens/#token-prefixes>, <https://docs.stripe.com/keys>,
/// <https://api.slack.com/concepts/token-types>
static SHAPES: [Shape; 10] = shapes! {
    "AKIA", Kind::AccessKey, r"\b(?<secret>AKIA[A-Z0-9]{16})\b";
    "ASIA", Kind::AccessKey, r"\b(?<secret>ASIA[A-Z0-9]{16})\b";
    "PRIVATE KEY-----", Kind::PrivateKey,
        r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?<secret>[A-Za-z0-9+/=\s\\rn:,-]{16,}?)(?:-----END|\z)";
    "eyJ", Kind::WebToken, r"\b(?<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})";
    "gh", Kind::Token("GitHub"), r"\b(?<secret>gh[pousr]_[A-Za-z0-9]{36,255})\b";
    "github_pat_", Kind::Token("GitHub"), r"\b(?<secret>github_pat_[A-Za-z0-9_]{40,255})\b";
    "glpat-", Kind::Token("GitLab"), r"\b(?<secret>glpat-[A-Za-z0-9_-]{20,})";
    "xox", Kind::Token("Slack"), r"\b(?<secret>xox[abprs]-[0-9A-Za-z-]{20,})";
    "_live_", Kind::Token("Stripe"), r"\b(?<secret>[sr]k_live_[0-9A-Za-z]{16,})\b";
    "://", Kind::UrlPassword,
        r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@?#'`]*:(?<secret>[^\s/@'`]+)@";
};

fn compiled(pattern: &str) -> Regex {
    // The patterns are constants that a test compiles; one that matches nothing stands in for the impossible.
    Regex::new(pattern).unwrap_or_else(|_| never())
}

#[allow(
    clippy::expect_used,
    reason = "a constant without any syntax that could be wrong"
)]
fn never() -> Regex {
    Regex::new("[^\\s\\S]").expect("an empty class")
}

/// What documentation puts where a credential belongs: AWS's access keys end in it.
const EXAMPLE: &str = "EXAMPLE";

/// The credentials in a text, in the order of their places. The characters of a part that is not known must not be in
/// the text; [`UNKNOWN`] may stand for them.
pub fn find(text: &str) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    if !has_anchor(text) {
        return out;
    }
    // Nearly every template has a URL, and nearly none a sign that ends a password in one.
    let is_worth = |shape: &&Shape| {
        text.contains(shape.anchor) && (shape.kind != Kind::UrlPassword || text.contains('@'))
    };
    for shape in SHAPES.iter().filter(is_worth) {
        for captures in shape.pattern.captures_iter(text) {
            let Some(secret) = captures.name("secret") else {
                continue;
            };
            let is_real = match shape.kind {
                Kind::UrlPassword => !is_placeholder(secret.as_str()),
                _ => !secret.as_str().ends_with(EXAMPLE) && !secret.as_str().contains(UNKNOWN),
            };
            if is_real {
                out.push(Found {
                    kind: shape.kind,
                    range: secret.range(),
                });
            }
        }
    }
    out.sort_by_key(|found| (found.range.start, found.range.end));
    out
}

/// True when a text may hold one of the [`SHAPES`]: all anchors are looked for at once, since nearly every text has none.
fn has_anchor(text: &str) -> bool {
    static ANCHORS: LazyLock<Regex> = LazyLock::new(|| {
        let anchors = SHAPES.iter().map(|shape| regex::escape(shape.anchor));
        compiled(&anchors.collect::<Vec<_>>().join("|"))
    });
    ANCHORS.is_match(text)
}

/// Stands for a part of a text whose characters are not known.
pub const UNKNOWN: char = '\u{1}';

/// True when a text is where something else puts a value: a variable, a template, a masked value.
fn is_placeholder(text: &str) -> bool {
    text.contains([UNKNOWN, '$', '{', '<', '%']) || text.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.'))
}

/// Words that name a secret, each a run of words of the name.
const SECRETS: &[(&[&str], &str)] = &[
    (&["PASSWORD"], "password"),
    (&["PASSWD"], "password"),
    (&["PWD"], "password"),
    (&["PGPASSWORD"], "password"),
    (&["SECRET"], "secret"),
    (&["TOKEN"], "token"),
    (&["API", "KEY"], "API key"),
    (&["APIKEY"], "API key"),
    (&["PRIVATE", "KEY"], "private key"),
    (&["CREDENTIAL"], "credential"),
    (&["CREDENTIALS"], "credential"),
    (&["CONNECTION", "STRING"], "connection string"),
];

/// Last words of names that speak about a secret and do not hold it.
const ABOUT: &[&str] = &[
    "ALG",
    "ALGORITHM",
    "ARN",
    "AUDIENCE",
    "AUTH",
    "BACKEND",
    "COOKIE",
    "COUNT",
    "DIR",
    "DIRECTORY",
    "DISABLED",
    "EMAIL",
    "ENABLED",
    "ENDPOINT",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FIELD",
    "FILE",
    "FILENAME",
    "FORMAT",
    "HEADER",
    "HOST",
    "ID",
    "IDENTIFIER",
    "INTERVAL",
    "ISSUER",
    "LABEL",
    "LENGTH",
    "LIFETIME",
    "LIMIT",
    "LOCATION",
    "MODE",
    "NAME",
    "PATH",
    "POLICY",
    "PORT",
    "PREFIX",
    "PROVIDER",
    "REGION",
    "REQUIRED",
    "ROTATION",
    "SCOPE",
    "SIZE",
    "SOURCE",
    "STORE",
    "SUFFIX",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USER",
    "USERNAME",
    "VERSION",
];

/// The secret that a name speaks of, as a word; nothing where it speaks about one, as `SECRET_ARN` and `TOKEN_TTL` do.
pub fn named(name: &str) -> Option<&'static str> {
    let words = words(name);
    let last = words.last()?;
    if ABOUT.contains(&last.as_str()) || ABOUT.contains(&last.trim_end_matches('S')) {
        return None;
    }
    let holds = |wanted: &[&str]| words.windows(wanted.len()).any(|run| run.iter().eq(wanted));
    SECRETS
        .iter()
        .find(|(wanted, _)| holds(wanted))
        .map(|(_, noun)| *noun)
}

/// The words of a name in capitals: `dbPassword`, `DB_PASSWORD` and `db.password` are two.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    let mut rest = name.chars().peekable();
    while let Some(character) = rest.next() {
        if !character.is_ascii_alphanumeric() {
            before = None;
            continue;
        }
        let is_start = match before {
            None => true,
            Some(last) if character.is_ascii_uppercase() => {
                let next_is_lower = rest.peek().is_some_and(char::is_ascii_lowercase);
                !last.is_ascii_uppercase() || next_is_lower
            }
            Some(_) => false,
        };
        match out.last_mut() {
            Some(word) if !is_start => word.push(character.to_ascii_uppercase()),
            _ => out.push(character.to_ascii_uppercase().to_string()),
        }
        before = Some(character);
    }
    out
}

/// Shorter texts are no secrets but switches and levels.
const MIN_SECRET_CHARS: usize = 3;

/// True when a text under a name that speaks of a secret can be the secret: no switch, number, ARN, URL or path, and no
/// place for another program to put one.
pub fn is_plausible(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let is_word = matches!(
        lower.as_str(),
        "true" | "false" | "none" | "null" | "yes" | "no" | "off" | "on" | "auto"
    );
    let is_number = value.chars().all(|c| c.is_ascii_digit() || c == '.');
    let leads_elsewhere =
        lower.starts_with("arn:") || value.contains("://") || value.starts_with(['/', '.', '~']);
    value.chars().count() >= MIN_SECRET_CHARS
        && !is_word
        && !is_number
        && !leads_elsewhere
        && !is_placeholder(value)
}

/// True when a text under a name is a credential, by its shape or by what the name says.
pub fn is_credential(name: &str, text: &str) -> bool {
    !find(text).is_empty() || (named(name).is_some() && is_plausible(text) && !text.contains("{{resolve:"))
}

/// Words by which templates say that somebody fills a value in after the deployment.
const FILLED_IN: &[&str] = &[
    "change",
    "dummy",
    "example",
    "fill",
    "initial",
    "placeholder",
    "replace",
    "tbd",
    "todo",
    "update",
    "your",
];

/// True when a text asks for somebody to put the secret in its place: `CHANGEME`, `replace-me`.
pub fn is_filled_in(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    FILLED_IN.iter().any(|word| lower.contains(word))
}

/// What the text of a secret gives away: what it is, and the characters that nobody may see. Text that is a JSON object
/// is read by its keys, other text as a whole. [`UNKNOWN`] stands for the parts of a text that are not known.
pub fn in_secret(text: &str) -> Vec<(String, Str)> {
    let found = find(text).into_iter();
    let mut out: Vec<(String, Str)> = found
        .filter_map(|found| Some((found.kind.noun(), text.get(found.range)?.into())))
        .collect();
    // A control character is none of JSON.
    let json = text.replace(UNKNOWN, UNKNOWN_IN_JSON);
    match serde_json::from_str(&json) {
        Ok(serde_json::Value::Object(fields)) => in_fields(&fields, &mut out),
        _ if out.is_empty() && is_plausible(text) && !is_filled_in(text) => {
            out.push(("its value".to_owned(), text.trim().into()));
        }
        _ => {}
    }
    out
}

/// Stands for [`UNKNOWN`] in JSON; a text with it is a placeholder.
const UNKNOWN_IN_JSON: &str = "${}";

fn in_fields(fields: &serde_json::Map<String, serde_json::Value>, out: &mut Vec<(String, Str)>) {
    for (key, value) in fields {
        match value {
            serde_json::Value::Object(inner) => in_fields(inner, out),
            serde_json::Value::String(text) if is_credential(key, text) && !is_filled_in(text) => {
                let noun = named(key).unwrap_or("credential");
                let article = if noun.starts_with('A') { "an" } else { "a" };
                if !out.iter().any(|(_, known)| text.contains(&**known)) {
                    out.push((format!("{article} {noun}"), text.as_str().into()));
                }
            }
            _ => {}
        }
    }
}

/// Text with credentials of a known shape replaced, for words that quote a template.
pub fn masked(text: &str) -> Option<Str> {
    let found = find(text);
    if found.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for Found { range, .. } in found {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or(""));
            out.push_str(MASK);
            at = range.end;
        }
    }
    out.push_str(text.get(at..).unwrap_or(""));
    Some(out.into())
}

/// What is printed in place of a secret.
pub const MASK: &str = "****";

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        find(text).into_iter().map(|found| found.kind).collect()
    }

    #[test]
    fn every_pattern_is_one() {
        for shape in &SHAPES {
            assert_ne!(shape.pattern.as_str(), never().as_str(), "{}", shape.anchor);
        }
    }

    #[test]
    fn credentials_are_known_by_their_shape() {
        // Put together here, so that nothing that scans this file takes them for leaked ones.
        let filler = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        for (text, kind) in [
            (format!("key AKIA{}", "Q3EGRTYUI2OPAS4D"), Kind::AccessKey),
            (format!("ASIA{}", "Q3EGRTYUI2OPAS4D"), Kind::AccessKey),
            (
                format!("-----BEGIN RSA PRIVATE KEY-----\n{filler}\n-----END"),
                Kind::PrivateKey,
            ),
            (
                format!("-----BEGIN PRIVATE KEY-----\\n{filler}\\n-----END"),
                Kind::PrivateKey,
            ),
            (format!("eyJ{filler}.eyJ{filler}.{filler}"), Kind::WebToken),
            (format!("ghp_{filler}"), Kind::Token("GitHub")),
            (format!("glpat-{filler}"), Kind::Token("GitLab")),
            (format!("xox{}-{filler}", "b"), Kind::Token("Slack")),
            (format!("sk_{}_{filler}", "live"), Kind::Token("Stripe")),
            ("postgres://app:hunter2@db:5432/app".to_owned(), Kind::UrlPassword),
            ("redis://:hunter2@cache".to_owned(), Kind::UrlPassword),
        ] {
            assert_eq!(kinds(&text), [kind], "{text}");
        }
    }

    #[test]
    fn examples_placeholders_and_plain_urls_are_none() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "AKIA",
            "https://example.com/a:b@c",
            "https://user@example.com",
            "postgres://app:${PASSWORD}@db",
            "postgres://app:<password>@db",
            "postgres://app:****@db",
            "postgres://app:\u{1}@db",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PRIVATE KEY-----\u{1}-----END",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
            "ghp_short",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn of_a_url_only_the_password_is_hidden() {
        let text = "postgres://app:hunter2@db:5432/app";
        assert_eq!(masked(text).as_deref(), Some("postgres://app:****@db:5432/app"));
        assert_eq!(masked("https://example.com"), None);
    }

    #[test]
    fn names_are_read_by_whole_words() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "DBPassword",
            "spring.datasource.password",
            "API_KEY",
            "apiKey",
            "MY_SECRET_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "PGPASSWORD",
            "CONNECTION_STRING",
        ] {
            assert!(named(name).is_some(), "{name}");
        }
        for name in [
            "SECRET_ARN",
            "SECRET_NAME",
            "TOKEN_TTL",
            "TOKEN_EXPIRY",
            "TOKEN_ISSUER",
            "PASSWORD_FILE",
            "MAX_TOKENS",
            "TOKENIZER",
            "SECRETARY",
            "KEY",
            "passwordless",
            "",
        ] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    #[test]
    fn the_fields_of_a_secret_are_read_by_their_keys() {
        let of = |text: &str| -> Vec<String> {
            let found = in_secret(text).into_iter();
            found.map(|(what, secret)| format!("{what}: {secret}")).collect()
        };
        assert_eq!(
            of(r#"{"username": "app", "password": "hunter2"}"#),
            ["a password: hunter2"]
        );
        assert_eq!(of(r#"{"db": {"apiKey": "s3cr3t!"}}"#), ["an API key: s3cr3t!"]);
        assert_eq!(of("hunter2"), ["its value: hunter2"]);
        for text in [
            "",
            "CHANGEME",
            r#"{"username": "app"}"#,
            r#"{"password": "<to be filled in>"}"#,
            "{\"password\": \"\u{1}\"}",
            "{\"password\": \"\u{1}x\"}",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn switches_numbers_and_places_are_no_secrets() {
        for value in ["changeme", "hunter2", "s3cr3t!"] {
            assert!(is_plausible(value), "{value}");
        }
        for value in [
            "",
            "true",
            "None",
            "3600",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/db",
            "https://example.com/token",
            "/run/secrets/db",
            "${DB_PASSWORD}",
            "<password>",
            "****",
        ] {
            assert!(!is_plausible(value), "{value}");
        }
    }
}
