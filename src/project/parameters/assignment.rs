//! `KEY=VALUE` on the command line.

use crate::source::Str;

/// One `--param`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Logical ids of the nested stacks that lead from a root to the stack it is for; empty for the roots.
    pub stack: Vec<Str>,
    /// The parameter's name.
    pub key: Str,
    /// Everything after the first `=`, as it is.
    pub value: Str,
}

/// Reads `KEY=VALUE` or `Stack/KEY=VALUE`, also through several stacks: `Outer/Inner/KEY=VALUE`.
///
/// # Errors
/// A sentence on what is wrong. It never holds the value, which may be a secret.
pub fn parse_assignment(text: &str) -> Result<Assignment, String> {
    let Some((path, value)) = text.split_once('=') else {
        return Err("expected KEY=VALUE or Stack/KEY=VALUE, found no `=`".to_owned());
    };
    let mut names = Vec::new();
    for name in path.split('/') {
        // The rule for logical ids, parameters and resources alike:
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
        if name.is_empty() {
            return Err("expected KEY=VALUE or Stack/KEY=VALUE, found an empty name".to_owned());
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format!(
                "`{name}` is no name in a template: letters and digits only"
            ));
        }
        names.push(Str::from(name));
    }
    let key = names.pop().unwrap_or_default();
    Ok(Assignment {
        stack: names,
        key,
        value: value.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, String, String) {
        let Assignment { stack, key, value } = parse_assignment(text).unwrap();
        let stack = stack.iter().map(|name| name.to_string()).collect();
        (stack, key.to_string(), value.to_string())
    }

    #[test]
    fn the_value_is_all_that_follows_the_first_equals_sign() {
        assert_eq!(read("A=b=c/d "), (vec![], "A".into(), "b=c/d ".into()));
        assert_eq!(read("A="), (vec![], "A".into(), String::new()));
    }

    #[test]
    fn a_path_before_the_key_names_nested_stacks() {
        assert_eq!(
            read("Api/Count=2"),
            (vec!["Api".into()], "Count".into(), "2".into())
        );
        assert_eq!(
            read("Outer/Inner/Image=a/b"),
            (vec!["Outer".into(), "Inner".into()], "Image".into(), "a/b".into())
        );
    }

    #[test]
    fn a_mistake_is_explained_without_the_value() {
        for text in [
            "secret",
            "=secret",
            "/A=secret",
            "A//B=secret",
            "A/=secret",
            "a b=secret",
            "a.b=secret",
        ] {
            let message = parse_assignment(text).unwrap_err();
            assert!(!message.contains("secret"), "{text}: {message}");
        }
    }
}
