use super::*;

#[test]
fn paths_become_relative_uris() {
    assert_eq!(percent_encoded("a b/한#1.yaml"), "a%20b/%ED%95%9C%231.yaml");
    let artifact = |path| artifact(&Repository::default(), path);
    assert_eq!(artifact("./t/a.yaml").uri, "t/a.yaml");
    assert_eq!(artifact("a:b.yaml").uri, "a%3Ab.yaml");
    assert_eq!(artifact("u\u{308}.yaml").uri, "%C3%BC.yaml");
    let absolute = artifact("/tmp/a.yaml");
    assert_eq!(absolute.uri, "file:///tmp/a.yaml");
    assert_eq!(absolute.uri_base_id, None);
}

#[test]
fn a_limit_leaves_out_the_mild_results_and_keeps_the_order() {
    let report = crate::report::sample::report();
    let all: Vec<_> = report.undetermined.iter().chain(&report.findings).collect();
    let kept = most_severe(all, 2);
    let words: Vec<_> = kept.iter().map(|kept| (kept.outcome, kept.severity)).collect();
    assert_eq!(
        words,
        [
            (Outcome::Violation, Severity::Warning),
            (Outcome::Violation, Severity::Error)
        ]
    );
}

#[test]
fn what_a_limit_cuts_is_said() {
    let mut report = crate::report::sample::report();
    for finding in &mut report.findings {
        if let Some(label) = finding.related.first().cloned() {
            finding.related = vec![label; RELATED_MAX + 1];
        }
    }
    let run = run(&report, &Options::default());
    let [invocation] = &run.invocations;
    let cut: Vec<_> = invocation
        .tool_execution_notifications
        .iter()
        .filter(|notification| notification.level == "warning")
        .map(|notification| notification.message.text.as_str())
        .collect();
    assert_eq!(cut, ["2 results cut to the first 100 related locations."]);
    assert!(
        run.results
            .iter()
            .all(|result| result.related_locations.len() <= RELATED_MAX)
    );
}

#[test]
fn a_run_of_more_results_than_github_takes_is_cut_and_says_so() {
    let mut report = crate::report::sample::report();
    report.findings = vec![report.findings[1].clone(); RESULTS_MAX + 2];
    let run = run(&report, &Options::default());
    assert_eq!(run.results.len(), RESULTS_MAX);
    let [invocation] = &run.invocations;
    let said = |text: &str| {
        let mut all = invocation.tool_execution_notifications.iter();
        all.any(|notification| notification.message.text == text)
    };
    assert!(said("2 results left out: a run holds at most 25000."));
}

#[test]
fn rules_have_no_more_tags_than_github_takes() {
    const TAGS_MAX: usize = 10;
    for rule in crate::rules::RULES.iter() {
        let descriptor = descriptor(rule);
        assert!(descriptor.properties.tags.len() <= TAGS_MAX, "{}", rule.name);
        let texts = [
            &descriptor.short_description,
            &descriptor.full_description,
            &descriptor.help,
        ];
        assert!(
            texts.iter().all(|text| !text.text.trim().is_empty()),
            "{}",
            rule.name
        );
    }
}

#[test]
fn a_value_that_came_through_a_parent_makes_a_flow_to_the_place() {
    let report = crate::report::sample::report();
    let run = run(&report, &Options::default());
    let flows: Vec<usize> = run
        .results
        .iter()
        .flat_map(|result| &result.code_flows)
        .map(|flow| flow.thread_flows[0].locations.len())
        .collect();
    assert_eq!(flows, [2, 3]);
    let last = run
        .results
        .iter()
        .flat_map(|result| &result.code_flows)
        .map(|flow| {
            let steps = &flow.thread_flows[0].locations;
            steps
                .last()
                .and_then(|step| step.location.message.as_ref())
                .is_some()
        });
    assert!(last.into_iter().all(|says_something| says_something));
}

#[test]
fn brackets_in_link_text_are_escaped() {
    assert_eq!(link_text(r"a[0]\b"), r"a\[0\]\\b");
    assert_eq!(unlinked("see [x](http://e)"), "see [x] (http://e)");
}

#[test]
fn a_long_description_is_cut_to_githubs_limit() {
    let cut = cut_description(&"한".repeat(2000));
    assert_eq!(cut.chars().count(), DESCRIPTION_CHARS_MAX);
    assert!(cut.ends_with('…'));
    assert_eq!(cut_description("short"), "short");
}
