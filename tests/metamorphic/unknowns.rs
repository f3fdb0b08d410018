//! Who knows less may have less to say, and has never a violation to report that was none before: literals give way to parameters
//! without a value and to imports that nobody exports.
//!
//! References stay: a resource whose id does not leave the templates is not what an unknown value names.

use std::collections::BTreeSet;

use ecslint::lint::Report;
use serde_json::{Map, json};

use super::case::{Case, checked, subject};
use super::json::value;
use super::literals::{Place, declare, hash, replace};

/// Rules about the parameters that the test adds.
const ABOUT_PARAMETERS: &[&str] = &["secret-parameter-exposed", "untyped-resource-parameter"];

/// Rules that take something for granted until the templates say otherwise, and what: there, knowing less can be a violation.
const PRESUMING: &[(&str, &str)] = &[
    ("hardcoded-credential", "a variable of CodeBuild is plain text"),
    (
        "insecure-network-mode",
        "a task runs in AWS, not on a machine of one's own",
    ),
    ("instance-metadata-reachable", "the metadata service is on"),
    (
        "invalid-resource-limits",
        "a task runs in AWS, not on a machine of one's own",
    ),
    (
        "inverted-policy-element",
        "what is left out of `NotAction` is too little",
    ),
    (
        "load-balancer-bypasses-cdn",
        "a condition of a listener rule asks for no header",
    ),
    (
        "load-balancer-cannot-reach-task",
        "a load balancer is an application load balancer",
    ),
    ("passrole-unscoped", "a statement takes nothing away"),
    ("privilege-escalation", "a statement takes nothing away"),
    ("run-task-unscoped", "a statement takes nothing away"),
    ("service-alarms-missing", "an alarm is about something else"),
    (
        "task-ingress-not-from-load-balancer",
        "a group of a name is not the load balancer's",
    ),
    ("unscoped-data-access", "a statement takes nothing away"),
    (
        "wildcard-action",
        "`administrator-access`, which says more, does not say it",
    ),
];

/// What takes the place of a value that is no longer known.
#[derive(Clone, Copy, Debug)]
enum Unknown {
    /// A parameter without a default.
    Parameter,
    /// An import that no template exports.
    Import,
}

/// The violations of a report: rule and subject.
type Violations = BTreeSet<(String, String)>;

fn violations(report: &Report) -> Violations {
    let findings = report.findings.iter();
    let judged = findings.filter(|finding| !ABOUT_PARAMETERS.contains(&&*finding.rule));
    judged
        .map(|finding| (finding.rule.to_string(), subject(finding).to_owned()))
        .collect()
}

/// True for what can be hidden: which template is nested has to be known, or it is another deployment.
fn is_candidate(place: &Place<'_>) -> bool {
    place.literal.is_some() && !matches!(place.key, "TemplateURL" | "Location")
}

/// One value of how many is hidden, in each round: all of them, a third, and a few.
const ROUNDS: &[u64] = &[1, 3, 9];

/// A case, and what is put in the place of its values.
struct Trial<'c> {
    case: &'c Case,
    before: Violations,
    unknown: Unknown,
}

impl Trial<'_> {
    /// The case without some of its values, and how many there are that could be hidden.
    fn without(&self, is_hidden: &dyn Fn(usize) -> bool) -> (Case, usize) {
        let mut seen = 0;
        let less = self.case.rewritten(|text| {
            let mut template = value(text);
            let mut parameters = Map::new();
            replace(&mut template, &mut |place| {
                if !is_candidate(&place) {
                    return None;
                }
                seen += 1;
                is_hidden(seen - 1).then(|| match self.unknown {
                    Unknown::Import => json!({"Fn::ImportValue": "exported-by-nobody"}),
                    Unknown::Parameter => {
                        let name = format!("Unknown{seen}");
                        parameters.insert(name.clone(), json!({"Type": "String"}));
                        json!({"Ref": name})
                    }
                })
            });
            declare(&mut template, parameters);
            template.to_string()
        });
        (less, seen)
    }

    fn less(&self, hidden: &BTreeSet<usize>) -> Case {
        self.without(&|number| hidden.contains(&number)).0
    }

    /// What is violated only without some values.
    fn added(&self, hidden: &BTreeSet<usize>) -> Violations {
        let after = violations(&self.less(hidden).check());
        after.difference(&self.before).cloned().collect()
    }

    /// The values that are hidden in each round.
    fn rounds(&self) -> impl Iterator<Item = BTreeSet<usize>> {
        let (_, count) = self.without(&|_| false);
        let rounds = ROUNDS.iter().enumerate().map(move |(round, one_in)| {
            let is_chosen = |number: &usize| {
                hash(&format!("{} {number}", self.case.name), round as u64).is_multiple_of(*one_in)
            };
            (0..count).filter(is_chosen).collect::<BTreeSet<usize>>()
        });
        rounds.filter(|hidden| !hidden.is_empty())
    }

    /// The templates with the fewest hidden values that make a violation of a rule.
    fn shrunk(&self, mut hidden: BTreeSet<usize>, rule: &str) -> String {
        for number in hidden.clone() {
            hidden.remove(&number);
            if self.added(&hidden).iter().all(|(it, _)| it != rule) {
                hidden.insert(number);
            }
        }
        let texts: Vec<String> = self.less(&hidden).files.into_values().collect();
        texts.join("\n")
    }
}

#[test]
fn knowing_less_never_makes_a_violation() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    let mut presumed = BTreeSet::new();
    // The first failure of a rule is made small, which takes as many checks as values are hidden.
    let mut shown = BTreeSet::new();
    for (case, report) in checked() {
        // A parameter of a nested template without a default wants an argument.
        let is_single = case.files.len() == 1;
        let unknown = match is_single && hash(&case.name, 0).is_multiple_of(2) {
            true => Unknown::Parameter,
            false => Unknown::Import,
        };
        let trial = Trial {
            case,
            before: violations(report),
            unknown,
        };
        compared += 1;
        for hidden in trial.rounds() {
            for (rule, subject) in trial.added(&hidden) {
                if PRESUMING.iter().any(|(name, _)| *name == rule) {
                    presumed.insert(rule);
                } else if shown.insert(rule.clone()) {
                    let example = trial.shrunk(hidden.clone(), &rule);
                    wrong.push(format!(
                        "{rule} {subject}: {} with an unknown {unknown:?}:\n{example}\n",
                        case.name
                    ));
                } else {
                    wrong.push(format!("{rule} {subject}: {}\n", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join(""));
    assert!(compared > 850, "{compared}");
    let listed: BTreeSet<String> = PRESUMING.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(presumed, listed, "no rule is listed that presumes nothing");
}
