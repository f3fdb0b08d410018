//! A parameter file in each of its forms, and the same lines as arguments. The name of the file tells TOML from the others, and
//! what follows `#` in it is the section of a `samconfig.toml`.

#![no_main]

use ecslint::project::discover::decode;
use ecslint::project::parameters::{parse, parse_assignment};
use ecslint::source::{Source, Sources};
use ecslint_fuzz::{assert_problem, assert_span, parts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for (name, bytes) in parts(data, "parameters.json") {
        let Ok(text) = decode(bytes, &name.as_str().into()) else {
            continue;
        };
        let (file_name, section) = match name.split_once('#') {
            Some((file_name, section)) => (file_name, Some(section)),
            None => (&*name, None),
        };
        let mut sources = Sources::default();
        let file = sources.add(Source::new(file_name, text.as_str()));
        match parse(file, file_name, section, &text) {
            Ok(parsed) => {
                let spans: Vec<_> = parsed.values.values().map(|value| value.span).collect();
                spans.iter().for_each(|span| assert_span(&sources, *span));
                let length = sources.get(file).text().len();
                sources.mask(spans);
                assert_eq!(sources.get(file).text().len(), length);
            }
            Err(problems) => {
                assert!(!problems.is_empty(), "refused for no reason");
                problems
                    .iter()
                    .for_each(|problem| assert_problem(&sources, problem));
            }
        }
        for line in text.lines() {
            if let Ok(assignment) = parse_assignment(line) {
                assert!(!assignment.key.is_empty() && line.ends_with(&*assignment.value));
            }
        }
    }
});
