//! Where templates behind URLs live locally: URLs that begin like this are files in that folder.
//!
//! Every way to address an object of S3 is one here, so that a prefix in one form covers URLs in the others:
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use regex::Regex;

use super::workspace::normal;
use crate::eval::{Part, Text};
use crate::source::Str;

/// Stands for a part of a URL that is not known. No URL holds it.
const HOLE: char = '\0';

/// A host of S3, with the bucket in front of it where it is part of the name; region and suffix may be open.
static S3_HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:([^/]+?)\.)?s3(?:[.-][a-z0-9\x00*-]+)*\.(?:amazonaws\.com(?:\.cn)?|[\x00*])(?::443)?$")
        .ok()
});

/// How URLs of templates become files. An entry whose prefix is longer goes first.
#[derive(Clone, Debug, Default)]
pub struct UrlMap {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// What a URL begins with, and the text after it.
    pattern: Regex,
    /// Characters of the prefix that are not `*`.
    length: usize,
    folder: PathBuf,
}

/// A prefix that says nothing, or more than a pattern can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prefix of URLs is empty or too long")]
pub struct BadPrefix;

impl UrlMap {
    /// Adds that URLs with a prefix are files in a folder, which is absolute. The prefix ends where a name in the URL does; `*`
    /// in it stands for any text up to the next `/`, and for a part that is not known. Of equal prefixes the first counts.
    ///
    /// # Errors
    /// When the prefix is empty, or longer than a pattern can be.
    pub fn add(&mut self, prefix: &str, folder: PathBuf) -> Result<(), BadPrefix> {
        let prefix = canonical(prefix);
        let length = prefix.chars().filter(|character| *character != '*').count();
        let pattern = compile(&prefix).filter(|_| !prefix.is_empty()).ok_or(BadPrefix)?;
        let at = self.entries.partition_point(|entry| entry.length >= length);
        let entry = Entry {
            pattern,
            length,
            folder,
        };
        self.entries.insert(at, entry);
        Ok(())
    }

    /// True without an entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The file of a URL, links not followed; `None` when no prefix fits, or what follows it is not known.
    pub(super) fn file(&self, url: &Text) -> Option<PathBuf> {
        let url = canonical(&with_holes(url)?);
        self.entries.iter().find_map(|entry| entry.file(&url))
    }
}

impl Entry {
    fn file(&self, url: &str) -> Option<PathBuf> {
        let rest = self.pattern.captures(url)?.name("rest")?.as_str();
        let rest = rest.trim_start_matches('/');
        if rest.is_empty() || rest.contains(HOLE) {
            return None;
        }
        Some(normal(&self.folder.join(Path::new(rest))))
    }
}

/// A prefix as a pattern: `*` within it takes as little as it can, at its end one unknown part or a whole name.
fn compile(prefix: &str) -> Option<Regex> {
    let (inner, last) = match prefix.strip_suffix('*') {
        Some(inner) => (inner, r"(?:\x00|[^/\x00]+)"),
        None => (prefix, ""),
    };
    let pieces: Vec<String> = inner.split('*').map(regex::escape).collect();
    // After a `/`, and after an unknown part, a new name begins.
    let end = if prefix.ends_with(['/', '*']) {
        ""
    } else {
        "(?:/|$)"
    };
    let pattern = format!("^{}{last}{end}(?<rest>.*)$", pieces.join("[^/]*?"));
    Regex::new(&pattern).ok()
}

/// The characters of a text, every part of it that is not known replaced.
fn with_holes(url: &Text) -> Option<String> {
    let mut out = String::new();
    for part in url.parts() {
        match part {
            Part::Literal(text) if text.contains(HOLE) => return None,
            Part::Literal(text) => out.push_str(text),
            _ => out.push(HOLE),
        }
    }
    Some(out)
}

/// A URL in one spelling: objects of S3 as `s3://bucket/key`, hosts in lower case, no query, nothing percent-encoded.
fn canonical(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let Some((scheme, rest)) = url.split_once("://") else {
        return decoded(url);
    };
    let scheme = scheme.to_ascii_lowercase();
    let (host, path) = match rest.split_once('/') {
        Some((host, path)) => (host, format!("/{}", decoded(path))),
        None => (rest, String::new()),
    };
    if scheme == "s3" {
        return format!("s3://{host}{path}");
    }
    let host = host.to_ascii_lowercase();
    let s3 = S3_HOST.as_ref().and_then(|pattern| pattern.captures(&host));
    match s3.map(|found| found.get(1).map(|bucket| bucket.as_str().to_owned())) {
        Some(Some(bucket)) => format!("s3://{bucket}{path}"),
        Some(None) => format!("s3:/{path}"),
        None => format!("{scheme}://{host}{path}"),
    }
}

