//! The pictures of `graph`, as the command draws them. `tools/test-pages.sh` opens them in a browser.

use super::*;

/// What the command draws of a folder of the repository.
fn drawn(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = run(root, &[&["graph"], arguments].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn the_picture_in_the_documentation_is_the_one_that_is_drawn() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.svg");
    let fresh = drawn(&["fixtures/article", "--findings", "--format", "svg"]);
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        fs::write(&path, &fresh).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let advice =
        "docs/architecture.svg is out of date; `UPDATE=1 cargo test --test cli pictures` writes it anew";
    assert!(kept == fresh, "{advice}");
}

#[test]
fn a_picture_is_the_same_whatever_the_number_of_threads() {
    for format in ["svg", "html"] {
        let draw = |jobs| drawn(&["fixtures/platform", "--findings", "--format", format, "-j", jobs]);
        assert_eq!(draw("1"), draw("8"), "{format}");
    }
}

#[test]
fn a_page_of_a_picture_has_findings_only_when_asked_for() {
    let bare = drawn(&["fixtures/article", "--format", "html"]);
    assert!(bare.contains("MyALB") && !bare.contains("<h2 id=\"list\""));
    let full = drawn(&["fixtures/article", "--findings", "--format", "html"]);
    assert!(full.contains("<h2 id=\"list\"") && full.contains("in the picture"));
    assert!(
        !full.contains("exit code"),
        "a picture passes no judgement on a run"
    );
}

#[test]
fn the_report_shows_the_picture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = run(root, &["check", "fixtures/article", "--format", "html"]);
    let page = stdout(&output);
    assert!(page.contains("<svg ") && page.contains("id=\"p-n1\""));
    let badges = regex::Regex::new("href=\"(#f-[0-9a-f]+(?:-[0-9]+)?)\"").unwrap();
    let picture = &page[page.find("<svg ").unwrap()..page.find("</svg>").unwrap()];
    let mut count = 0;
    for badge in badges.captures_iter(picture) {
        count += 1;
        assert!(
            page.contains(&format!("id=\"{}\"", &badge[1][1..])),
            "{}",
            &badge[1]
        );
    }
    assert!(count > 5, "{count}");
}

/// A line that a view of the platform is nothing without: from, to, and how what stands at it begins.
type Line = (&'static str, &'static str, &'static str);

/// What each view is there for.
const ESSENTIAL: &[(&str, &[Line])] = &[
    (
        "architecture",
        &[
            ("internet", "LoadBalancer", "HTTPS 443"),
            ("LoadBalancer", "Service", "443 → 8080"),
            ("Service", "Orders", "IAM"),
        ],
    ),
    (
        "network",
        &[
            ("PrivateA", "PrivateRoutesA", ""),
            ("PrivateRoutesA", "NatA", "0.0.0.0/0"),
            ("PublicRoutes", "Internet", "0.0.0.0/0"),
            ("anywhere (0.0.0.0/0)", "LoadBalancerGroup", "in: TCP 443"),
            ("LoadBalancerGroup", "TaskGroup", "in: TCP 8080"),
        ],
    ),
    (
        "iam",
        &[
            ("Service", "TaskRole", "task role"),
            ("TaskRole", "Orders", "dynamodb:GetItem, dynamodb:PutItem"),
            (
                "ExecutionRole",
                "AmazonECSTaskExecutionRolePolicy",
                "what it allows",
            ),
        ],
    ),
    (
        "stacks",
        &[
            (
                "fixtures/platform/vpc.yaml",
                "fixtures/platform/security.yaml",
                "${AWS::StackName}-VpcId",
            ),
            (
                "fixtures/platform/security.yaml",
                "fixtures/platform/service.yaml",
                "${AWS::StackName}-LoadBalancerGroup",
            ),
        ],
    ),
    (
        "deps",
        &[
            ("Service", "Task", "Ref"),
            ("Service", "Listener", "DependsOn"),
            ("Task", "TaskRole", "Arn"),
            ("Service", "${AWS::StackName}-PrivateSubnets", "import"),
            ("${AWS::StackName}-PrivateSubnets", "PrivateA", "Ref"),
        ],
    ),
];

/// The text of a flowchart, with the characters that Mermaid writes as numbers.
fn unescaped(text: &str) -> String {
    let numbered = regex::Regex::new("#([0-9]+);").unwrap();
    let character = |found: &regex::Captures<'_>| {
        let code: u32 = found[1].parse().unwrap();
        char::from_u32(code).unwrap().to_string()
    };
    numbered.replace_all(text, character).into_owned()
}

