//! The rule table.

use crate::rule::Rule;

/// Declares the module of every rule and fills the table: a rule is one file and its name here.
macro_rules! rules {
    ($($category:ident { $($rule:ident),* $(,)? })*) => {
        $(
            #[doc = concat!("Rules of the category `", stringify!($category), "`.")]
            pub mod $category {
                $(pub mod $rule;)*
            }
        )*

        /// Every rule, in the order of the catalogue.
        pub static RULES: &[&Rule] = &[$($(&$category::$rule::RULE),*),*];
    };
}

rules! {
    network {
        task_public_ip,
    }
    iam {
        administrator_access,
        shared_task_and_execution_role,
        elevated_managed_policy,
        passrole_unscoped,
        wildcard_resource,
        wildcard_action,
        public_trust_policy,
    }
}

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}