/// True for the name that `aws cloudformation package` gives to an uploaded template: the MD5 of its text.
/// <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html>
pub(super) fn is_packaged(url: &Str) -> bool {
    const DIGITS: usize = 32;
    let name = url.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".template").unwrap_or_default();
    stem.len() == DIGITS && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `${…}` is what is not known.
    fn text(url: &str) -> Text {
        let mut text = Text::default();
        for piece in url.split_inclusive('}') {
            let (before, name) = piece.split_once("${").unwrap_or((piece, ""));
            text.push(Part::Literal(before.into()));
            if !name.is_empty() {
                text.push(Part::Dynamic(name.into()));
            }
        }
        text
    }

    fn file(entries: &[(&str, &str)], url: &str) -> Option<String> {
        let mut map = UrlMap::default();
        for (prefix, folder) in entries {
            map.add(prefix, PathBuf::from(folder)).unwrap();
        }
        let path = map.file(&text(url))?;
        Some(path.to_string_lossy().replace('\\', "/"))
    }

    #[test]
    fn every_form_of_an_s3_url_is_the_same_object() {
        let forms = [
            "s3://my.bucket/t/",
            "https://s3.amazonaws.com/my.bucket/t/",
            "https://s3.eu-west-1.amazonaws.com/my.bucket/t/",
            "https://s3-us-west-2.amazonaws.com/my.bucket/t/",
            "https://s3.dualstack.eu-west-1.amazonaws.com/my.bucket/t/",
            "https://my.bucket.s3.amazonaws.com/t/",
            "https://my.bucket.s3.cn-north-1.amazonaws.com.cn/t/",
            "https://my.bucket.s3-accelerate.amazonaws.com/t/",
            "https://my.bucket.s3.${AWS::Region}.${AWS::URLSuffix}/t/",
            "HTTPS://S3.${AWS::Region}.amazonaws.com:443/my.bucket/t/",
        ];
        for url in forms {
            let url = format!("{url}a/vpc.yaml?versionId=1");
            for prefix in forms.iter().filter(|prefix| !prefix.contains('$')) {
                let found = file(&[(prefix, "/p/templates")], &url);
                assert_eq!(
                    found.as_deref(),
                    Some("/p/templates/a/vpc.yaml"),
                    "{prefix} {url}"
                );
            }
            assert_eq!(file(&[("s3://other/t/", "/p")], &url), None, "{url}");
        }
    }

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let entries = [
            ("s3://b/", "/p/a"),
            ("s3://b/t/deep/", "/p/c"),
            ("s3://b/t/", "/p/b"),
        ];
        assert_eq!(file(&entries, "s3://b/x.yaml").as_deref(), Some("/p/a/x.yaml"));
        assert_eq!(file(&entries, "s3://b/t/x.yaml").as_deref(), Some("/p/b/x.yaml"));
        assert_eq!(
            file(&entries, "s3://b/t/deep/x.yaml").as_deref(),
            Some("/p/c/x.yaml")
        );
        let equal = [("s3://b/t", "/p/a"), ("https://b.s3.amazonaws.com/t", "/p/b")];
        assert_eq!(file(&equal, "s3://b/t/x.yaml").as_deref(), Some("/p/a/x.yaml"));
    }

    #[test]
    fn a_prefix_ends_where_a_name_does() {
        let slashless = [("https://example.com/temp", "/p")];
        assert_eq!(
            file(&slashless, "https://example.com/temp/x.yaml").as_deref(),
            Some("/p/x.yaml")
        );
        assert_eq!(file(&slashless, "https://example.com/templates/x.yaml"), None);
        assert_eq!(file(&slashless, "https://example.com/temp"), None);
    }

    #[test]
    fn what_is_not_known_is_met_by_a_star_only() {
        let url = "https://${Bucket}.s3.${AWS::Region}.amazonaws.com/${Prefix}nested/vpc.yaml";
        let find = |prefix: &str| file(&[(prefix, "/p")], url);
        assert_eq!(
            find("https://*.s3.amazonaws.com/*").as_deref(),
            Some("/p/nested/vpc.yaml")
        );
        assert_eq!(find("s3://*/*nested/").as_deref(), Some("/p/vpc.yaml"));
        assert_eq!(find("https://b.s3.amazonaws.com/"), None);
        assert_eq!(find("s3://*/"), None, "the rest is not known");
        let base = "${TemplateBase}/nested/vpc.yaml";
        assert_eq!(file(&[("*/", "/p")], base).as_deref(), Some("/p/nested/vpc.yaml"));
        let known = file(&[("s3://*/", "/p")], "s3://some-bucket/v1/x.yaml");
        assert_eq!(known.as_deref(), Some("/p/v1/x.yaml"));
    }

    #[test]
    fn the_rest_is_decoded_and_its_dots_are_followed() {
        let find = |rest: &str| file(&[("s3://b/", "/p/t")], &format!("s3://b/{rest}"));
        assert_eq!(find("a%20b.yaml").as_deref(), Some("/p/t/a b.yaml"));
        assert_eq!(find("a%2Fb.yaml").as_deref(), Some("/p/t/a/b.yaml"));
        assert_eq!(
            find("../../x.yaml").as_deref(),
            Some("/x.yaml"),
            "who asks compares with the root"
        );
        assert_eq!(find("%2e%2e/x.yaml").as_deref(), Some("/p/x.yaml"));
        assert_eq!(find("/etc/passwd").as_deref(), Some("/p/t/etc/passwd"));
        assert_eq!(find("x.yaml#frag").as_deref(), Some("/p/t/x.yaml"));
        assert_eq!(find("a%00b.yaml"), None);
    }

    #[test]
    fn a_packaged_template_is_known_by_its_name() {
        let packaged = |url: &str| is_packaged(&url.into());
        assert!(packaged(
            "https://s3.amazonaws.com/b/0123456789abcdef0123456789abcdef.template"
        ));
        assert!(!packaged("https://s3.amazonaws.com/b/vpc.template"));
        assert!(!packaged(
            "https://s3.amazonaws.com/b/0123456789abcdef0123456789abcdef.yaml"
        ));
    }

    #[test]
    fn an_empty_prefix_is_refused() {
        assert_eq!(UrlMap::default().add("", PathBuf::from("/p")), Err(BadPrefix));
        assert_eq!(UrlMap::default().add("?a", PathBuf::from("/p")), Err(BadPrefix));
    }
}