/// A format of the form `n1["name<br/>…"]`, `n1 -->|"label"| n2` has the line.
fn has_edge(text: &str, (from, to, label): Line, line_break: &str) -> bool {
    let text = text.replace(line_break, "\n");
    let named = |name: &str| {
        let pattern = format!(
            r#"(?m)^\s*(n\d+)[^\w\n]+(?:label=)?"{}["\n]"#,
            regex::escape(name)
        );
        let found = regex::Regex::new(&pattern).unwrap().captures(&text)?;
        Some(found[1].to_owned())
    };
    let (Some(from), Some(to)) = (named(from), named(to)) else {
        return false;
    };
    let label = regex::escape(label);
    let edges = [
        format!(r#"(?m)^\s*{from} [-.=]+>\|"{label}[^|]*\| {to}$"#),
        format!(r#"(?m)^\s*{from} -> {to} \[label="{label}"#),
        format!(r"(?m)^\s*{from} -+> {to}$"),
    ];
    let mut edges = edges.iter();
    edges.any(|edge| regex::Regex::new(edge).unwrap().is_match(&text))
}

/// The tree has the line below the thing that it starts at.
fn has_branch(text: &str, (from, to, label): Line) -> bool {
    let mut lines = text.lines().skip_while(|line| {
        let name = line.trim_start_matches(['│', '├', '└', '─', ' ']);
        name != from && !name.starts_with(&format!("{from} ("))
    });
    let end = format!("▶ {to}{}{label}", if label.is_empty() { "" } else { "  " });
    lines.any(|line| line.contains(&end))
}

#[test]
fn every_view_shows_in_every_format_what_it_is_there_for() {
    for (view, lines) in ESSENTIAL {
        for format in ["mermaid", "dot", "svg", "html", "ascii", "json"] {
            let text = drawn(&["fixtures/platform", "--view", view, "--format", format]);
            for line in *lines {
                let (from, to, label) = line;
                let said = match label.is_empty() {
                    true => format!("aria-label=\"{from} to {to}\""),
                    false => format!("aria-label=\"{from} to {to}: {}", label.replace('&', "&amp;")),
                };
                let is_there = match format {
                    "mermaid" => has_edge(&unescaped(&text), *line, "<br/>"),
                    "dot" => has_edge(&text, *line, "\\n"),
                    "ascii" => has_branch(&text, *line),
                    "json" => has_entry(&text, *line),
                    _ => text.contains(&said),
                };
                assert!(is_there, "{view} {format}: {line:?}\n{text}");
            }
        }
    }
}

/// The document has the line.
fn has_entry(text: &str, (from, to, label): Line) -> bool {
    let picture: Value = serde_json::from_str(text).unwrap();
    let named = |id: &Value| {
        let mut nodes = picture["nodes"].as_array().unwrap().iter();
        nodes.find(|node| node["id"] == *id).unwrap()["label"]
            .as_str()
            .unwrap()
            .replace('`', "")
    };
    let mut edges = picture["edges"].as_array().unwrap().iter();
    edges.any(|edge| {
        let labels: Vec<&str> = edge["labels"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it.as_str())
            .collect();
        named(&edge["from"]) == from && named(&edge["to"]) == to && labels.join(", ").starts_with(label)
    })
}
