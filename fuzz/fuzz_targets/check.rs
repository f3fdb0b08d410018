//! Templates, with parameters where one part is `parameters.json`: the whole check with all rules, and the reports.

#![no_main]

use std::path::Path;

use ecslint::diag::Diagnostic;
use ecslint::diagram::View;
use ecslint::lint::Linter;
use ecslint::project::{Given, parameters};
use ecslint::report::{Format, Options, write, write_errors, write_picture_page};
use ecslint::rules::RULES;
use ecslint::source::{Source, Str};
use ecslint_fuzz::{FOLDER, Memory, assert_sound, linter, on_one_thread};
use libfuzzer_sys::fuzz_target;

/// The part that is no template.
const PARAMETERS: &str = "parameters.json";

fuzz_target!(|data: &[u8]| {
    on_one_thread();
    let files = Memory::of(data, "a.yaml");
    let is_template = |path: &&std::path::PathBuf| !path.ends_with(PARAMETERS);
    let inputs: Vec<_> = files.files.keys().filter(is_template).cloned().collect();
    let mut linter = Linter {
        picture: Some(View::ALL[data.len() % View::ALL.len()]),
        ..linter(&files, inputs, RULES.clone())
    };
    give(&mut linter, &files);
    let Ok(mut report) = linter.run() else { return };
    assert_sound(&report);
    // The words of the others are the same for every input, and take longer than all else.
    let said = [&report.findings, &report.undetermined, &report.suppressed]
        .map(|of| names(of))
        .concat();
    report
        .rules
        .retain(|rule| said.iter().any(|name| **name == *rule.name));

    // Some formats for every input and the others in turn, chosen by the input itself so that it can be repeated.
    let rest = Format::ALL[data.len() % Format::ALL.len()];
    let options = Options {
        color: data.len() % 2 == 0,
        ascii: data.len() % 3 == 0,
        show_undetermined: true,
        show_suppressed: true,
        list_skipped: true,
        ..Options::default()
    };
    for format in [Format::Full, Format::Json, Format::Sarif, rest] {
        let mut bytes = Vec::new();
        write(format, &report, &options, &mut bytes).expect("memory takes everything");
        assert_readable(format, &String::from_utf8(bytes).expect("a report is UTF-8"));
        write_errors(format, &report, &options, &mut Vec::new()).expect("memory takes everything");
    }
    if data.len() % 8 == 0 {
        write_picture_page(&report, &options, &mut Vec::new()).expect("memory takes everything");
    }
});

/// The rules that speak.
fn names(diagnostics: &[Diagnostic]) -> Vec<Str> {
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.rule.clone())
        .collect()
}

/// Gives the run the values of the part that holds parameters.
fn give(linter: &mut Linter<'_>, files: &Memory) {
    let Some(text) = files
        .text(PARAMETERS)
        .filter(|_| files.files.contains_key(&Path::new(FOLDER).join(PARAMETERS)))
    else {
        return;
    };
    let file = linter.sources.add(Source::new(PARAMETERS, text.as_str()));
    let Ok(parsed) = parameters::parse(file, PARAMETERS, None, &text) else {
        return;
    };
    for (name, value) in parsed.values {
        let given = Given {
            value: value.text,
            span: Some(value.span),
        };
        linter.values.parameters.values.insert(name, given);
    }
}

/// A report that those who read its format can read.
fn assert_readable(format: Format, text: &str) {
    let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    match format {
        Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson => {
            assert!(is_json(text), "{format}: {text}")
        }
        Format::Jsonl => text
            .lines()
            .for_each(|line| assert!(is_json(line), "{format}: {line}")),
        Format::Junit | Format::Checkstyle => assert!(text.chars().all(is_xml), "{format}: {text:?}"),
        _ => {}
    }
}

/// True for the characters that a document of XML 1.0 may hold.
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
