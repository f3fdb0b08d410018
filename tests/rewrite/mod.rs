//! Cases written again in another form, for tests that compare what is found before and after.

mod json;

use std::fs;
use std::path::Path;

pub(crate) use json::as_json;

/// Copies a case, each template through `rewrite`; files of parameters are left out.
pub(crate) fn copy(from: &Path, to: &Path, rewrite: &dyn Fn(&str) -> String) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|name| name != "parameters.json") {
                copy(&path, &to.join(path.file_name().unwrap()), rewrite);
            }
        }
    } else {
        fs::write(to, rewrite(&fs::read_to_string(from).unwrap())).unwrap();
    }
}
