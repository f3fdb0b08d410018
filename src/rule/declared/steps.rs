//! Steps along references: from the resource that a rule judges to the ones it names or that name it.

use std::cell::Cell;

use super::assertion::{Assertion, Root};
use super::place;
use super::verdict::Verdict;
use crate::eval::{Case, Known, Path, Text, Unknown};
use crate::facts::Inventory;
use crate::project::ResourceId;

/// Most references that a rule looks at beyond the resources it judges. Steps that stand within each other, each to all that
/// name a resource, lead to a product. Two such steps look at 250,000 in a template with the most resources that CloudFormation
/// takes, which is half a second; tests reach the end of fewer sooner.
const MAX_REFERENCES: usize = if cfg!(test) { 20_000 } else { 1_000_000 };

/// What a rule needs to judge resources, and how far it went for that.
pub(super) struct Steps<'i, 'a> {
    pub(super) inventory: &'i Inventory<'a>,
    /// How many steps lead from the resource that is judged to the one that is looked at.
    away: Cell<usize>,
    /// How many more references may be looked at there.
    left: Cell<usize>,
}

impl<'i, 'a> Steps<'i, 'a> {
    /// For a rule that has judged nothing yet.
    pub(super) fn new(inventory: &'i Inventory<'a>) -> Self {
        Self {
            inventory,
            away: Cell::new(0),
            left: Cell::new(MAX_REFERENCES),
        }
    }

    /// What an assertion says of a resource that is one step further.
    pub(super) fn beyond(&self, require: &Assertion, id: ResourceId) -> Verdict {
        self.away.set(self.away.get() + 1);
        let verdict = require.judge(self, &Root::Resource(id));
        self.away.set(self.away.get() - 1);
        verdict
    }

    /// What stands at a path that leads to references; not known where too many were looked at.
    pub(super) fn references(&self, root: &Root<'a>, path: &Path) -> Vec<Case<Known<Text>>> {
        let is_away = self.away.get() > 0;
        if is_away && self.left.get() == 0 {
            let limit = Known::Unknown(Unknown::Limit("MAX_REFERENCES"));
            return vec![Case::new(limit, place::of_root(self.inventory, root))];
        }
        let cases = self.inventory.identities(root.select(self.inventory, path));
        if is_away {
            // A look at nothing takes its time too.
            self.left.set(self.left.get().saturating_sub(cases.len().max(1)));
        }
        cases
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::files::Disk;
    use crate::lint::{Linter, Stdin};
    use crate::rule::declared::read;
    use crate::source::FileId;

    /// Security groups each of which lets all of them in.
    fn groups(count: usize) -> String {
        let from: Vec<String> = (0..count)
            .map(|at| format!("{{SourceSecurityGroupId: !Ref G{at}}}"))
            .collect();
        let group = format!(
            "{{Type: AWS::EC2::SecurityGroup, Properties: {{SecurityGroupIngress: [{}]}}}}",
            from.join(", ")
        );
        let groups: Vec<String> = (0..count).map(|at| format!("G{at}: {group}")).collect();
        format!("Resources: {{{}}}", groups.join(", "))
    }

    /// What a rule says that asks, so many steps away, for a group with a name: how many findings, and the reasons of questions.
    fn answers(steps: usize, template: &str) -> (usize, Vec<String>) {
        let step = "{referenced-by: AWS::EC2::SecurityGroup, \
                    at: '$.Properties.SecurityGroupIngress[*].SourceSecurityGroupId', require: ";
        let require = format!(
            "{}{{path: $.Properties.GroupName, exists: true}}{}",
            step.repeat(steps),
            "}".repeat(steps)
        );
        let rule = format!(
            "{{name: r, summary: s, resource: AWS::EC2::SecurityGroup, message: m, require: {require}}}"
        );
        let linter = Linter {
            stdin: Some(Stdin {
                bytes: template.as_bytes().to_vec(),
            }),
            rules: vec![read(FileId(0), &rule).unwrap()],
            ..Linter::new(&Disk, std::env::temp_dir(), vec![PathBuf::from("-")])
        };
        let report = linter.run().unwrap();
        assert!(report.crashes.is_empty() && report.errors.is_empty());
        let asked = report.undetermined.iter().flat_map(|question| &question.because);
        (
            report.findings.len(),
            asked.map(|reason| reason.text.clone()).collect(),
        )
    }

    #[test]
    fn few_references_are_followed_to_the_end() {
        assert_eq!(answers(3, &groups(3)), (3, Vec::new()));
    }

    #[test]
    fn steps_from_all_to_all_end_in_a_question() {
        let (_, reasons) = answers(8, &groups(12));
        let limit = "the analysis limit MAX_REFERENCES is reached";
        assert!(reasons.iter().any(|reason| reason.contains(limit)), "{reasons:?}");
    }
}
