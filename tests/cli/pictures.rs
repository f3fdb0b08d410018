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
